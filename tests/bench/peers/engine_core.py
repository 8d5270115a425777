"""The simple job without Kafka: tickets and minutes, and what of them has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

_RECORDS_A_STEP: Final = 64


class Data(msgspec.Struct):
    channel: str = ""
    author: str = ""


class Event(msgspec.Struct):
    type: str
    subject: str
    time: str
    data: Data


class Ticket(msgspec.Struct, array_like=True):
    channel: str = ""
    created_ms: int = 0
    answered: bool = False
    events: int = 0


class Minute(msgspec.Struct):
    channel: str
    minute: int
    count: int = 0
    sum_ms: int = 0

    @property
    def key(self) -> bytes:
        return f"{self.channel}|{self.minute}".encode()


_decode: Final = msgspec.json.Decoder(Event).decode
_decode_ticket: Final = msgspec.json.Decoder(Ticket).decode
_decode_minute: Final = msgspec.json.Decoder(Minute).decode
_encode: Final = msgspec.json.Encoder().encode


class Core:
    """One shard. ``touched``, ``counted``: what has changed since the last commit."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.minutes: dict[tuple[str, int], Minute] = {}
        self.touched: dict[str, Ticket] = {}
        self.counted: dict[tuple[str, int], Minute] = {}

    def fold_steps(self, records: Sequence[Any]) -> Iterator[int]:
        """Fold, a few at a time; says how many by then."""
        for first in range(0, len(records), _RECORDS_A_STEP):
            part = records[first : first + _RECORDS_A_STEP]
            self._fold(part)
            yield first + len(part)

    def _fold(self, records: Sequence[Any]) -> None:
        tickets, touched = self.tickets, self.touched
        for record in records:
            event = _decode(record.value)
            subject = event.subject
            ticket = tickets.get(subject)
            if ticket is None:
                ticket = tickets[subject] = Ticket()
            touched[subject] = ticket
            ticket.events += 1
            if event.type == "support.ticket.created":
                ticket.channel = event.data.channel
                ticket.created_ms = round(datetime.fromisoformat(event.time).timestamp() * 1000)
            elif not ticket.answered and (event.type == "support.ticket.answered" or event.data.author == "agent"):
                ticket.answered = True
                at_ms = round(datetime.fromisoformat(event.time).timestamp() * 1000)
                key = (ticket.channel, at_ms // 60_000)
                minute = self.minutes.get(key)
                if minute is None:
                    minute = self.minutes[key] = Minute(*key)
                self.counted[key] = minute
                minute.count += 1
                minute.sum_ms += at_ms - ticket.created_ms

    def take_rows(self, minutes: list[tuple[bytes, bytes | None]]) -> list[tuple[bytes, bytes | None]]:
        """Rows of the state that changed; those of minutes alone go into ``minutes`` as well."""
        minutes += [(minute.key, _encode(minute)) for minute in self.counted.values()]
        rows: list[tuple[bytes, bytes | None]] = [
            (b"t|" + subject.encode(), _encode(ticket)) for subject, ticket in self.touched.items()
        ]
        rows += [(b"m|" + key, value) for key, value in minutes]
        self.touched, self.counted = {}, {}
        return rows

    def restore(self, key: bytes, value: bytes) -> None:
        """A row of the state."""
        if key.startswith(b"t|"):
            self.tickets[key[2:].decode()] = _decode_ticket(value)
        else:
            minute = _decode_minute(value)
            self.minutes[minute.channel, minute.minute] = minute


class Sums:
    """Minutes of all shards together."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], dict[bytes, Minute]] = {}
        self._changed: set[tuple[str, int]] = set()

    def apply(self, key: bytes, value: bytes) -> None:
        """A shard's minute as it is now: ``shard|channel|minute``."""
        minute = _decode_minute(value)
        place = (minute.channel, minute.minute)
        self._of.setdefault(place, {})[key.partition(b"|")[0]] = minute
        self._changed.add(place)

    def take_rows(self) -> list[tuple[bytes, bytes | None]]:
        """Rows that changed."""
        rows: list[tuple[bytes, bytes | None]] = []
        for place in self._changed:
            parts = self._of[place].values()
            total = Minute(*place, sum(part.count for part in parts), sum(part.sum_ms for part in parts))
            rows.append((total.key, _encode(total)))
        self._changed = set()
        return rows
