"""Panes: where facts are booked, and what is kept. Times in seconds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream.domain.cells import Cell
from stream.domain.facts import Booking, Fact, duration_fact
from stream.domain.panes import Panes
from stream.domain.remainders import PaneKey
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
    list(panes.take_changed())
    assert list(panes.expire(10**9)) == []


def test_a_retraction_takes_the_pane_away_and_says_so() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    panes.book(offered(NOW), PHONE, -1, NOW)
    assert dict(panes.take_changed()) == {(10, NOW, PHONE): None}
    assert len(panes) == 0


def test_a_measure_that_came_to_nothing_leaves_its_pane() -> None:
    panes = booked(offered(NOW), Fact(NOW * US, PHONE, (Booking(measure("left_queue")),)))
    panes.book(offered(NOW), PHONE, -1, NOW)
    assert dict(panes.take_changed())[(10, NOW, PHONE)] == {"left_queue": Cell(1)}


def test_changes_are_given_out_once() -> None:
    panes = booked(offered(NOW))
    assert len(list(panes.take_changed())) == 1
    assert list(panes.take_changed()) == []


def test_after_changes_were_taken_a_booking_is_a_change_again() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    panes.book(offered(NOW), PHONE, 1, NOW)
    assert dict(panes.take_changed())[(10, NOW, PHONE)] == {"offered": Cell(2)}


def test_expiry_forgets_what_lies_below_the_floor_and_names_it() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    assert list(panes.expire(NOW + 360)) == []
    # The wider pane first: what it takes over is nowhere else any more when the finer one goes.
    assert list(panes.expire(NOW + 361)) == [((300, 999_900, PHONE), {"offered": Cell(1)}), ((10, NOW, PHONE), None)]
    assert keys(panes) == {(300, 999_900)}


def test_booked_and_then_retracted_below_the_floor_leaves_nothing() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    panes.book(offered(NOW), PHONE, -1, NOW + 400)
    assert dict(panes.take_changed()) == {(10, NOW, PHONE): None}
    assert list(panes.expire(NOW + 400)) == []
    assert len(panes) == 0


def test_a_pane_below_the_floor_is_not_made_anew() -> None:
    panes = booked(offered(NOW))
    list(panes.take_changed())
    list(panes.expire(NOW + 400))
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


# --- measures that are kept for less ---------------------------------------------------------------------------------

SHORTER = PanePlan({10: 360, 300: 87_000}, total=True, shorter={300: {"wait": 6_000, "offered": 0}, 0: {"wait": 0}})


BUT_FOR_SOME = PanePlan({10: 360, 300: 87_000}, total=False, shorter={300: {"wait": 6_000, "offered": 9_000}})
"""Of young panes everything is kept."""


def mixed(at: float, segment: str = PHONE) -> Fact:
    names = ("offered", "wait", "score")
    return Fact(round(at * US), segment, tuple(Booking(measure(name)) for name in names))


def held(panes: Panes) -> dict[tuple[int, int], set[str]]:
    return {(width, start): set(cells) for (width, start, _), cells in panes}


def test_a_measure_is_booked_where_it_is_kept() -> None:
    whole = {"offered", "wait", "score"}
    assert held(booked(mixed(NOW), plan=SHORTER)) == {
        (10, NOW): whole,
        (300, 999_900): {"wait", "score"},
        (0, 0): {"offered", "score"},
    }
    assert held(booked(mixed(NOW - 7_000), plan=SHORTER)) == {(300, 993_000): {"score"}, (0, 0): {"offered", "score"}}


def test_a_pane_loses_what_is_kept_for_less_and_is_gone_with_the_last() -> None:
    panes = booked(mixed(NOW), Fact(NOW * US, "other", (Booking(measure("wait")),)), plan=SHORTER)
    list(panes.take_changed())
    list(panes.expire(999_900 + 6_000))
    changed = {key: None if cells is None else set(cells) for key, cells in panes.expire(999_900 + 6_001)}
    assert changed == {(0, 0, PHONE): {"offered"}, (300, 999_900, PHONE): {"score"}, (300, 999_900, "other"): None}
    assert (300, 999_900, "other") not in dict(panes)
    assert list(panes.expire(999_900 + 6_500)) == []


def test_what_was_stored_shrinks_too() -> None:
    panes = Panes(SHORTER)
    panes.restore((300, 990_000, PHONE), {"wait": Cell(1), "score": Cell(1)})
    assert [(key[1], set(cells or {})) for key, cells in panes.expire(NOW)] == [(990_000, {"score"})]


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), st.integers(0, 15_000), st.sampled_from(["offered", "wait", "score"])),
        st.tuples(st.just("retract"), st.integers(0, 100)),
        st.tuples(st.just("advance"), st.sampled_from([10, 300, 3_000, 6_000, 90_000])),
    ),
    max_size=40,
)


@given(_STEPS, st.sampled_from([SHORTER, BUT_FOR_SOME]))
def test_what_is_kept_is_the_sum_of_the_facts_whatever_is_taken_back_and_when(steps: list[Any], plan: PanePlan) -> None:
    """And what is not kept any more is there wholly or not at all: nothing is ever taken from what has gone."""
    panes, now, facts = Panes(plan), NOW, list[Fact]()
    for kind, number, *more in steps:
        if kind == "book":
            facts.append(Fact((now - number) * US, PHONE, (Booking(measure(more[0]), 5),)))
            panes.book(facts[-1], PHONE, 1, now)
        elif kind == "retract" and facts:
            panes.book(facts.pop(number % len(facts)), PHONE, -1, now)
        elif kind == "advance":
            now += number
            list(panes.take_changed())
            list(panes.expire(now))
    list(panes.take_changed())
    kept_seconds = {(width, name): seconds for width, one in plan.shorter.items() for name, seconds in one.items()}
    for width, retention in ((10, 360), (300, 87_000), *([(0, 10**9)] * plan.total)):
        for name in ("offered", "wait", "score"):
            floor = now - kept_seconds.get((width, name), retention)
            sums: dict[int, int] = {}
            for fact in facts:
                seconds = fact.time_us // US
                start = seconds - seconds % width if width else 0
                if fact.bookings[0].measure.name == name and (start >= floor or not width):
                    sums[start] = sums.get(start, 0) + 1
            if kept_seconds.get((width, name)) == 0:
                sums = {}
            found = {start: cells[name].count for (of, start, _), cells in panes if of == width and name in cells}
            assert {start: count for start, count in found.items() if start >= floor or not width} == sums
            assert all(count > 0 for count in found.values())
