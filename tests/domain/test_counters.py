"""Counters only grow: a retraction is counted apart."""

from __future__ import annotations

from stream.domain.buckets import BOUNDS_SECONDS, bucket_of
from stream.domain.cells import Cell, Cells
from stream.domain.counters import Counters
from stream.domain.facts import Booking, Fact
from stream.domain.segments import segment_of
from tests.domain.stories import US, measure

PHONE = segment_of("phone", "", "")
MEASURES = {"wait": True, "offered": False}


def fact(*bookings: Booking) -> Fact:
    return Fact(0, PHONE, bookings)


def counted(*steps: tuple[Fact, int]) -> dict[str, Cells]:
    counters = Counters(MEASURES)
    for one, sign in steps:
        counters.book(one, PHONE, sign)
    return {segment: cells for segment, cells in counters.take_changed() if cells is not None}


def test_a_span_is_counted_summed_and_put_into_its_bucket() -> None:
    assert counted((fact(Booking(measure("wait"), 7 * US, 99)), 1)) == {PHONE: {"wait": Cell(1, 7 * US, {1: 1})}}


def test_a_mere_event_is_counted() -> None:
    assert counted((fact(Booking(measure("offered"))), 1)) == {PHONE: {"offered": Cell(1)}}


def test_a_retraction_leaves_the_counter_and_is_counted_apart() -> None:
    one = fact(Booking(measure("wait"), 7 * US, 99))
    assert counted((one, 1), (one, -1)) == {PHONE: {"wait": Cell(1, 7 * US, {1: 1}), "~wait": Cell(1)}}


def test_a_measure_without_a_counter_is_not_counted() -> None:
    assert counted((fact(Booking(measure("csat_good"))), 1)) == {}


def test_changes_are_given_out_once() -> None:
    counters = Counters(MEASURES)
    counters.book(fact(Booking(measure("offered"))), PHONE, 1)
    assert len(list(counters.take_changed())) == 1
    assert list(counters.take_changed()) == []


def test_restored_counters_go_on_from_where_they_were() -> None:
    counters = Counters(MEASURES)
    counters.restore(PHONE, {"offered": Cell(41)})
    counters.book(fact(Booking(measure("offered"))), PHONE, 1)
    assert dict(counters.take_changed()) == {PHONE: {"offered": Cell(42)}}


def test_a_bucket_holds_up_to_and_including_its_bound() -> None:
    assert [bucket_of(us) for us in (0, 5 * US, 5 * US + 1, 10 * US)] == [0, 0, 1, 1]


def test_what_exceeds_every_bound_is_beyond_the_last_bucket() -> None:
    assert bucket_of(BOUNDS_SECONDS[-1] * US + 1) == len(BOUNDS_SECONDS)
