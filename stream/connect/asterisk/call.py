"""One call's lines as events: what was queued, how each wait ended, and when the call was over.

A visit is numbered by its entry into a queue; ids and sequences carry the number, so that the same lines give the same
events however often the log is read. An exit belongs to the last open visit of that call *and queue*. Where the entry
lies before the log begins, it is derived from the wait that the exit tells.

``ended`` is sent at the line that completes the call. Where a call leaves without such a line (a timeout, a transfer),
it is sent at the exit, once 60 s of the log have passed without another entry of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from stream.connect.asterisk.line import Line
from stream.connect.outcome import Outcome, Passed
from stream.domain.labels import clean_label
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent

GRACE_US: Final = 60_000_000

_LEFT: Final = {"EXITWITHTIMEOUT": "timeout", "EXITEMPTY": "overflow", "WITHDRAW": "transfer", "EXITWITHKEY": ""}
_ABANDONED: Final = frozenset({"ABANDON", "SYSCOMPAT"})
_COMPLETED: Final = frozenset({"COMPLETECALLER", "COMPLETEAGENT"})
_TRANSFERRED: Final = frozenset({"BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"})
# Ranks within a visit's ten: created, queued, exit, ended.
_CREATED, _QUEUED, _EXIT, _ENDED = 0, 1, 2, 3


class _Visit:
    __slots__ = ("exit_us", "number", "queue")

    def __init__(self, number: int, queue: str) -> None:
        self.number = number
        self.queue = queue
        self.exit_us: int | None = None


class _Call:
    """Lines go in, in the order of the log; events come out."""

    def __init__(self, name: str, source: str, team: Callable[[str], str], key_reason: Callable[[str, str], str]):
        self._name = name
        self._source = source
        self._team = team
        self._key_reason = key_reason
        self._visits: list[_Visit] = []
        self._ending: CloudEvent | None = None
        self._ending_us = 0
        self._ended_number = 0

    def feed(self, line: Line) -> Iterator[Outcome]:
        """The events of the next line."""
        yield from self.pass_time(line.time_us)
        event = line.event
        if event == "ENTERQUEUE":
            self._ending = None
            yield from self._enter(line.time_us, line.queue)
        elif event == "CONNECT":
            yield from self._exit(line, "answered", {"agent_id": line.agent} if line.agent else {})
        elif event in _ABANDONED:
            yield from self._exit(line, "abandoned", {})
        elif event in _LEFT:
            reason = _LEFT[event] or self._key_reason(line.queue, line.key)
            yield from self._exit(line, "left_queue", {"reason": reason})
            self._end_later(line)
        elif event in _COMPLETED or event in _TRANSFERRED:
            if not self._visits:
                yield Passed(f"{event} of a call that began before the log")
            elif self._ended_number == len(self._visits):
                yield Passed(f"{event} of a call that was over")
            elif event in _COMPLETED:
                self._ending = None
                self._ended_number = len(self._visits)
                yield self._ended(line.time_us)
            else:
                self._end_later(line)
        else:
            yield Passed(clean_label(event[:64]) or "no event")

    def pass_time(self, time_us: int) -> Iterator[Outcome]:
        """The log has been read up to ``time_us``: a call that left long ago is over."""
        if self._ending is not None and time_us - self._ending_us >= GRACE_US:
            ending, self._ending = self._ending, None
            self._ended_number = len(self._visits)
            yield ending

    def _enter(self, time_us: int, queue: str, *, is_queued: bool = True) -> Iterator[Outcome]:
        number = len(self._visits) + 1
        team = self._team(queue)
        if number == 1:
            created = {"channel": "phone", "team": team, "opened_by": "customer"}
            yield self._event(f"{self._name}-created", "created", time_us, _CREATED, created)
        self._visits.append(_Visit(number, queue))
        if is_queued:
            yield self._visit_event(number, "queued", time_us, _QUEUED, {"team": team})

    def _exit(self, line: Line, kind: str, data: dict[str, Any]) -> Iterator[Outcome]:
        time_us, waited = line.time_us, line.waited_seconds
        here = [visit for visit in self._visits if visit.queue == line.queue]
        visit = next((held for held in reversed(here) if held.exit_us is None), None)
        if visit is None:
            entry_us = time_us if waited is None else time_us - waited * 1_000_000
            if here and (waited is None or entry_us <= (here[-1].exit_us or 0)):
                yield Passed(f"{line.event} of a wait that was over")
                return
            yield from self._enter(entry_us, line.queue, is_queued=waited is not None)
            visit = self._visits[-1]
        visit.exit_us = time_us
        yield self._visit_event(visit.number, kind, time_us, _EXIT, data)

    def _end_later(self, line: Line) -> None:
        if self._ended_number < len(self._visits):
            self._ending, self._ending_us = self._ended(line.time_us), line.time_us

    def _ended(self, time_us: int) -> CloudEvent:
        return self._visit_event(len(self._visits), "ended", time_us, _ENDED, {})

    def _visit_event(self, number: int, kind: str, time_us: int, rank: int, data: dict[str, Any]) -> CloudEvent:
        return self._event(f"{self._name}-{number}-{kind}", kind, time_us, number * 10 + rank, data)

    def _event(self, event_id: str, kind: str, time_us: int, sequence: int, data: dict[str, Any]) -> CloudEvent:
        time = format_time_us(time_us)
        return cloud_event(self._source, event_id, f"ticket.{kind}", self._name, time, sequence=sequence, data=data)


def events_of_call(
    lines: Sequence[Line],
    source: str,
    team: Callable[[str], str],
    key_reason: Callable[[str, str], str],
    read_to_us: int | None = None,
) -> Iterator[Outcome]:
    """Events of all ``lines`` of one call, in the order of the log, which has been read up to ``read_to_us``.

    None: no further line will come. ``team`` names a queue, ``key_reason`` says what leaving a queue by a key means.
    """
    if not lines:
        return
    call = _Call(lines[0].call, source, team, key_reason)
    for line in lines:
        yield from call.feed(line)
    yield from call.pass_time(1 << 62 if read_to_us is None else read_to_us)
