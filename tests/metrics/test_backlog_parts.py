"""Open tickets by status and age. Times in seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain import events as ev
from stream.domain.cells import Cells
from stream.domain.shard import Shard
from stream.metrics.backlog_parts import BY_AGE, BY_STATUS
from tests.domain.folding import DAY, EMAIL, HOUR, START, fold, settle
from tests.domain.stories import US, Story, shard
from tests.domain.strategies import START_SECONDS, delivered, told


def ages(target: Shard, now: float) -> dict[str, int]:
    """Open tickets by age, ``now`` seconds after START, without those of which there are none."""
    settle(target, now)
    return counted(target.levels.cells(EMAIL), [measure.name for measure in BY_AGE])


def counted(cells: Cells, names: list[str]) -> dict[str, int]:
    return {name: cells[name].count for name in names if name in cells}


def test_a_ticket_is_new_until_its_first_status() -> None:
    story = Story().created(5)
    assert (story.measures("open_status"), story.booked_at("open_status")) == (["open_new"], 5)


@pytest.mark.parametrize("status", ["new", "open", "pending", "on_hold"])
def test_an_open_ticket_counts_under_its_status(status: str) -> None:
    assert Story().created(0).status(3, "solved").status(5, status).measures("open_status") == [f"open_{status}"]


def test_what_is_done_has_neither_status_nor_age() -> None:
    assert Story().created(0).status(9, "solved").facts.keys().isdisjoint({"open_status", "open_age"})


def test_a_ticket_grows_older_without_an_event() -> None:
    target = shard()
    fold(target, Story().created(0))
    # Worked example: created at 0:00, looked at on both sides of each bound.
    seen = [ages(target, now) for bound in (1, 4, 24, 72, 168, 720) for now in (bound * HOUR, bound * HOUR + 1)]
    assert [next(iter(each)) for each in seen] == [
        "open_under_1h",
        "open_over_1h",
        "open_over_1h",
        "open_over_4h",
        "open_over_4h",
        "open_over_1d",
        "open_over_1d",
        "open_over_3d",
        "open_over_3d",
        "open_over_7d",
        "open_over_7d",
        "open_over_30d",
    ]
    assert all(sum(each.values()) == 1 for each in seen)


def test_reopened_it_is_as_old_as_its_creation() -> None:
    target = shard()
    fold(target, Story().created(0).status(HOUR, "solved"))
    assert ages(target, 2 * DAY) == {}
    fold(target, Story().created(0).status(HOUR, "solved").status(2 * DAY, "open"))
    assert ages(target, 2 * DAY) == {"open_over_1d": 1}


def test_a_ticket_that_moves_takes_its_age_along_and_one_that_is_spam_leaves() -> None:
    target = shard()
    story = Story().created(0, "phone")
    fold(target, story)
    assert ages(target, 2 * DAY) == {}
    fold(target, story.updated(2 * DAY, channel="email"))
    assert ages(target, 2 * DAY) == {"open_over_1d": 1}
    fold(target, story.removed(2 * DAY + 5))
    assert ages(target, 4 * DAY) == {}


@given(story=told(), data=st.data())
def test_statuses_and_ages_both_add_up_to_what_is_open_in_any_order_and_however_often(
    story: list[tuple[str, ev.Event]], data: st.DataObject
) -> None:
    target = shard()
    for batch in data.draw(delivered(story)):
        for ticket, event in batch:
            target.fold(ticket, event)
        target.settle((START_SECONDS + data.draw(st.integers(0, 600_000))) * US)
    target.settle((START_SECONDS + 600_000) * US)
    target.levels.mark_all_changed()
    for segment, changed in target.levels.take_changed():
        cells = changed or {}
        is_open = cells["open"].count if "open" in cells else 0
        for parts in (BY_STATUS.values(), BY_AGE):
            assert sum(counted(cells, [measure.name for measure in parts]).values()) == is_open, segment


def test_the_oldest_of_each_age_is_told() -> None:
    target = shard()
    fold(target, Story().created(0), "T1")
    fold(target, Story().created(DAY), "T2")
    settle(target, 2 * DAY + 5)
    cells = target.levels.cells(EMAIL)
    assert (cells["open_over_1d"].count, cells["open_over_1d"].sum) == (2, START * US)
