"""Live: on a real worker, a window empties by itself when input stops, and the watermark goes on."""

from __future__ import annotations

import time
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from tests.integration.running import RealWorker, environment, event, send, with_topics

WINDOW = {"by": "all", "window": "1m"}


def test_a_window_of_a_minute_empties_by_itself(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(
        broker.bootstrap_servers, namespace, WINDOWS__ROLLING="1m", WINDOWS__TODAY="false", TOPICS__PARTITIONS="2"
    )
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "worker.log") as worker:
        worker.wait_ready()
        # Dated 30 s back, to have the window empty 20 to 30 s from now.
        for name in ("A", "B", "C"):
            queued, answered = event(name, "ticket.queued", 30), event(name, "ticket.answered", 30)
            send(settings, (queued, answered))
        worker.wait_until(lambda: worker.samples("speed_of_answer_samples", **WINDOW) == [3], "three in the window", 20)
        assert worker.samples("speed_of_answer_mean_seconds") != []
        worker.wait_until(lambda: worker.samples("speed_of_answer_samples", **WINDOW) == [0], "none in the window", 60)
        # No value where there is nothing to stand on: neither the last one nor 0.
        assert worker.samples("speed_of_answer_mean_seconds") == []
        assert worker.samples("watermark_timestamp_seconds")[0] > time.time() - 10
