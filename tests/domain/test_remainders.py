"""Rows of panes leave out what finer panes hold: together they say the same as the panes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream.domain.cells import Cell, Cells, merge_cells
from stream.domain.facts import Booking, Fact
from stream.domain.panes import Panes
from stream.domain.partials import decode_cells, encode_pane, is_whole
from stream.domain.remainders import PaneKey, PaneRow, around, in_transactions
from stream.domain.segments import segment_of
from stream.domain.windows import PanePlan
from tests.domain.stories import US, measure

PHONE = segment_of("phone", "", "")
NOW = 1_000_000
DAY = 86_400
MEASURES = ("offered", "wait", "score")
PLANS = (
    PanePlan({10: 3660, 300: DAY, 3600: 30 * DAY}, total=False),
    PanePlan({10: 360, 300: 6_000}, total=True),
    PanePlan({300: 6_000, 3600: 90_000}, total=False),
    PanePlan({10: 360, 3600: 90_000}, total=True),
    PanePlan({10: 360, 300: 6_000, 3600: 90_000}, total=False, shorter={300: {"wait": 0, "offered": 900}}),
    PanePlan({10: 360, 300: 6_000}, total=True, shorter={10: {"score": 0}, 300: {"wait": 3_000}, 0: {"wait": 0}}),
)


class Stored:
    """Rows as a changelog keeps them: bytes by key."""

    def __init__(self, plan: PanePlan) -> None:
        self.plan = plan
        self.rows: dict[PaneKey, bytes] = {}

    def write(self, rows: Iterable[PaneRow]) -> None:
        for key, cells in rows:
            if cells is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = encode_pane(key, cells)

    def write_whole(self, panes: Panes) -> None:
        """As a version before rows left anything out."""
        for key, cells in panes:
            self.rows[key] = encode_pane((10, 0, ""), cells)

    def restored(self, plan: PanePlan | None = None) -> Panes:
        panes = Panes(plan or self.plan)
        for key, row in self.rows.items():
            panes.restore(key, decode_cells(row), is_whole=is_whole(key, row))
        for _ in panes.complete_steps():
            pass
        return panes

    def summed(self, plan: PanePlan | None = None) -> dict[PaneKey, Any]:
        """Panes that the rows say, of the measures that are kept there."""
        plan = plan or self.plan
        found: dict[PaneKey, Cells] = {}
        for key, row in self.rows.items():
            for pane in (key, *around(key)):
                if pane != key and pane in self.rows and is_whole(pane, self.rows[pane]):
                    break
                if pane[0] in plan.widths:
                    merge_cells(found.setdefault(pane, {}), decode_cells(row))
        kept = {key: {n: c for n, c in cells.items() if plan.kept_seconds(key[0], n)} for key, cells in found.items()}
        return {key: plain(cells) for key, cells in kept.items() if cells}


def plain(cells: Cells) -> dict[str, Any]:
    return {name: (cell.count, cell.sum, cell.bins or {}) for name, cell in cells.items()}


def held(panes: Panes) -> dict[PaneKey, Any]:
    return {key: plain(cells) for key, cells in panes}


def fact(at: int, names: Iterable[str], amount: int = 5) -> Fact:
    return Fact(at * US, PHONE, tuple(Booking(measure(name), amount) for name in names))


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), st.integers(0, 4_000), st.sets(st.sampled_from(MEASURES), min_size=1)),
        st.tuples(st.just("book"), st.integers(0, 100_000), st.sets(st.sampled_from(MEASURES), min_size=1)),
        st.tuples(st.just("retract"), st.integers(0, 100)),
        st.tuples(st.just("commit"), st.sampled_from([0, 1, 10, 300, 3_000, 6_000, 90_000]), st.booleans()),
        st.tuples(st.just("restart")),
    ),
    max_size=30,
)


@given(_STEPS, st.sampled_from(PLANS), st.lists(st.integers(0, 20_000), max_size=4))
def test_rows_say_the_same_as_the_panes_whatever_happens(steps: list[Any], plan: PanePlan, old: list[int]) -> None:
    """And where an older version wrote some: these are whole until they are written again."""
    stored, now = Stored(plan), NOW
    facts = [fact(NOW - ago, MEASURES) for ago in old]
    panes = Panes(plan)
    for one in facts:
        panes.book(one, PHONE, 1, now)
    list(panes.take_changed())
    stored.write_whole(panes)
    panes = stored.restored()
    assert held(panes) == stored.summed()
    for kind, *more in [*steps, ("commit", 10, True), ("restart",)]:
        if kind == "book":
            facts.append(fact(now - more[0], sorted(more[1])))
            panes.book(facts[-1], PHONE, 1, now)
        elif kind == "retract" and facts:
            panes.book(facts.pop(more[0] % len(facts)), PHONE, -1, now)
        elif kind == "commit":
            now += more[0]
            stored.write(panes.take_changed())
            assert held(panes) == stored.summed()
            if more[1]:
                stored.write(panes.expire(now))
                assert held(panes) == stored.summed()
        elif kind == "restart":
            stored.write(panes.take_changed())
            again = stored.restored()
            assert held(again) == held(panes)
            assert dict(again.rows()) == {key: cells for key, cells in panes.rows() if cells}
            panes = again


def test_a_fact_is_written_in_the_row_of_its_finest_pane_only() -> None:
    panes = Panes(PLANS[0])
    panes.book(fact(NOW, ["offered"]), PHONE, 1, NOW)
    assert [key for key, _ in panes.take_changed()] == [(10, NOW, PHONE)]
    panes.book(fact(NOW - 7_200, ["offered"]), PHONE, 1, NOW)
    assert [key for key, _ in panes.take_changed()] == [(300, 992_700, PHONE)]


def test_what_expires_goes_over_to_the_next_width_and_no_further() -> None:
    panes, stored = Panes(PLANS[0]), Stored(PLANS[0])
    panes.book(fact(NOW, ["offered"]), PHONE, 1, NOW)
    stored.write(panes.take_changed())
    stored.write(panes.expire(NOW + 4_000))
    assert stored.rows.keys() == {(300, 999_900, PHONE)}
    stored.write(panes.expire(NOW + 2 * DAY))
    assert stored.rows.keys() == {(3600, 997_200, PHONE)}
    stored.write(panes.expire(NOW + 31 * DAY))
    assert stored.rows == {}


@given(st.lists(st.integers(0, 100_000), max_size=12), st.integers(0, 100_000))
def test_of_a_width_that_is_not_kept_any_more_the_wider_panes_take_over_the_rows(ago: list[int], later: int) -> None:
    before = PanePlan({10: 360, 300: 6_000, 3600: 200_000}, total=False)
    after = PanePlan({10: 360, 3600: 200_000}, total=False)
    stored, panes = Stored(before), Panes(before)
    for number, seconds in enumerate(ago):
        panes.book(fact(NOW - seconds, MEASURES[: number % 3 + 1]), PHONE, 1, NOW)
    stored.write(panes.take_changed())
    stored.write(panes.expire(NOW + later))
    again = stored.restored(after)
    assert held(again) == {key: cells for key, cells in held(panes).items() if key[0] != 300}
    rows = [*((key, None) for key in again.foreign), *again.take_changed()]
    for part in in_transactions(rows, 1):
        stored.write(part)
    assert all(key[0] != 300 for key in stored.rows)
    assert held(again) == held(stored.restored(after)) == stored.summed(after)


def test_rows_of_a_segment_are_written_together() -> None:
    rows: list[PaneRow] = [((10, start, name), {"offered": Cell(1)}) for start in (0, 10, 20) for name in "abc"]
    parts = [*in_transactions(rows, 6)]
    assert [{key[2] for key, _ in part} for part in parts] == [{"a", "b"}, {"c"}]
    assert sorted(row[0] for part in parts for row in part) == sorted(row[0] for row in rows)
