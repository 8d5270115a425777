"""Calls of a log that grows: events as soon as its lines tell them, the same as of the whole log.

A call's lines are read again with each that comes, and what was told is not told again. An end that waits for a further
entry of the call is told once the log itself has gone on for so long: a log that stands still tells nothing.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from stream.connect.asterisk.line import NO_CALL, Line
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Record
from stream.domain.labels import clean_label

FORGOTTEN_AFTER_US: Final = 86_400_000_000
"""No call lasts longer than a day without a line."""


class _Call:
    __slots__ = ("last_us", "lines", "told", "told_others")

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.told: set[str] = set()
        self.told_others = 0
        self.last_us = 0


class CallFollower:
    """Rows in, outcomes out. ``read`` makes lines of rows, ``translate`` outcomes of a call's record."""

    def __init__(
        self,
        read: Callable[[Iterable[Record]], Iterator[Line | Broken]],
        translate: Callable[[Record], Iterator[Outcome]],
    ) -> None:
        self._read = read
        self._translate = translate
        self._calls: dict[str, _Call] = {}
        self._waiting: dict[str, None] = {}
        self._read_to_us = 0

    def take(self, rows: Iterable[Record]) -> Iterator[Outcome]:
        """The next lines of the log, in its order."""
        for line in self._read(rows):
            if isinstance(line, Broken):
                yield line
                continue
            self._read_to_us = max(self._read_to_us, line.time_us)
            if line.call in NO_CALL:
                yield Passed(clean_label(line.event[:64]) or "no event")
                continue
            call = self._calls.setdefault(line.call, _Call())
            insort(call.lines, line, key=lambda held: held.time_us)
            call.last_us = max(call.last_us, line.time_us)
            yield from self._tell(line.call)
        for name in list(self._waiting):
            yield from self._tell(name)
        self._forget()

    def _tell(self, name: str) -> Iterator[Outcome]:
        call = self._calls[name]
        now = list(self._translate({"lines": call.lines, "read_to_us": self._read_to_us}))
        others = [outcome for outcome in now if not isinstance(outcome, dict)]
        yield from others[call.told_others :]
        call.told_others = len(others)
        for outcome in now:
            if isinstance(outcome, dict) and outcome["id"] not in call.told:
                call.told.add(outcome["id"])
                yield outcome
        # Were the log over, would there be more to tell? Then it waits for the log to go on.
        whole = list(self._translate({"lines": call.lines}))
        if len(whole) > len(now):
            self._waiting[name] = None
        else:
            self._waiting.pop(name, None)

    def _forget(self) -> None:
        if len(self._calls) < 1000:
            return
        old = [name for name, call in self._calls.items() if self._read_to_us - call.last_us > FORGOTTEN_AFTER_US]
        for name in old:
            del self._calls[name]
            self._waiting.pop(name, None)
