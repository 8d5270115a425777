from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from stream.edge.owners.view import Progress
from stream.errors import LossError
from stream.replay import waiting
from stream.replay.waiting import Goal, dead_letters, require_complete, wait_until_counted
from stream.settings import Settings

SOURCES = {"tickets": "run.tickets", "surveys": "run.surveys"}
GOAL = Goal(SOURCES, {("run.tickets", 0): 10, ("run.tickets", 1): 5, ("run.surveys", 1): 2, ("run.surveys", 0): 0})


def progress(**positions: dict[str, int]) -> Progress:
    return Progress({int(name[1:]): value for name, value in positions.items()}, {}, 0)


DONE = progress(p0={"tickets": 10}, p1={"tickets": 5, "surveys": 2})
HALF = progress(p0={"tickets": 4}, p1={"tickets": 5, "surveys": -1})


def test_it_is_reached_when_every_partition_with_records_is() -> None:
    assert GOAL.total == 17
    assert GOAL.is_reached(DONE)
    assert not GOAL.is_reached(HALF)
    assert GOAL.counted(HALF) == 9
    assert GOAL.behind(HALF) == ["run.surveys partition 1: 0 of 2", "run.tickets partition 0: 4 of 10"]


def test_one_partition_too_far_does_not_make_up_for_another() -> None:
    assert not GOAL.is_reached(progress(p0={"tickets": GOAL.total - 5}, p1={"tickets": 5}))


def test_every_record_is_accounted_for() -> None:
    tally = {"events": 5, "duplicates": 2, "conflicts": 1, "unknown_types": 3, "dead_letters/not_json": 4}
    require_complete(15, {**tally, "misrouted": 7, "gaps": 1})
    with pytest.raises(LossError, match=r"1 records missing: 16 were sent, 15 were counted \(conflicts 1, "):
        require_complete(16, tally)
    with pytest.raises(LossError, match="1 records too many: 14 were sent"):
        require_complete(14, tally)


def test_dead_letters_by_reason() -> None:
    assert dead_letters({"events": 1, "dead_letters/too_large": 2}) == {"too_large": 2}


def follow(rows: Sequence[Progress | None], monkeypatch: pytest.MonkeyPatch, stall_seconds: float) -> list[int]:
    """What is told while these rows come, one at each look; the test's patience ends with them."""

    async def given(settings: Settings) -> AsyncGenerator[Progress | None, None]:
        for row in rows:
            yield row

    monkeypatch.setattr(waiting, "_progress", given)
    told: list[int] = []
    result = asyncio.run(wait_until_counted(Settings(), GOAL, lambda: None, told.append, stall_seconds=stall_seconds))
    assert result == rows[-1]
    return told


def test_progress_is_told_when_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow([None, None, HALF, None, HALF, DONE], monkeypatch, 60) == [0, 9, 17]


def test_standing_still_is_a_loss_that_names_the_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LossError, match=r"(?s)no progress for .*9 of 17 .*run\.tickets partition 0: 4 of 10"):
        follow([HALF, HALF], monkeypatch, -1)


def test_trouble_with_the_workers_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def given(settings: Settings) -> AsyncGenerator[Progress | None, None]:
        yield None

    def check() -> None:
        raise LossError("worker gone")

    monkeypatch.setattr(waiting, "_progress", given)
    with pytest.raises(LossError, match="worker gone"):
        asyncio.run(wait_until_counted(Settings(), GOAL, check, lambda _: None))


def test_it_waits_for_what_shards_told_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = {("e", 0): 3, ("e", 1): 0}

    async def found(settings: Settings, logical: tuple[str, ...]) -> dict[tuple[str, int], int]:
        assert logical == ("customer_events",)
        return ends

    monkeypatch.setattr(waiting, "log_ends", found)
    counted = Settings.model_validate({"customers": {"enabled": True}})
    told = [progress(p0={"tickets": 10, **more}, p1={"tickets": 5}) for more in ({}, {"customer_events": 2})]
    quiet = progress(p0={"tickets": 10, "customer_events": 3}, p1={"tickets": 5})
    of_a_topic_before = progress(p0={"tickets": 10, "customer_events": 400}, p1={"tickets": 5})
    is_quiet = waiting._is_quiet
    assert [asyncio.run(is_quiet(counted, one)) for one in (*told, of_a_topic_before, quiet)] == [
        False,
        False,
        False,
        True,
    ]
    assert asyncio.run(is_quiet(Settings(), told[0]))
