"""A contact's queue events in their order, read into visits.

The order is that of the log, by time. At one time it is that of ``sequence``, as far as it is given. What is still open
is decided by what makes sense, never by ids: an exit of the visit under way comes before a new ``queued``, a contact
that has not begun begins with ``queued``, and one that is under way ends before it is queued anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Abandoned, Answered, Ended, LeftQueue, Queued, source_of
from stream.domain.visits import ExitWithoutWait, QueueEvent, Visit, VisitTracker

_Rank: TypeAlias = tuple[int, int, str]
_LAST: Final = 4
_MOVES_ON: Final = ("transfer", "timeout", "overflow")
"""Reasons to leave a queue in which the contact goes on."""


@mypyc_attr(acyclic=True)
class QueueReading:
    """What queue events come to; `VisitTracker` says what each field is."""

    __slots__ = ("exits_without_wait", "is_over", "visits", "waiting")

    def __init__(
        self, visits: list[Visit], waiting: Visit | None, exits_without_wait: list[ExitWithoutWait], is_over: bool
    ) -> None:
        self.visits = visits
        self.waiting = waiting
        self.exits_without_wait = exits_without_wait
        self.is_over = is_over


def read_visits(events: Sequence[QueueEvent], definitions: Definitions, team_at: Callable[[int], str]) -> QueueReading:
    """All visits of ``events``, which come by time and sequence; ``team_at``: the ticket's own team at a time."""
    return _plain_visit(events) or _told(events, definitions, team_at)


def _plain_visit(events: Sequence[QueueEvent]) -> QueueReading | None:
    """What most contacts are, and no rule is needed for: queued, out one way, ended. None: it is anything else."""
    first, count = events[0], len(events)
    if type(first) is not Queued or count > 3:
        return None
    if count == 1:
        waiting = Visit(first.time_us, None, "waiting", first.team)
        return QueueReading([waiting], waiting, [], False)
    left, last = events[1], events[-1]
    if not first.time_us < left.time_us or (count == 3 and not (type(last) is Ended and left.time_us < last.time_us)):
        return None
    if type(left) is Answered:
        if left.team:
            return None
        visit = Visit(first.time_us, left.time_us, "answered", first.team)
    elif type(left) is Abandoned:
        visit = Visit(first.time_us, left.time_us, "abandoned", first.team)
    elif type(left) is LeftQueue:
        visit = Visit(first.time_us, left.time_us, "left", first.team, left.reason)
    else:
        return None
    return QueueReading([visit], None, [], count == 3 or type(left) is Abandoned)


def _told(events: Sequence[QueueEvent], definitions: Definitions, team_at: Callable[[int], str]) -> QueueReading:
    source = f" {source_of(events[0])}"
    tracker = VisitTracker(definitions, is_one_system=all(event.uid.endswith(source) for event in events))
    count, index = len(events), 0
    while index < count:
        time_us = events[index].time_us
        end = index + 1
        while end < count and events[end].time_us == time_us:
            end += 1
        if end - index == 1:
            tracker.tell(events[index], team_at(time_us))
        else:
            _tell_moment(tracker, events[index:end], team_at(time_us))
        index = end
    tracker.finish()
    return QueueReading(tracker.visits, tracker.waiting, tracker.exits_without_wait, tracker.is_over)


def _tell_moment(tracker: VisitTracker, events: Sequence[QueueEvent], ticket_team: str) -> None:
    in_sequence = [event for event in events if event.sequence]
    free = [event for event in events if not event.sequence]
    while free or in_sequence:
        # Of those in sequence only the first may come next.
        candidates = [*free, *in_sequence[:1]]
        rest = [*free, *in_sequence]
        first = min(candidates, key=lambda event: _rank(event, rest, tracker, ticket_team))
        (in_sequence if in_sequence and first is in_sequence[0] else free).remove(first)
        tracker.tell(first, ticket_team)


def _rank(event: QueueEvent, rest: Sequence[QueueEvent], tracker: VisitTracker, ticket_team: str) -> _Rank:
    """How soon ``event`` comes among those of its time, smallest first; ``rest`` are all that have not come yet."""
    queued = [other for other in rest if isinstance(other, Queued)]
    if isinstance(event, Queued):
        return _rank_of_queued(event, tracker, ticket_team), event.team not in ("", ticket_team), event.team
    if isinstance(event, Ended):
        return _rank_of_ended(event, tracker) if queued else _LAST, 0, ""
    return _rank_of_exit(event, queued, tracker, ticket_team)


def _began_now(event: QueueEvent, tracker: VisitTracker) -> bool:
    return tracker.waiting is not None and tracker.waiting.queued_us == event.time_us


def _rank_of_queued(event: Queued, tracker: VisitTracker, ticket_team: str) -> int:
    if _began_now(event, tracker):
        return 0 if tracker.continues(event.team, ticket_team) else 3
    if tracker.waiting is not None:
        return 3
    return 2 if tracker.is_under_way else 0


def _rank_of_ended(event: Ended, tracker: VisitTracker) -> int:
    if tracker.waiting is not None:
        return _LAST if _began_now(event, tracker) else 2
    # Who leaves one queue for another is over in the other; who is called back had hung up, and is a new contact.
    return 1 if tracker.is_under_way and not _moved_on_now(event, tracker) else _LAST


def _moved_on_now(event: Ended, tracker: VisitTracker) -> bool:
    last = tracker.visits[-1]
    return last.exit_us == event.time_us and last.reason in _MOVES_ON


def _rank_of_exit(
    event: Answered | Abandoned | LeftQueue, queued: Sequence[Queued], tracker: VisitTracker, ticket_team: str
) -> _Rank:
    if tracker.is_told_again(event):
        return -1, 0, ""
    # Who is queued anew has left; who is not, and was answered, hung up after that.
    kinds: tuple[type, ...] = (LeftQueue, Abandoned, Answered) if queued else (Answered, LeftQueue, Abandoned)
    kind = kinds.index(type(event))
    if isinstance(event, Answered):
        elsewhere = tracker.waiting is not None and event.team and tracker.team(ticket_team) not in ("", event.team)
        if elsewhere and any(other.team == event.team for other in queued):
            return _LAST, kind, event.team
        text = event.team
    else:
        text = event.reason if isinstance(event, LeftQueue) else ""
    if tracker.waiting is not None:
        return 1, kind, text
    return 3 if tracker.is_under_way and queued else 1, kind, text
