"""`/readyz`, `/healthz` and SIGTERM, each with real workers on the wall's clock."""

from __future__ import annotations

import signal
import threading
from functools import partial
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.patience import FOR_EVER_SECONDS

TICKETS = 3_000
NOT_ASSIGNED = "no assignment received from the consumer group yet"


def watch_until_ready(worker: RealWorker) -> list[tuple[int, tuple[str, ...]]]:
    """Every different answer of /readyz up to the first 200."""
    seen: list[tuple[int, tuple[str, ...]]] = []

    def is_ready() -> bool:
        answer = worker.readiness()
        if answer[0] and answer not in seen:
            seen.append(answer)
        return answer[0] == 200

    worker.wait_until(is_ready, "ready")
    return seen


def require_held_before_its_assignment(worker: RealWorker) -> None:
    worker.wait_until(lambda: worker.readiness()[0] != 0, "an answer")
    status, reasons = worker.readiness()
    assert status == 503
    assert NOT_ASSIGNED in reasons


def test_ready_once_state_is_loaded_and_the_lag_is_small(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(
        broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="2", PIPELINE__MAX_LAG_EVENTS_READY="0"
    )
    settings = with_topics(variables)
    send(settings, (event(f"T{number}", "ticket.created", 60, channel="email") for number in range(TICKETS)))
    open_now = {"by": "all", "window": "now"}

    with RealWorker(variables, tmp_path / "first.log", "--hold", "start", "--hold", "delivery") as worker:
        require_held_before_its_assignment(worker)
        worker.lift_hold()
        # It knows of all the events, and has not folded one.
        worker.wait_until(lambda: sum(worker.samples("shard_lag_events")) == TICKETS, "all fetched")
        lags = [f"lags {lag:.0f} events (pipeline.max" for lag in worker.samples("shard_lag_events")]
        status, reasons = worker.readiness()
        assert status == 503
        assert len(lags) == 2
        assert all(any(f"{lag}_lag_events_ready: 0)" in reason for reason in reasons) for lag in lags), reasons
        worker.lift_hold()
        seen = watch_until_ready(worker)
        assert worker.samples("shard_lag_events") == [0, 0]
        assert {status for status, _ in seen[:-1]} <= {503}
        assert seen[-1] == (200, ())
        worker.wait_until(lambda: worker.samples("open_tickets", **open_now) == [TICKETS], "all tickets counted")
        assert worker.end(signal.SIGKILL) == -signal.SIGKILL

    with RealWorker(variables, tmp_path / "second.log", "--hold", "start") as worker:
        require_held_before_its_assignment(worker)
        worker.lift_hold()
        seen = watch_until_ready(worker)
        # From the first moment that it says so, it shows all there is.
        assert worker.samples("open_tickets", **open_now) == [TICKETS]
        assert min(worker.samples("shard_loaded_rows")) > 0
        assert {status for status, _ in seen[:-1]} <= {503}


def is_healthy(worker: RealWorker) -> bool:
    return worker.health() == (200, "")


def is_sick(worker: RealWorker, reason: str) -> bool:
    status, told = worker.health()
    return status == 503 and told.startswith(reason)


def test_healthz_fails_when_the_event_loop_or_the_consumer_is_stuck(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = {}
    for what in ("loop", "consumer"):
        variables[what] = environment(broker.bootstrap_servers, f"{namespace}-{what}", TOPICS__PARTITIONS="1")
        with_topics(variables[what])
    with (
        RealWorker(variables["loop"], tmp_path / "loop.log", "--stall", "loop") as blocked,
        RealWorker(variables["consumer"], tmp_path / "consumer.log", "--stall", "consumer") as deaf,
    ):
        for worker in (blocked, deaf):
            worker.wait_ready()
            # Where the machine is busy with others, a worker may have had no turn for long: it gets over that.
            worker.wait_until(partial(is_healthy, worker), "healthy")
            worker.process.send_signal(signal.SIGALRM)
        blocked.wait_until(lambda: is_sick(blocked, "the event loop has not run for"), "the blocked loop noticed")
        deaf.wait_until(lambda: is_sick(deaf, "the consumer has not fetched for"), "the silent consumer noticed")
        # All else of that worker goes on, so nothing but this would have told.
        (beat,) = deaf.samples("worker_loop_beat_timestamp_seconds")
        deaf.wait_until(lambda: deaf.samples("worker_loop_beat_timestamp_seconds")[0] > beat, "its loop runs")


def test_after_sigterm_the_next_worker_has_it_all_without_being_missed_first(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(
        broker.bootstrap_servers,
        namespace,
        # A worker that just vanished would not be missed while this test waits.
        KAFKA__SESSION_TIMEOUT_SECONDS=f"{FOR_EVER_SECONDS:g}",
        KAFKA__REBALANCE_TIMEOUT_SECONDS=f"{FOR_EVER_SECONDS:g}",
    )
    settings = with_topics(variables)
    sent: list[int] = []
    enough = threading.Event()

    def keep_sending() -> None:
        while not enough.wait(0.2):
            first = sum(sent)
            sent.append(
                send(settings, (event(f"T{first + n}", "ticket.created", 1, channel="email") for n in range(500)))
            )

    with (
        RealWorker(variables, tmp_path / "first.log") as first,
        RealWorker(variables, tmp_path / "second.log") as second,
    ):
        for worker in (first, second):
            worker.wait_samples("worker_shards", [2], "two shards each")
        sender = threading.Thread(target=keep_sending)
        sender.start()
        try:
            first.wait_until(lambda: len(sent) > 3, "events under way")
            assert first.end(signal.SIGTERM) == 0
            second.wait_until(lambda: second.samples("worker_shards") == [4], "all shards held")
        finally:
            enough.set()
            sender.join()
        second.wait_until(lambda: second.readiness()[0] == 200, "ready with all shards")
        second.wait_until(lambda: second.samples("pipeline_events_total") == [sum(sent)], "every event counted once")
        assert second.samples("open_tickets", by="all") == [sum(sent)]
        assert second.samples("pipeline_duplicates_total") == [0]
