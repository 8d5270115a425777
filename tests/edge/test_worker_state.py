"""What the HTTP side sees of a worker: reports are the heartbeat, and say what is missing."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from stream.clock import AgreedClock, ManualClock
from stream.edge.kafka.topics import planned_topics
from stream.edge.kafka.watch import Outlook
from stream.edge.owners.assignment import Assignment
from stream.edge.owners.rollup_owner import RollupOwner
from stream.edge.owners.shard_owner import ShardOwner
from stream.edge.owners.view import EMPTY_VIEW
from stream.edge.owners.worker_state import WorkerState
from stream.edge.serve.http_server import HttpServer
from stream.rules import rules_of
from stream.settings import HttpSettings, Settings
from tests.domain.stories import US
from tests.golden.desk import NOW
from tests.patience import PATIENCE_SECONDS


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW * US)


@pytest.fixture
def assignment(clock: ManualClock) -> Assignment:
    return Assignment(Settings(), rules_of(Settings()), clock)


@pytest.fixture
def state(assignment: Assignment, clock: ManualClock) -> WorkerState:
    return WorkerState(assignment, Settings(), clock)


async def _give(assignment: Assignment, clock: ManualClock, *partitions: int) -> None:
    # Producers want a running loop when they are made, so shards are made in one.
    for partition in partitions:
        assignment.shards[partition] = ShardOwner(partition, Settings(), rules_of(Settings()), clock)
    assignment.assigned = True


async def _give_rollup(assignment: Assignment, clock: ManualClock) -> RollupOwner:
    assignment.rollup = rollup = RollupOwner(Settings(), clock)
    return rollup


def test_a_loop_that_stands_still_is_sick_after_10_seconds(
    state: WorkerState, assignment: Assignment, clock: ManualClock
) -> None:
    clock.advance(10)
    assert state.sickness() == ""
    clock.advance(1)
    assert "the event loop has not run for 11 s" in state.sickness()
    assignment.beat()
    state.beat()
    assert state.sickness() == ""


def test_a_consumer_that_is_silent_is_sick_after_30_seconds_and_kafka_is_named(
    state: WorkerState, clock: ManualClock
) -> None:
    clock.advance(31)
    state.beat()
    assert "the consumer has not fetched for 31 s" in state.sickness()
    assert "does Kafka answer at 127.0.0.1:9092?" in state.sickness()


class Loop:
    """An event loop that only remembers what it should call later."""

    def __init__(self) -> None:
        self.later: list[tuple[float, Callable[[], object]]] = []

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> None:
        self.later.append((delay, partial(callback, *args)))


def test_the_loop_keeps_beating_by_itself_once_a_second(state: WorkerState, clock: ManualClock) -> None:
    loop = Loop()
    state.keep_beating(loop)
    for _ in range(3):
        clock.advance(1)
        seconds, beat = loop.later.pop()
        beat()
        assert (seconds, state.report.made_us) == (1, clock.now_us())


def test_healthz_fails_while_the_loop_is_blocked_and_recovers(
    state: WorkerState, assignment: Assignment, clock: ManualClock
) -> None:
    server = HttpServer(HttpSettings(port=0), state)
    url = f"http://127.0.0.1:{server.start()}/healthz"
    clock.advance(11)
    with pytest.raises(urllib.error.HTTPError) as blocked, urllib.request.urlopen(url, timeout=PATIENCE_SECONDS):
        pass
    with blocked.value as answer:
        assert (answer.code, json.load(answer)["healthy"]) == (503, False)
    assignment.beat()
    state.beat()
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        assert answer.status == 200
    server.stop()


def test_before_the_first_assignment_the_worker_is_not_ready(state: WorkerState) -> None:
    assert not state.report.ready
    assert state.report.unready_reasons == ("no assignment received from the consumer group yet",)


def test_what_is_in_a_shard_is_told_once_it_is_loaded(
    state: WorkerState, assignment: Assignment, clock: ManualClock
) -> None:
    asyncio.run(_give(assignment, clock, 0, 1))
    assignment.shards[1].ready = True
    state.beat()
    assert [(shard.tickets, shard.panes) for shard in state.report.shards] == [(None, None), (0, 0)]


def test_a_report_says_which_shard_loads_lags_or_has_not_begun(
    state: WorkerState, assignment: Assignment, clock: ManualClock
) -> None:
    asyncio.run(_give(assignment, clock, 0, 1, 2, 3, 4))
    shards = assignment.shards
    for number in (1, 2, 3, 4):
        shards[number].ready = True
    shards[2].note_end("support.tickets.v1", 50_000)
    shards[3].note_end("support.tickets.v1", 5)
    shards[3].note_end("support.surveys.v1", 0)
    shards[4].note_end("support.tickets.v1", 5)
    state.beat()
    loading, not_begun, lagging, half_begun = state.report.unready_reasons
    assert loading == "shard 0 is loading its state (0 rows so far)"
    assert not_begun == "shard 1 has not begun to read its source topics"
    assert lagging == "shard 2 lags 50000 events (pipeline.max_lag_events_ready: 10000)"
    assert half_begun == "shard 4 has not begun to read all of its source topics"
    assert [shard.lag_events for shard in state.report.shards] == [None, None, 50_000, 5, 5]


def test_the_view_is_empty_without_the_roll_up_and_its_own_with_it(
    state: WorkerState, assignment: Assignment, clock: ManualClock
) -> None:
    assert state.view is EMPTY_VIEW

    rollup = asyncio.run(_give_rollup(assignment, clock))
    assert state.view is rollup.view
    state.beat()
    assert state.report.is_rollup_owner
    assert state.report.rollup is not None
    assert not state.report.rollup.ready


def test_a_roll_up_whose_numbers_are_old_is_not_ready(
    state: WorkerState, assignment: Assignment, clock: ManualClock
) -> None:
    rollup = asyncio.run(_give_rollup(assignment, clock))
    asyncio.run(_give(assignment, clock))
    rollup.ready = True
    rollup.view = msgspec.structs.replace(EMPTY_VIEW, now_us=clock.now_us(), watermark_us=clock.now_us())
    clock.advance(60)
    assert assignment.unready_reasons() == []
    clock.advance(1)
    assert assignment.unready_reasons() == [
        "events are counted only up to 61 s ago: does Kafka answer, has each partition an owner?"
    ]


def test_now_is_the_walls_unless_history_is_replayed(
    state: WorkerState, assignment: Assignment, clock: ManualClock
) -> None:
    old = EMPTY_VIEW
    assert state.now_us(old) == clock.now_us()
    replay = WorkerState(assignment, Settings(clock="event"), clock)
    assert replay.now_us(old) == 0


def test_a_report_that_is_old_says_so_wherever_it_is_read(
    state: WorkerState, assignment: Assignment, clock: ManualClock
) -> None:
    asyncio.run(_give(assignment, clock))
    state.beat()
    clock.advance(5)
    assert state.report.ready
    clock.advance(60)
    assert state.report.unready_reasons == ("the event loop has not run for 65 s: what is said here is as old",)
    state.beat()
    assert state.report.ready


def test_a_transaction_of_a_producer_that_keeps_readers_is_told_once_numbers_are_old(
    assignment: Assignment, clock: ManualClock
) -> None:
    rollup = asyncio.run(_give_rollup(assignment, clock))
    asyncio.run(_give(assignment, clock, 0))
    shard = assignment.shards[0]
    shard.ready = rollup.ready = True
    for topic in ("support.tickets.v1", "support.surveys.v1"):
        shard.note_start(topic, 7)
        shard.note_end(topic, 9 if "tickets" in topic else 7, 7)
    rollup.view = msgspec.structs.replace(EMPTY_VIEW, now_us=clock.now_us(), watermark_us=clock.now_us())
    assert assignment.unready_reasons() == []
    clock.advance(61)
    assert assignment.unready_reasons()[1:] == [
        "support.tickets.v1 partition 0: a producer's transaction is open since offset 7, and nothing behind it can "
        "be read"
    ]
    shard.note_end("support.tickets.v1", 9, 9)
    assert len(assignment.unready_reasons()) == 1


def test_what_is_seen_of_kafka_is_a_reason_or_a_warning(assignment: Assignment, clock: ManualClock) -> None:
    desired = planned_topics(Settings())
    outlook = Outlook(desired, "127.0.0.1:9092", 6, clock.now_us())
    state = WorkerState(assignment, Settings(), clock, outlook)
    shapes = {spec.name: (spec.partitions, 1) for spec in desired}
    outlook.saw(shapes | {"support.tickets.v1": (24, 1)}, clock.now_us())
    state.beat()
    assert state.report.unready_reasons[0] == (
        "topic support.tickets.v1: partitions is 24, should be 12 (support.tickets.v1 has 24 and support.surveys.v1 "
        "has 12; both must have the same number, because the events of a ticket and its survey answers are counted "
        "together: create one of the two anew)"
    )
    del shapes["deskpulse-state-changelog"]
    configs: dict[str, tuple[dict[str, str], dict[str, str]]] = {name: ({}, {}) for name in shapes}
    configs["support.facts.v1"] = (dict(desired[2].config) | {"segment.ms": "5"}, {})
    outlook.saw(shapes, clock.now_us(), configs)
    state.beat()
    assert "topic deskpulse-state-changelog: does not exist" in state.report.unready_reasons
    assert "topic support.facts.v1: segment.ms is 5, should be 3600000" in state.report.warnings


def test_a_kafka_that_does_not_answer_is_told_after_some_seconds_with_the_reason(
    assignment: Assignment, clock: ManualClock
) -> None:
    outlook = Outlook(planned_topics(Settings()), "127.0.0.1:9092", 6, clock.now_us())
    outlook.missed("connection refused")
    clock.advance(6)
    assert outlook.reasons(clock.now_us()) == []
    clock.advance(1)
    assert outlook.reasons(clock.now_us()) == ["Kafka at 127.0.0.1:9092 has not answered for 7 s: connection refused"]


def test_a_commit_or_a_publication_that_does_not_end_is_told(assignment: Assignment, clock: ManualClock) -> None:
    async def go() -> list[str]:
        await _give(assignment, clock, 0)
        rollup = await _give_rollup(assignment, clock)
        shard = assignment.shards[0]
        shard.ready = True
        shard._committing = rollup._publishing = asyncio.ensure_future(asyncio.sleep(3600))
        shard._began_us = rollup._began_us = clock.now_us()
        clock.advance(6)
        reasons = assignment.unready_reasons()
        shard._committing.cancel()
        return reasons

    reasons = asyncio.run(go())
    assert "shard 0 has been committing for 6 s" in reasons
    assert "the roll-up has been publishing for 6 s" in reasons


def test_partitions_that_were_added_end_a_worker_once_they_have_been_told_for_a_while(clock: ManualClock) -> None:
    desired = planned_topics(Settings())
    outlook = Outlook(desired, "127.0.0.1:9092", 6, clock.now_us())
    shapes = {spec.name: (spec.partitions, 1) for spec in desired}
    more = shapes | {"support.tickets.v1": (24, 1), "support.surveys.v1": (24, 1)}
    for seconds in (0, 12, 7.9):
        clock.advance(seconds)
        outlook.saw(more, clock.now_us())
        assert (outlook.wrong_topics, outlook.why_end(clock.now_us())) == (2, "")
    clock.advance(0.1)
    why = outlook.why_end(clock.now_us())
    assert "topic support.tickets.v1: partitions is 24, should be 12" in why
    assert 'stop the producers and follow docs/operations.md, "More partitions"' in why
    outlook.saw(shapes, clock.now_us())  # a broker that had not heard of everything yet
    assert (outlook.wrong_topics, outlook.why_end(clock.now_us())) == (0, "")
    del shapes["support.facts.v1"]
    outlook.saw(shapes, clock.now_us())
    clock.advance(3600)
    assert (outlook.wrong_topics, outlook.why_end(clock.now_us())) == (1, "")


def test_numbers_of_times_to_come_are_told(assignment: Assignment, clock: ManualClock) -> None:
    async def take() -> None:
        assignment.rollup = RollupOwner(Settings(), clock)

    asyncio.run(take())
    asyncio.run(_give(assignment, clock))
    rollup = assignment.rollup
    assert rollup is not None
    rollup.ready = True
    now_us = clock.now_us()
    rollup.view = msgspec.structs.replace(EMPTY_VIEW, now_us=now_us, watermark_us=now_us + 5 * US)
    assert assignment.unready_reasons() == []
    rollup.view = msgspec.structs.replace(EMPTY_VIEW, now_us=now_us, watermark_us=now_us + 3000 * US)
    assert assignment.unready_reasons() == [
        "events are counted up to 3000 s from now, which cannot be: is the clock of each worker right?"
    ]


def test_a_clock_that_has_jumped_makes_a_worker_unready(assignment: Assignment) -> None:
    wall_us = [NOW * US]
    running_us = [0]
    clock = AgreedClock(lambda: wall_us[0], lambda: running_us[0])
    state = WorkerState(assignment, Settings(), clock)
    wall_us[0] += 3000 * US
    state.beat()
    assert any("has jumped 3000 s ahead" in reason for reason in state.report.unready_reasons)
    assert (state.report.clock_jumps_total, state.report.clock_ahead_us) == (1, 3000 * US)
    assert state.sickness() == ""
    wall_us[0] -= 3000 * US
    state.beat()
    assert not any("jumped" in reason for reason in state.report.unready_reasons)
