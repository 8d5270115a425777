"""`/readyz`, `/healthz` and SIGTERM, each with real workers on the wall's clock."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.integration.running import RealWorker, environment, event, send, with_topics

TICKETS = 12_000


def watch_until_ready(worker: RealWorker) -> list[tuple[int, tuple[str, ...]]]:
    """Every different answer of /readyz up to the first 200."""
    seen: list[tuple[int, tuple[str, ...]]] = []

    def is_ready() -> bool:
        answer = worker.readiness()
        if answer[0] and answer not in seen:
            seen.append(answer)
        return answer[0] == 200

    worker.wait_until(is_ready, "ready", 120)
    return seen


def test_ready_once_state_is_loaded_and_the_lag_is_small(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(
        broker.bootstrap_servers,
        namespace,
        TOPICS__PARTITIONS="2",
        PIPELINE__MAX_LAG_EVENTS_READY="0",
        # One by one, so that there is time to see it lag.
        PIPELINE__BATCH_EVENTS="1",
    )
    settings = with_topics(variables)
    send(settings, (event(f"T{number}", "ticket.created", 60, channel="email") for number in range(TICKETS)))

    with RealWorker(variables, tmp_path / "first.log") as worker:
        seen = watch_until_ready(worker)
        assert worker.samples("shard_lag_events") == [0, 0]
        assert {status for status, _ in seen[:-1]} == {503}
        assert seen[-1] == (200, ())
        assert seen[0][1] == ("no assignment received from the consumer group yet",)
        reasons = [reason for _, told in seen for reason in told]
        assert any(" lags " in reason and "(pipeline.max_lag_events_ready: 0)" in reason for reason in reasons)
        open_now = {"by": "all", "window": "now"}
        worker.wait_until(lambda: worker.samples("open_tickets", **open_now) == [TICKETS], "all tickets counted")
        assert worker.end(signal.SIGKILL) == -signal.SIGKILL

    with RealWorker(variables, tmp_path / "second.log") as worker:
        seen = watch_until_ready(worker)
        # From the first moment that it says so, it shows all there is.
        assert worker.samples("open_tickets", **open_now) == [TICKETS]
        assert min(worker.samples("shard_loaded_rows")) > 0
        assert {status for status, _ in seen[:-1]} == {503}


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
            assert worker.health() == (200, "")
            worker.process.send_signal(signal.SIGALRM)
        blocked.wait_until(lambda: blocked.health()[0] == 503, "the blocked loop noticed")
        assert blocked.health()[1].startswith("the event loop has not run for")
        deaf.wait_until(lambda: deaf.health()[0] == 503, "the silent consumer noticed")
        assert deaf.health()[1].startswith("the consumer has not fetched for")
        # All else of that worker goes on, so nothing but this would have told.
        assert deaf.samples("worker_loop_beat_timestamp_seconds")[0] > time.time() - 10


def test_after_sigterm_the_next_worker_has_it_all_within_seconds(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(
        broker.bootstrap_servers,
        namespace,
        KAFKA__SESSION_TIMEOUT_SECONDS="60",
        KAFKA__REBALANCE_TIMEOUT_SECONDS="60",
    )
    settings = with_topics(variables)
    sent: list[int] = []
    enough = threading.Event()

    def keep_sending() -> None:
        # Paced: sent as fast as may be, they can be more than one worker folds beside it, and its lag never ends.
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
            worker.wait_until(lambda worker=worker: worker.samples("worker_shards") == [2], "two shards each", 90)
        sender = threading.Thread(target=keep_sending)
        sender.start()
        try:
            first.wait_until(lambda: len(sent) > 3, "events under way")
            began = time.monotonic()
            assert first.end(signal.SIGTERM) == 0
            second.wait_until(
                lambda: second.samples("worker_shards") == [4] and second.readiness()[0] == 200, "all shards held"
            )
            took = time.monotonic() - began
        finally:
            enough.set()
            sender.join()
        # A worker that just vanished would be missed after session_timeout_seconds only.
        assert took < 20
        second.wait_until(lambda: second.samples("pipeline_events_total") == [sum(sent)], "every event counted once")
        assert second.samples("open_tickets", by="all") == [sum(sent)]
        assert second.samples("pipeline_duplicates_total") == [0]
