"""Agents and their queue, by hand: who is served, when, and who leaves."""

from __future__ import annotations

import pytest

from stream.simulate.queue import Pool
from stream.simulate.scheduler import Process, Scheduler

SECOND_US = 1_000_000
Log = list[tuple[int, str, int | None]]


def customer(
    scheduler: Scheduler,
    pool: Pool,
    log: Log,
    name: str,
    patience_seconds: int,
    rank: int = 1,
    service_seconds: int = 10,
) -> Process:
    agent = yield from pool.visit(rank, scheduler.now_us + patience_seconds * SECOND_US)
    log.append((scheduler.now_us // SECOND_US, name, agent))
    if agent is not None:
        yield scheduler.now_us + service_seconds * SECOND_US
        pool.release(agent)


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(0)


def play(scheduler: Scheduler) -> None:
    while scheduler.step():
        pass


def test_one_agent_serves_in_order_and_the_impatient_leave(scheduler: Scheduler) -> None:
    pool, log = Pool(scheduler, "support", 1), Log()
    for start, (name, patience) in enumerate([("ann", 60), ("bob", 5), ("cem", 60)]):
        scheduler.start(customer(scheduler, pool, log, name, patience), start * SECOND_US)
    play(scheduler)
    # ann at once; bob came at 1 s and waits 5 s; cem is served when ann is done.
    assert log == [(0, "ann", 0), (6, "bob", None), (10, "cem", 0)]


def test_the_urgent_go_first(scheduler: Scheduler) -> None:
    pool, log = Pool(scheduler, "support", 1), Log()
    for start, (name, rank) in enumerate([("ann", 1), ("bob", 1), ("cem", 0)]):
        scheduler.start(customer(scheduler, pool, log, name, 60, rank), start * SECOND_US)
    play(scheduler)
    assert log == [(0, "ann", 0), (10, "cem", 0), (20, "bob", 0)]


def test_an_agent_whose_shift_is_over_finishes_and_goes(scheduler: Scheduler) -> None:
    pool, log = Pool(scheduler, "support", 2), Log()
    for start, name in enumerate(["ann", "bob", "cem", "dee"]):
        scheduler.start(customer(scheduler, pool, log, name, 60), start * SECOND_US)
    scheduler.call(5 * SECOND_US, lambda *_: pool.staff(1), None, None)
    play(scheduler)
    # Agent 1 answers bob at 1 s and goes home at 11 s: cem and dee wait for agent 0.
    assert log == [(0, "ann", 0), (1, "bob", 1), (10, "cem", 0), (20, "dee", 0)]


def test_new_agents_take_those_who_wait_at_once(scheduler: Scheduler) -> None:
    pool, log = Pool(scheduler, "support", 1), Log()
    for start, name in enumerate(["ann", "bob", "cem"]):
        scheduler.start(customer(scheduler, pool, log, name, 60), start * SECOND_US)
    scheduler.call(5 * SECOND_US, lambda *_: pool.staff(3), None, None)
    play(scheduler)
    assert [(time, name) for time, name, _ in log] == [(0, "ann"), (5, "bob"), (5, "cem")]
    assert {agent for _, _, agent in log} == {0, 1, 2}


def test_staffing_back_and_forth_never_doubles_an_agent(scheduler: Scheduler) -> None:
    pool, log = Pool(scheduler, "support", 2), Log()
    for name in ("ann", "bob"):
        scheduler.start(customer(scheduler, pool, log, name, 60, service_seconds=30), 0)
    for time, agents in ((1, 1), (2, 2), (3, 0), (4, 2)):
        scheduler.call(time * SECOND_US, lambda count, _: pool.staff(count), agents, None)
    for name in ("cem", "dee", "eve"):
        scheduler.start(customer(scheduler, pool, log, name, 60, service_seconds=30), 5 * SECOND_US)
    play(scheduler)
    assert [(time, name) for time, name, _ in log] == [(0, "ann"), (0, "bob"), (30, "cem"), (30, "dee"), (60, "eve")]


def test_equal_times_keep_the_order_they_were_asked_for(scheduler: Scheduler) -> None:
    done: list[str] = []
    for name in ("first", "second", "third"):
        scheduler.call(SECOND_US, lambda who, _: done.append(who), name, None)
    play(scheduler)
    assert done == ["first", "second", "third"]


def test_time_moves_in_milliseconds_and_never_back(scheduler: Scheduler) -> None:
    seen: list[int] = []

    def note(again: bool, _: object) -> None:
        seen.append(scheduler.now_us)
        if again:
            scheduler.call(0, note, False, None)

    scheduler.call(1_999, note, True, None)
    play(scheduler)
    assert seen == [1_000, 1_000]
