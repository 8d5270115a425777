"""Attributes of simulated tickets: each has one of the values of each attribute, always the same for a ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from stream.simulate.emit import SimulatedEvent


def with_attributes(
    events: Iterator[SimulatedEvent], attributes: Mapping[str, tuple[str, ...]], seed: int
) -> Iterator[SimulatedEvent]:
    """The events, those of creation with attributes; earlier values are likelier, and nothing else changes by it."""
    if not attributes:
        yield from events
        return
    for item in events:
        if item.event["type"] != "support.ticket.created":
            yield item
            continue
        random = Random(f"{seed} {item.key}")
        chosen = {name: _one_of(values, random) for name, values in attributes.items()}
        data: dict[str, Any] = {**item.event["data"], "attributes": chosen}
        yield item._replace(event={**item.event, "data": data})


def _one_of(values: tuple[str, ...], random: Random) -> str:
    return random.choices(values, weights=range(len(values), 0, -1))[0]
