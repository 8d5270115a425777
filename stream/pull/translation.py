"""Fetched records as events. One over which the translator fails is a dead letter, and the others go on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson
from msgspec import Struct

from stream.connect.api import Api
from stream.connect.fields import number
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account, Record, Vendor
from stream.edge.process.places import place_of
from stream.pull.guard import guarded
from stream.sources.source import CloudEvent

log = logging.getLogger(__name__)


class Read(Struct):
    """What records gave: events, broken ones, and the number of those that count for nothing, by kind."""

    events: list[CloudEvent]
    broken: list[Broken]
    passed: dict[str, int]

    def add(self, other: Read) -> None:
        """What further records gave. What both gave is kept once."""
        if self.events and other.events:
            seen = set(map(_bytes_of, self.events))
            self.events += [event for event in other.events if _bytes_of(event) not in seen]
        else:
            self.events += other.events
        known = set(self.broken)
        self.broken += [item for item in other.broken if item not in known]
        for kind, count in other.passed.items():
            self.passed[kind] = self.passed.get(kind, 0) + count


def _bytes_of(event: CloudEvent) -> bytes:
    return orjson.dumps(event, option=orjson.OPT_SORT_KEYS)


def translated(vendor: Vendor, api: Api, account: Account, rows: Sequence[Record]) -> Read:
    """TryLater: what is common to all of the rows could not be told."""
    read = Read([], [], {})
    with guarded("what an answer holds"):
        records: Iterable[Record] = api.records(rows, account)
        if vendor.join is not None:
            records = vendor.join(records, account)
        records = list(records)
    for record in records:
        try:
            for outcome in vendor.translate(record, account):
                _sort(outcome, read)
        except Exception as error:
            log.error("reading a record failed: %s", place_of(error))
            # Its message may hold what somebody wrote, its kind not.
            detail = f"{type(error).__name__} while it was read: a defect"
            read.broken.append(Broken(_name(record), detail, "internal_error"))
    return read


def _sort(outcome: Outcome, read: Read) -> None:
    if isinstance(outcome, Passed):
        read.passed[outcome.kind] = read.passed.get(outcome.kind, 0) + 1
    elif isinstance(outcome, Broken):
        read.broken.append(outcome)
    else:
        # What cannot be written is found here, where it is one record's: half of a surrogate pair, for one.
        orjson.dumps(outcome)
        read.events.append(outcome)


def _name(record: Record) -> str:
    """Kind and number of a record: the same when it is fetched again, and nothing that somebody wrote."""
    return ", ".join(_named(record)) or "record without a number"


def _named(record: Record) -> Iterator[str]:
    for kind, held in record.items():
        if isinstance(held, Mapping):
            for name in ("id", "ticket_id", "conversation_id"):
                if found := number(held.get(name)):
                    yield f"{kind} {name} {found}" if name != "id" else f"{kind} {found}"
        elif kind == "of" and number(held):
            yield f"of {held}"
