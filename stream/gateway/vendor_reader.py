"""Deliveries of a vendor, by its own `Hook` and translator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from stream.connect.doorbell import Doorbell
from stream.connect.outcome import Broken, Passed
from stream.connect.vendor import Account, Delivery, Hook, Vendor
from stream.gateway.bodies import content_of
from stream.gateway.taken import Letter, Record, Taken, topic_of

LONGEST_ID: Final = 256
"""Of a ticket that rings, or of a record that is broken: an id of the vendor is never longer."""


class VendorReader:
    """Reads deliveries of one connected system; ``connect`` is the name of its section."""

    def __init__(self, connect: str, vendor: Vendor, hook: Hook, account: Account) -> None:
        self._connect = connect
        self._vendor = vendor
        self._hook = hook
        self._account = account

    def read(self, headers: Mapping[str, str], body: bytes, latest_us: int) -> Taken:
        """What the delivery holds. UnreadableError: it is neither JSON nor a form."""
        challenge = headers.get(self._hook.challenge_header) if self._hook.challenge_header else None
        if challenge is not None:
            return Taken(answer=challenge)
        reading = self._hook.read(Delivery(headers, content_of(headers, body)), self._account)
        records: list[Record] = []
        passed = list(reading.passed)
        letters = [_letter(broken) for broken in reading.broken]
        for record in reading.records:
            for outcome in self._vendor.translate(record, self._account):
                if isinstance(outcome, Passed):
                    passed.append(outcome.kind)
                elif isinstance(outcome, Broken):
                    letters.append(_letter(outcome))
                else:
                    records.append(_record(outcome))
        doorbells = tuple(Doorbell(self._connect, ticket[:LONGEST_ID]) for ticket in reading.doorbells)
        return Taken(tuple(records), doorbells, tuple(passed), tuple(letters), answer=reading.answer)


def _record(event: dict[str, Any]) -> Record:
    # As `convert` writes it, but for spaces: equal events are equal bytes.
    return Record(topic_of(event["type"]), str(event["subject"]).encode(), orjson.dumps(event))


def _letter(broken: Broken) -> Letter:
    return Letter("invalid_value", broken.record[:LONGEST_ID], broken.detail)
