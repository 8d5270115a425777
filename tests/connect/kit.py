"""What every translator is held to: its events are of the contract, and nothing personal leaves it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account, Record, Vendor
from stream.contract.decoder import Decoder
from stream.domain.events import Event
from stream.domain.log import Insertion, insert

LATEST_US = 1 << 60


def outcomes(vendor: Vendor, records: Iterable[Record], account: Account) -> list[Outcome]:
    """All that the records give; a translator that raises fails the test."""
    return [outcome for record in records for outcome in vendor.translate(record, account)]


def cloud_events(found: Iterable[Outcome]) -> list[dict[str, Any]]:
    return [outcome for outcome in found if isinstance(outcome, dict)]


def passed(found: Iterable[Outcome]) -> list[str]:
    return [outcome.kind for outcome in found if isinstance(outcome, Passed)]


def broken(found: Iterable[Outcome]) -> list[Broken]:
    return [outcome for outcome in found if isinstance(outcome, Broken)]


def told(found: Iterable[Outcome]) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Events as (id, type without support.ticket., time, data), in the order of their ids' sequence."""
    return [
        (event["id"], event["type"].removeprefix("support."), event["time"], event["data"])
        for event in cloud_events(found)
    ]


def decoded(found: Iterable[Outcome]) -> Iterator[tuple[str, Event]]:
    """The domain events; one that the pipeline would refuse fails the test and says why."""
    decoder = Decoder()
    for event in cloud_events(found):
        result = decoder.decode(orjson.dumps(event), event["subject"].encode(), (), LATEST_US)
        assert isinstance(result, tuple), (result, event)
        yield result


def assert_no_trace(found: Iterable[object], planted: Iterable[str]) -> None:
    """None of the ``planted`` texts is anywhere in events, kinds or details."""
    everything = json.dumps([repr(outcome) for outcome in found]).lower()
    left = [text for text in planted if text.lower() in everything]
    assert not left


def by_id(found: Iterable[Outcome]) -> dict[str, bytes]:
    """Events by id, as bytes; one id with two contents fails the test."""
    contents: dict[str, bytes] = {}
    for event in cloud_events(found):
        content = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
        assert contents.setdefault(event["id"], content) == content, event["id"]
    return contents


def log_of(events: Iterable[dict[str, Any]]) -> tuple[dict[str, list[Event]], Counter[Insertion]]:
    """Logs of all tickets after these events in this order, and what became of each event."""
    decoder = Decoder()
    logs: dict[str, list[Event]] = {}
    became: Counter[Insertion] = Counter()
    for event in events:
        result = decoder.decode(orjson.dumps(event), event["subject"].encode(), (), LATEST_US)
        assert isinstance(result, tuple), (result, event)
        became[insert(logs.setdefault(result[0], []), result[1])] += 1
    return logs, became


def corners(value: Any, planted: str) -> list[Any]:
    """The value once for each text or number anywhere in it, with the planted text in its place."""
    if isinstance(value, dict):
        return [{**value, name: inner} for name, held in value.items() for inner in corners(held, planted)]
    if isinstance(value, list):
        return [
            [*value[:place], inner, *value[place + 1 :]]
            for place, held in enumerate(value)
            for inner in corners(held, planted)
        ]
    return [planted]
