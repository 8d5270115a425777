"""Contacts for measuring the detector: when each left the queue, where, and whether it had given up. No broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from stream.contract.decoder import Decoder
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.facts import Facts
from stream.domain.log import insert
from stream.domain.segments import Segment
from stream.domain.timeline import ReadingPlan, timeline_of
from stream.metrics.abandonment import book
from stream.simulate.arrivals import Curve, Spike
from stream.simulate.centre import contact_centre
from stream.sources.anonymousbank import SOURCE
from stream.sources.table import read_rows

_NO_LIMIT_US = 1 << 62
QUEUE_TYPES = frozenset(
    f"support.ticket.{name}" for name in ("created", "updated", "queued", "answered", "abandoned", "left_queue")
)


class Contact(NamedTuple):
    """One queue visit that was answered or abandoned, by its exit."""

    time_us: int
    segment: Segment
    abandoned: bool


def real_contacts(calls: Path) -> list[Contact]:
    """Of a file in the layout of ``deskpulse convert anonymousbank``."""
    return contacts_of(SOURCE.events(read_rows(calls, SOURCE.columns)))


def simulated_contacts(
    seed: int, start_us: int, end_us: int, rate: float, spikes: Iterable[Spike] = (), curve: Curve = "day"
) -> list[Contact]:
    """Of ``deskpulse simulate``: ``rate`` contacts a minute, the mean of a weekday."""
    told = contact_centre(seed, start_us, rate, tuple(spikes), curve=curve, end_us=end_us)
    return contacts_of(item.event for item in told if item.topic == "tickets")


def contacts_of(events: Iterable[Mapping[str, Any]]) -> list[Contact]:
    """Fold events into tickets and take what the metric abandonment counts, ordered by time."""
    logs: dict[str, list[Event]] = {}
    for ticket, event in _decoded(events):
        insert(logs.setdefault(ticket, []), event)
    definitions = Definitions()
    plan = ReadingPlan(definitions)
    contacts = []
    for log in logs.values():
        facts: Facts = {}
        book(timeline_of(log, plan), definitions, facts)
        contacts += [
            Contact(fact.time_us, fact.segment, name.startswith("abandoned"))
            for name, fact in facts.items()
            if name.startswith(("answered/", "abandoned/"))
        ]
    return sorted(contacts)


def _decoded(events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Event]]:
    decoder = Decoder()
    for event in events:
        if event["type"] in QUEUE_TYPES:
            result = decoder.decode(orjson.dumps(event), None, (), _NO_LIMIT_US)
            if not isinstance(result, tuple):
                raise TypeError(result)
            yield result
