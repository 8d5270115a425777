"""The log of a ticket, one rule per test."""

from __future__ import annotations

from itertools import permutations

from stream.domain.events import Abandoned, Answered, Event, StatusChanged
from stream.domain.log import Insertion, insert
from stream.domain.sequences import sequence_key


def solved(time_us: int, uid: str = "1 /a", sequence: str = "") -> StatusChanged:
    return StatusChanged(time_us, sequence, uid, "solved")


def log_of(*events: Event) -> list[Event]:
    log: list[Event] = []
    for event in events:
        insert(log, event)
    return log


def test_events_are_ordered_by_time_however_they_arrive() -> None:
    events = [solved(3, "a /s"), solved(1, "b /s"), solved(2, "c /s")]
    assert [e.time_us for e in log_of(*events)] == [1, 2, 3]


def test_at_one_time_the_sequence_decides() -> None:
    events = [solved(1, "a /s", sequence_key("10")), solved(1, "b /s", sequence_key("9"))]
    assert [e.uid for e in log_of(*events)] == ["b /s", "a /s"]


def test_at_one_time_and_sequence_the_id_decides() -> None:
    assert [e.uid for e in log_of(solved(1, "b /s"), solved(1, "a /s"))] == ["a /s", "b /s"]


def test_time_goes_before_sequence() -> None:
    events = [solved(2, "a /s", sequence_key(1)), solved(1, "b /s", sequence_key(2))]
    assert [e.uid for e in log_of(*events)] == ["b /s", "a /s"]


def test_the_same_event_again_is_a_duplicate() -> None:
    log = log_of(solved(1))
    assert insert(log, solved(1)) is Insertion.DUPLICATE
    assert log == [solved(1)]


def test_a_new_event_is_added() -> None:
    log = log_of(solved(1))
    assert insert(log, solved(1, "2 /a")) is Insertion.ADDED
    assert len(log) == 2


def test_the_same_id_of_another_source_is_another_event() -> None:
    assert len(log_of(solved(1, "1 /a"), solved(1, "1 /b"))) == 2


def test_the_same_id_with_other_content_is_a_conflict_and_one_is_kept() -> None:
    log = log_of(solved(1))
    assert insert(log, solved(2)) is Insertion.CONFLICT
    assert len(log) == 1


def test_the_same_id_and_fields_of_another_type_is_a_conflict() -> None:
    log = log_of(Answered(1, "", "1 /a"))
    assert insert(log, Abandoned(1, "", "1 /a")) is Insertion.CONFLICT


def test_which_one_of_a_conflict_is_kept_does_not_depend_on_the_order() -> None:
    rivals: list[Event] = [solved(9, "x /s"), solved(2, "x /s"), Answered(5, "", "x /s")]
    rest = [solved(3, "y /s"), solved(7, "z /s")]
    assert len({tuple(log_of(*order)) for order in permutations([*rivals, *rest])}) == 1
