"""Levels: how many tickets are in a state, and since when the oldest is."""

from __future__ import annotations

from stream.domain.cells import Cell
from stream.domain.levels import Levels
from stream.domain.segments import segment_of

PHONE, CHAT = segment_of("phone", "", ""), segment_of("chat", "", "")


def levels(*entries: tuple[str, int]) -> Levels:
    held = Levels()
    for ticket, since_us in entries:
        held.enter("waiting", PHONE, ticket, since_us)
    return held


def test_a_level_is_the_number_of_its_tickets_and_the_oldest_start() -> None:
    assert levels(("T1", 50), ("T2", 20), ("T3", 70)).cells(PHONE) == {"waiting": Cell(3, 20)}


def test_when_the_oldest_leaves_the_next_one_is_oldest() -> None:
    held = levels(("T1", 50), ("T2", 20), ("T3", 70))
    held.leave("waiting", PHONE, "T2")
    assert held.cells(PHONE) == {"waiting": Cell(2, 50)}


def test_when_another_leaves_the_oldest_stays() -> None:
    held = levels(("T1", 50), ("T2", 20))
    held.leave("waiting", PHONE, "T1")
    assert held.cells(PHONE) == {"waiting": Cell(1, 20)}


def test_a_ticket_that_comes_back_counts_from_its_new_start() -> None:
    held = levels(("T1", 20), ("T2", 50))
    held.leave("waiting", PHONE, "T1")
    held.enter("waiting", PHONE, "T1", 90)
    assert held.cells(PHONE) == {"waiting": Cell(2, 50)}


def test_a_ticket_may_be_in_two_levels() -> None:
    held = levels(("T1", 20))
    held.enter("open", PHONE, "T1", 10)
    held.leave("waiting", PHONE, "T1")
    assert held.cells(PHONE) == {"open": Cell(1, 10)}


def test_segments_are_apart() -> None:
    held = levels(("T1", 20))
    held.enter("waiting", CHAT, "T2", 30)
    assert (held.cells(PHONE), held.cells(CHAT)) == ({"waiting": Cell(1, 20)}, {"waiting": Cell(1, 30)})


def test_changed_segments_are_given_out_once_and_none_says_empty() -> None:
    held = levels(("T1", 20))
    assert list(held.take_changed()) == [(PHONE, {"waiting": Cell(1, 20)})]
    assert list(held.take_changed()) == []
    held.leave("waiting", PHONE, "T1")
    assert list(held.take_changed()) == [(PHONE, None)]


def test_all_levels_can_be_given_out_again() -> None:
    held = levels(("T1", 20))
    list(held.take_changed())
    held.mark_all_changed()
    assert list(held.take_changed()) == [(PHONE, {"waiting": Cell(1, 20)})]


def test_the_heap_stays_as_small_as_the_level_whatever_comes_and_goes() -> None:
    held = levels(("stays", 1))
    for time_us in range(10_000):
        held.enter("waiting", PHONE, "T", 10 + time_us)
        held.leave("waiting", PHONE, "T")
    members = held._members[PHONE]["waiting"]
    assert len(members.heap) < 200
    assert held.cells(PHONE) == {"waiting": Cell(1, 1)}
