"""Queue visits, whatever comes: no order, repetition or second system makes contacts of nothing, and none is lost."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.domain.definitions import Definitions
from stream.domain.events import (
    Abandoned,
    Answered,
    Ended,
    Event,
    LeaveReason,
    LeftQueue,
    Queued,
    TicketCreated,
    source_of,
)
from stream.domain.log import insert
from stream.domain.sequences import sequence_key
from stream.domain.timeline import ReadingPlan, timeline_of
from stream.metrics import facts_of
from tests.domain.stories import queue_of

EXAMPLES = int(os.environ.get("DESKPULSE_EXAMPLES", "200"))
quick = settings(deadline=None, max_examples=EXAMPLES)
SECOND = 1_000_000

_TIMES = st.sampled_from([0, 0, 1, 2, 5, 9, 10, 11, 30, 60, 61, 300, 4000]).map(lambda seconds: seconds * SECOND)
_SEQUENCES = st.sampled_from([None, None, None, 1, 2, 3]).map(sequence_key)
_TEAMS = st.sampled_from(["", "a", "b"])
_DEFINITIONS = st.builds(
    Definitions,
    clock_skew_seconds=st.sampled_from([0.0, 2.0, 10.0]),
    ended_while_waiting=st.sampled_from(["abandoned", "left"]),
    short_abandon_seconds=st.sampled_from([0.0, 5.0]),
)
_REASONS = st.sampled_from(get_args(LeaveReason))


def _kind(kind: type, *content: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(kind), _TIMES, _SEQUENCES, *content)


_PARTS = st.one_of(
    _kind(TicketCreated, st.just("phone"), _TEAMS),
    _kind(Queued, _TEAMS),
    _kind(Queued, _TEAMS),
    _kind(Answered, _TEAMS),
    _kind(Answered, st.just("")),
    _kind(Abandoned),
    _kind(LeftQueue, _REASONS),
    _kind(Ended),
)


@st.composite
def contacts(draw: st.DrawFn) -> list[Event]:
    """What one system, or two with a second between them, tell of a ticket's queues."""
    parts = draw(st.lists(_PARTS, max_size=9))
    events = [kind(time, sequence, f"{n} /pbx", *more) for n, (kind, time, sequence, *more) in enumerate(parts)]
    if draw(st.booleans()):
        late = draw(st.sampled_from([0, 1, 2]))
        events += [
            kind(time + late * SECOND, sequence, f"{n} /crm", *more)
            for n, (kind, time, sequence, *more) in enumerate(parts)
        ]
    return events


def log_of(events: list[Event]) -> list[Event]:
    log: list[Event] = []
    for event in events:
        insert(log, event)
    return log


def ended_before(log: list[Event]) -> int:
    """Contacts that can have begun with an exit: one at first, and one after each end."""
    return 1 + sum(isinstance(event, Ended) for event in log)


@quick
@given(contacts(), _DEFINITIONS)
def test_there_are_no_more_visits_than_queueings_and_contacts_that_did_not_queue(
    events: list[Event], definitions: Definitions
) -> None:
    log = log_of(events)
    visits = queue_of(log, definitions).visits
    queued = sum(isinstance(event, Queued) for event in log)
    direct = sum(visit.queued_us is None for visit in visits)
    assert len(visits) - direct <= queued
    assert direct <= ended_before(log)


@quick
@given(contacts(), _DEFINITIONS)
def test_no_visit_ends_before_it_begins_and_only_the_last_goes_on(
    events: list[Event], definitions: Definitions
) -> None:
    line = queue_of(log_of(events), definitions)
    for visit in line.visits:
        assert visit.exit_us is None or visit.start_us <= visit.exit_us
        assert (visit.exit_us is None) == (visit.outcome == "waiting")
        assert (visit.reason is not None) == (visit.outcome == "left")
        assert visit.wait_us >= 0
    assert [visit for visit in line.visits if visit.exit_us is None] == ([line.waiting] if line.waiting else [])
    queued = [visit.queued_us for visit in line.visits if visit.queued_us is not None]
    assert all(before <= after for before, after in pairwise(queued))


@quick
@given(contacts(), _DEFINITIONS)
def test_every_visit_offered_has_exactly_one_outcome(events: list[Event], definitions: Definitions) -> None:
    facts = facts_of(timeline_of(log_of(events), ReadingPlan(definitions)), definitions)
    outcomes = ("answered", "abandoned", "short_abandoned", "left_queue")
    visits = {key.partition("/")[2] for key in facts if key.startswith("offered/")}
    ended = [key.partition("/")[2] for key in facts if key.partition("/")[0] in outcomes]
    waiting = [max(visits, key=int)] if "waiting" in facts else []
    assert sorted(ended + waiting) == sorted(visits)


@quick
@given(contacts(), _DEFINITIONS)
def test_every_exit_ends_a_visit_or_is_counted_as_one_without_a_wait(
    events: list[Event], definitions: Definitions
) -> None:
    log = log_of(events)
    line = queue_of(log, definitions)
    told = sum(isinstance(event, Answered | Abandoned | LeftQueue) for event in log)
    ended = sum(
        visit.exit_us is not None and not (visit.outcome == "left" and visit.reason in ("ended", "transfer"))
        for visit in line.visits
    )
    own = sum(isinstance(event, LeftQueue) and event.reason == "transfer" for event in log)
    at_an_end = sum(isinstance(event, Ended) for event in log)
    assert ended - at_an_end <= told - len(line.exits_without_wait) <= ended + own


@quick
@given(st.data(), contacts(), _DEFINITIONS)
def test_neither_order_nor_repetition_nor_ids_change_a_visit(
    data: st.DataObject, events: list[Event], definitions: Definitions
) -> None:
    wanted = queue_of(log_of(events), definitions)
    again = data.draw(st.permutations([*events, *events[:3]]))
    assert queue_of(log_of(again), definitions).visits == wanted.visits
    # Where no two are alike but for their ids, ids say nothing about what came first.
    free: list[Event] = [event for event in events if not isinstance(event, TicketCreated)]
    renamed: list[Event] = []
    for source in ("/pbx", "/crm"):
        told = [event for event in free if source_of(event) == source]
        uids = data.draw(st.permutations([event.uid for event in told]))
        renamed += [
            type(event)(event.time_us, event.sequence, uid, *list_of(event))
            for event, uid in zip(told, uids, strict=True)
        ]
    if not any(event.sequence for event in free):
        assert queue_of(log_of(renamed), definitions).visits == queue_of(log_of(free), definitions).visits


def list_of(event: Event) -> list[Any]:
    """What an event says beside its time, sequence and id."""
    return [getattr(event, name) for name in event.__struct_fields__[3:]]


@quick
@given(
    st.data(),
    st.sampled_from(["answered", "abandoned", "timeout"]),
    st.integers(3, 100),
    st.integers(0, 2),
    st.sampled_from([0, 1, 60]),
)
def test_a_call_told_by_two_systems_a_second_apart_is_one_visit(
    data: st.DataObject, outcome: str, wait: int, late: int, talk: int
) -> None:
    exits: dict[str, Any] = {"answered": (Answered, ""), "abandoned": (Abandoned,), "timeout": (LeftQueue, "timeout")}
    kind, *more = exits[outcome]
    events: list[Event] = []
    for source, delay in (("pbx", 0), ("crm", late)):
        for n, (what, at, said) in enumerate(((Queued, 0, ("a",)), (kind, wait, more), (Ended, wait + talk, ()))):
            events.append(what((at + delay) * SECOND, "", f"{n} /{source}", *said))
    line = queue_of(log_of(data.draw(st.permutations(events))))
    [visit] = line.visits
    assert (visit.wait_us, visit.outcome) == (wait * SECOND, "left" if outcome == "timeout" else outcome)
    assert [stray.kind for stray in line.exits_without_wait] == ["left_queue" if outcome == "timeout" else outcome]
    assert line.is_over


@quick
@given(st.integers(1, 10), st.integers(1, 5))
def test_an_answer_dated_before_its_queueing_is_one_visit_whoever_tells_the_queueing_too(early: int, late: int) -> None:
    log = log_of(
        [
            Answered((100 - early) * SECOND, "", "1 /crm"),
            Queued(100 * SECOND, "", "2 /pbx", "a"),
            Queued((100 + late) * SECOND, "", "3 /crm", "a"),
        ]
    )
    [visit] = queue_of(log).visits
    assert (visit.outcome, visit.wait_us, visit.team) == ("answered", 0, "a")
