"""The roll-up, one rule per test: groups, windows that move, late snapshots, presence, levels. Times in seconds."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.domain.cells import Cell, Cells
from stream.domain.rollup import Rollup
from stream.domain.rows import Row
from stream.domain.segments import segment_of
from stream.domain.windows import TODAY, TOTAL, Window, rolling
from stream.metrics import ROWS
from tests.domain.stories import US
from tests.domain.taken import taken_rows

FIVE_MINUTES, DAY = rolling("5m", 300), rolling("24h", 86_400)
A, B = segment_of("phone", "a", ""), segment_of("phone", "b", "")
NOW = 1_000_000
ONE: Cells = {"offered": Cell(1)}


class Board:
    """A roll-up and the rows it has shown."""

    def __init__(self, *windows: Window, by: tuple[str, ...] = ("all",), zone: str = "UTC", **options: Any) -> None:
        self.rollup = Rollup(ROWS, windows or (FIVE_MINUTES,), by, ZoneInfo(zone), **options)
        self.rows: dict[str, Row] = {}
        self.taken: set[str] = set()
        self.rollup.advance(NOW * US)

    def pane(
        self, start: int, cells: Cells | None = ONE, segment: str = A, partition: int = 0, width: int = 10
    ) -> Board:
        self.rollup.apply_pane(partition, (width, start, segment), cells)
        return self

    def levels(self, cells: Cells | None, segment: str = A, partition: int = 0) -> Board:
        self.rollup.apply_levels(partition, segment, cells)
        return self

    def at(self, now: int) -> Board:
        self.rollup.advance(now * US)
        return self

    def take(self) -> Board:
        self.taken = set()
        for key, row in taken_rows(self.rollup):
            self.taken.add(key)
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        return self

    def row(self, metric: str = "contacts_offered", window: str = "5m", by: str = "all", group: str = "") -> Row | None:
        self.take()
        end = f"|{by}|{group}|{window}"
        found = [row for key, row in self.rows.items() if key.startswith(f"{metric}|") and key.endswith(end)]
        return found[0] if found else None

    def offered(self, window: str = "5m", **where: str) -> int | None:
        row = self.row(window=window, **where)
        return None if row is None else row["count"]


def test_panes_of_all_partitions_and_segments_add_up() -> None:
    board = Board().pane(NOW).pane(NOW - 10).pane(NOW, partition=1).pane(NOW, segment=B)
    assert board.offered() == 4


def test_groups_have_what_belongs_to_them() -> None:
    board = Board(by=("all", "team", "channel_team")).pane(NOW).pane(NOW, segment=B, cells={"offered": Cell(5)})
    found = [board.offered(by="team", group="a"), board.offered(by="channel_team", group="phone/b"), board.offered()]
    assert found == [1, 5, 6]


def test_a_snapshot_replaces_the_one_before_it() -> None:
    board = Board().pane(NOW, {"offered": Cell(3)}).pane(NOW, {"offered": Cell(2)})
    assert board.offered() == 2


def test_the_same_snapshot_again_changes_no_row() -> None:
    board = Board().pane(NOW).take().pane(NOW).take()
    assert board.taken == set()


def test_a_pane_that_is_gone_takes_its_numbers_along() -> None:
    board = Board().pane(NOW).pane(NOW - 10)
    assert board.pane(NOW, None).offered() == 1


def test_a_row_vanishes_with_the_last_pane_that_holds_its_measures() -> None:
    board = Board().pane(NOW)
    assert board.offered() == 1
    board.pane(NOW, None).take()
    assert board.rows == {}


def test_a_row_stays_while_a_pane_outside_its_window_holds_its_measures() -> None:
    board = Board().pane(NOW).pane(NOW - 1000)
    assert board.pane(NOW, None).offered() == 0


def test_a_measure_that_was_never_booked_has_no_row() -> None:
    assert Board().pane(NOW).row("abandonment") is None


def test_a_window_empties_by_itself() -> None:
    board = Board().pane(NOW)
    assert [board.at(NOW + later).offered() for later in (0, 280, 289, 290, 300)] == [1, 1, 1, 1, 0]


def test_a_duration_of_an_empty_window_has_no_value() -> None:
    board = Board().pane(NOW, {"answered": Cell(1, 5 * US, {10: 1})}).at(NOW + 300)
    row = board.row("speed_of_answer")
    assert row is not None
    assert (row["count"], row["mean"], row["quantiles"]["p50"]) == (0, None, None)


def test_a_pane_ahead_of_now_counts_once_the_window_reaches_it() -> None:
    board = Board().pane(NOW + 10).pane(NOW + 20)
    assert [board.at(NOW + later).offered() for later in (0, 10, 20)] == [0, 1, 2]


def test_a_late_snapshot_within_the_window_corrects_it() -> None:
    board = Board().at(NOW + 200)
    assert board.pane(NOW).offered() == 1
    assert board.at(NOW + 300).offered() == 0


def test_a_late_snapshot_outside_the_window_does_not_enter_it() -> None:
    assert Board().at(NOW + 300).pane(NOW).offered() == 0


def test_a_jump_over_many_windows_empties_and_fills_them() -> None:
    board = Board().pane(NOW).pane(NOW + 5000)
    assert [board.at(now).offered() for now in (NOW, NOW + 5000, NOW + 10_000)] == [1, 1, 0]


def test_every_window_is_made_of_panes_of_its_width() -> None:
    """The row of a pane has what none of the finer panes within it has."""
    board = Board(FIVE_MINUTES, DAY).pane(NOW).pane(999_900, {"offered": Cell(7)}, width=300)
    assert (board.offered("5m"), board.offered("24h")) == (1, 8)


def test_to_a_row_that_an_older_version_wrote_nothing_is_added() -> None:
    board = Board(FIVE_MINUTES, DAY).pane(NOW)
    key = (300, 999_900, A)
    board.rollup.apply_pane(0, key, {"offered": Cell(7)}, is_whole=True)
    board.pane(NOW - 10).pane(NOW, {"offered": Cell(3)})
    assert (board.offered("5m"), board.offered("24h")) == (4, 7)
    board.rollup.apply_pane(0, key, {"offered": Cell(5)})
    assert (board.offered("5m"), board.offered("24h")) == (4, 9)


def test_panes_of_a_width_no_window_uses_are_ignored() -> None:
    assert Board().pane(NOW, width=3600).offered() is None


def test_the_window_total_never_empties() -> None:
    board = Board(TOTAL).pane(0, width=0).at(NOW + 10**8)
    row = board.row(window="total")
    assert row is not None
    assert (row["count"], row["window_start"], row["window_end"]) == (1, None, None)


def test_today_empties_at_midnight_of_its_zone() -> None:
    # 1,000,000 s is 1970-01-12 13:46:40 UTC, in Kolkata 19:16:40.
    board = Board(TODAY, zone="Asia/Kolkata").pane(999_900, width=300)
    midnight = 1_000_000 + 4 * 3600 + 43 * 60 + 20
    assert [board.at(now).offered("today") for now in (midnight - 1, midnight)] == [1, 0]


def test_when_clocks_go_back_over_midnight_today_is_yesterday_again() -> None:
    # St. John's, 7 November 2010: a minute past midnight it was 23:01 of the 6th again.
    first_midnight = 1_289_097_000
    board = Board(TODAY, zone="America/St_Johns")
    board.at(first_midnight - 60).pane(first_midnight - 300, width=300).pane(first_midnight - 7200, width=300)
    counts = [board.at(first_midnight + later).offered("today") for later in (-60, 0, 60, 3600)]
    assert counts == [2, 0, 2, 0]


def test_time_never_goes_back() -> None:
    board = Board().pane(NOW).at(NOW + 300).at(NOW)
    assert board.offered() == 0


def test_levels_of_all_partitions_add_up_and_the_oldest_is_shown() -> None:
    board = Board().levels({"waiting": Cell(2, 90 * US)}).levels({"waiting": Cell(1, 60 * US)}, partition=1)
    row = board.row("waiting_contacts", "now")
    assert row is not None
    assert (row["value"], row["oldest"]) == (3, "1970-01-01T00:01:00Z")


def test_a_level_that_is_gone_is_no_row_where_nothing_else_is_known() -> None:
    board = Board().levels({"waiting": Cell(2, 90 * US)}).take().levels(None)
    assert board.row("waiting_contacts", "now") is None


def test_a_level_that_is_gone_is_zero_where_the_group_is_known() -> None:
    row = Board().pane(NOW).levels({"waiting": Cell(2, 90 * US)}).take().levels(None).row("waiting_contacts", "now")
    assert row is not None
    assert (row["value"], row["oldest"]) == (0, None)


@pytest.mark.parametrize(("refresh_empty", "end"), [(True, "1970-01-12T14:03:30Z"), (False, "1970-01-12T13:51:50Z")])
def test_an_empty_window_is_dated_anew_only_when_asked_to(refresh_empty: bool, end: str) -> None:
    board = Board(refresh_empty=refresh_empty).pane(NOW).take()
    row = board.at(NOW + 300).take().at(NOW + 1000).row()
    assert row is not None
    assert (row["count"], row["window_end"]) == (0, end)


def test_rows_are_given_out_once() -> None:
    board = Board().pane(NOW).take()
    assert board.taken
    assert board.take().taken == set()


def test_nothing_is_held_once_everything_is_gone() -> None:
    board = Board(FIVE_MINUTES, DAY, by=("all", "team")).pane(NOW).pane(999_900, width=300).levels({"open": Cell(1, 5)})
    board.take().pane(NOW, None).pane(999_900, None, width=300).levels(None).take()
    rollup = board.rollup
    merged = (*rollup._merged.of_width.values(), *rollup._merged._waiting.values())
    assert not any((rollup._told._partitions, rollup._present, rollup._levels, *merged, *rollup._totals.values()))
    assert board.rows == {}


def test_a_row_that_cannot_be_made_is_told_and_takes_no_other_along() -> None:
    no_number = Cell(1, 10**400, {0: 1})
    board = Board().pane(NOW, {"offered": Cell(1), "answered": no_number})
    assert board.offered() == 1
    assert board.row("speed_of_answer") is None
    assert [type(failure) for failure in board.rollup.failures] == [OverflowError, OverflowError], "wait and patience"


def test_a_segment_is_used_while_any_partition_has_something_of_it() -> None:
    board = Board().pane(NOW).levels({"waiting": Cell(1, US)}, partition=1)
    assert board.rollup.is_used(A)
    assert not board.rollup.is_used(B)
    board.pane(NOW, None)
    assert board.rollup.is_used(A)
    board.levels(None, partition=1)
    assert not board.rollup.is_used(A)
    assert board.rollup.unused == {A}
