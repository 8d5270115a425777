"""Panes: where facts are booked, and what is kept. Times in seconds."""

from __future__ import annotations

from stream.domain.cells import Cell
from stream.domain.facts import Booking, Fact, duration_fact
from stream.domain.panes import PaneKey, Panes
from stream.domain.segments import segment_of
from stream.domain.windows import PanePlan
from tests.domain.stories import US, measure

PHONE = segment_of("phone", "", "")
PLAN = PanePlan({10: 360, 300: 87_000}, total=False)
NOW = 1_000_000


def offered(at: float, segment: str = PHONE) -> Fact:
    return Fact(round(at * US), segment, (Booking(measure("offered")),))


def booked(*facts: Fact, plan: PanePlan = PLAN, now: int = NOW) -> Panes:
    panes = Panes(plan)
    for fact in facts:
        panes.book(fact, fact.segment, 1, now)
    return panes


def keys(panes: Panes) -> set[tuple[int, int]]:
    return {(width, start) for (width, start, _), _ in panes}


def test_a_fact_is_booked_in_one_pane_of_every_width() -> None:
    assert keys(booked(offered(NOW + 7))) == {(10, NOW), (300, 999_900)}


def test_a_pane_begins_with_its_edge_and_ends_before_the_next() -> None:
    assert keys(booked(offered(NOW))) == keys(booked(offered(NOW + 9.999999)))
    assert keys(booked(offered(NOW + 10))) == {(10, NOW + 10), (300, 999_900)}


def test_facts_of_one_pane_add_up() -> None:
    span = duration_fact(measure("wait"), NOW * US, PHONE, 5 * US)
    panes = dict(booked(span, span))
    assert panes[(10, NOW, PHONE)]["wait"].count == 2
    assert panes[(10, NOW, PHONE)]["wait"].sum == 10 * US


def test_segments_have_panes_of_their_own() -> None:
    assert len(booked(offered(NOW), offered(NOW, segment_of("chat", "", "")))) == 4


def test_older_than_retention_a_fact_is_booked_in_the_wider_panes_only() -> None:
    assert keys(booked(offered(NOW - 400))) == {(300, 999_600)}


def test_older_than_every_retention_a_fact_is_not_booked() -> None:
    assert keys(booked(offered(NOW - 90_000))) == set()


def test_the_last_pane_that_is_kept_is_booked() -> None:
    assert (10, NOW - 360) in keys(booked(offered(NOW - 360)))
    assert (10, NOW - 370) not in keys(booked(offered(NOW - 361)))


def test_the_pane_of_all_time_is_never_too_old() -> None:
    panes = booked(offered(5), plan=PanePlan({10: 360}, total=True))
    assert keys(panes) == {(0, 0)}
    assert panes.expire(10**9) == []


def test_a_retraction_takes_the_pane_away_and_says_so() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    panes.book(offered(NOW), PHONE, -1, NOW)
    assert dict(panes.take_changed()) == {(10, NOW, PHONE): None, (300, 999_900, PHONE): None}
    assert len(panes) == 0


def test_a_measure_that_came_to_nothing_leaves_its_pane() -> None:
    panes = booked(offered(NOW), Fact(NOW * US, PHONE, (Booking(measure("left_queue")),)))
    panes.book(offered(NOW), PHONE, -1, NOW)
    assert dict(panes.take_changed())[(10, NOW, PHONE)] == {"left_queue": Cell(1)}


def test_changes_are_given_out_once() -> None:
    panes = booked(offered(NOW))
    assert len(list(panes.take_changed())) == 2
    assert list(panes.take_changed()) == []


def test_after_changes_were_taken_a_booking_is_a_change_again() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    panes.book(offered(NOW), PHONE, 1, NOW)
    assert dict(panes.take_changed())[(10, NOW, PHONE)] == {"offered": Cell(2)}


def test_expiry_forgets_what_lies_below_the_floor_and_names_it() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    assert panes.expire(NOW + 360) == []
    assert panes.expire(NOW + 361) == [(10, NOW, PHONE)]
    assert keys(panes) == {(300, 999_900)}


def test_booked_and_then_retracted_below_the_floor_leaves_nothing() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    panes.book(offered(NOW), PHONE, -1, NOW + 400)
    assert dict(panes.take_changed()) == {(10, NOW, PHONE): None, (300, 999_900, PHONE): None}
    assert panes.expire(NOW + 400) == []
    assert len(panes) == 0


def test_a_pane_below_the_floor_is_not_made_anew() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    panes.expire(NOW + 400)
    panes.book(offered(NOW), PHONE, 1, NOW + 400)
    assert keys(panes) == {(300, 999_900)}


def test_a_restored_pane_goes_on_from_what_was_stored() -> None:
    panes = Panes(PLAN)
    key: PaneKey = (10, NOW, PHONE)
    panes.restore(key, {"offered": Cell(4)})
    panes.book(offered(NOW), PHONE, 1, NOW)
    assert dict(panes.take_changed())[key] == {"offered": Cell(5)}


def test_a_stored_pane_of_a_width_that_is_not_kept_any_more_is_ignored() -> None:
    panes = Panes(PLAN)
    panes.restore((3600, 0, PHONE), {"offered": Cell(4)})
    assert len(panes) == 0


def test_discarding_what_is_not_there_is_fine() -> None:
    panes = booked(offered(NOW))
    for key in ((10, NOW + 10, PHONE), (10, NOW, segment_of("chat", "", "")), (3600, 0, PHONE)):
        panes.discard(key)
    assert len(panes) == 2
