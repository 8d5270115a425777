"""Most contacts are read without the tracker: what that says is what the tracker says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.domain import queue_log
from stream.domain.definitions import Definitions, EndedWhileWaiting
from stream.domain.events import Abandoned, Answered, Ended, LeftQueue, Queued
from stream.domain.visits import QueueEvent

SOURCES = st.sampled_from(["/a", "/b/a"])
TEAMS = st.sampled_from(["", "sales"])


def uid(number: int, source: str) -> str:
    return f"{number} {source}"


@st.composite
def contacts(draw: st.DrawFn) -> list[QueueEvent]:
    """Up to four queue events in the order of the log; times may tie."""
    events: list[QueueEvent] = []
    time_us = 0
    for number in range(draw(st.integers(1, 4))):
        time_us += draw(st.sampled_from([0, 1, 5_000_000, 20_000_000]))
        name = uid(number, draw(SOURCES))
        kind = draw(st.integers(0, 4))
        if number == 0 and draw(st.booleans()):
            kind = 0
        if kind == 0:
            events.append(Queued(time_us, "", name, draw(TEAMS)))
        elif kind == 1:
            events.append(Answered(time_us, "", name, draw(TEAMS)))
        elif kind == 2:
            events.append(Abandoned(time_us, "", name))
        elif kind == 3:
            events.append(LeftQueue(time_us, "", name, draw(st.sampled_from(["callback", "transfer"]))))
        else:
            events.append(Ended(time_us, "", name))
    return events


@given(contacts(), TEAMS, st.sampled_from(["abandoned", "left"]))
def test_the_short_way_says_what_the_long_way_says(
    events: list[QueueEvent], team: str, ended_as: EndedWhileWaiting
) -> None:
    definitions = Definitions(ended_while_waiting=ended_as)
    short = queue_log.read_visits(events, definitions, lambda _: team)
    long = queue_log._told(events, definitions, lambda _: team)
    assert (short.visits, short.waiting, short.exits_without_wait, short.is_over) == (
        long.visits,
        long.waiting,
        long.exits_without_wait,
        long.is_over,
    )


def test_the_short_way_is_taken_for_what_most_contacts_are() -> None:
    begun, ended = Queued(1, "", "1 /a", "sales"), Ended(9, "", "3 /a")
    assert queue_log._plain_visit([begun]) is not None
    for left in (Answered(5, "", "2 /b"), Abandoned(5, "", "2 /a"), LeftQueue(5, "", "2 /a", "callback")):
        assert queue_log._plain_visit([begun, left]) is not None
        assert queue_log._plain_visit([begun, left, ended]) is not None
    unusual: list[list[QueueEvent]] = [
        [begun, ended],
        [ended],
        [begun, Answered(5, "", "2 /a", "other")],
        [begun, Answered(1, "", "2 /a")],
    ]
    for others in unusual:
        assert queue_log._plain_visit(others) is None
