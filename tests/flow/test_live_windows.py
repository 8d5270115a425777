"""Live: on a real worker, a window empties by itself when input stops, and the watermark goes on."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path

import orjson

from stream.broker.embedded import EmbeddedKafka
from stream.settings import Settings
from tests.faults.content import read_all
from tests.integration.running import RealWorker, environment, event, send, with_topics

WINDOW = {"by": "all", "window": "1m"}
CONTACTS, EVENTS = 3, 6
ATTEMPTS = 5


def counts(settings: Settings) -> list[int]:
    """How many answered contacts the window held, as often as it was published: new records are not compacted yet."""
    rows = [orjson.loads(entry.value) for entry in asyncio.run(read_all(settings, "metrics")) if entry.value]
    return [
        row["count"]
        for row in rows
        if (row["metric"], row["by"], row["window"]) == ("speed_of_answer", WINDOW["by"], WINDOW["window"])
    ]


def answer_contacts(settings: Settings, attempt: int) -> None:
    """Contacts answered 20 s ago, to have the window empty 30 to 40 s from now."""
    names = [f"{attempt}-{number}" for number in range(CONTACTS)]
    kinds = ("queued", "answered")
    send(settings, (event(name, f"ticket.{kind}", 20) for name in names for kind in kinds))


def is_past(worker: RealWorker, seconds: float) -> bool:
    (watermark,) = worker.samples("watermark_timestamp_seconds")
    return watermark > seconds


def test_a_window_of_a_minute_empties_by_itself(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(
        broker.bootstrap_servers, namespace, WINDOWS__ROLLING="1m", WINDOWS__TODAY="false", TOPICS__PARTITIONS="2"
    )
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "worker.log") as worker:
        worker.wait_ready()
        # A worker that gets no turn for half a minute finds the window empty already: then once more.
        for attempt in range(1, ATTEMPTS + 1):
            answer_contacts(settings, attempt)
            begun = time.time()
            worker.wait_samples("pipeline_events_total", [attempt * EVENTS], "counted")
            # Without an event the watermark goes on.
            worker.wait_until(partial(is_past, worker, begun + 50), "the window's end")
            if CONTACTS in counts(settings):
                break
        worker.wait_until(lambda: worker.samples("speed_of_answer_samples", **WINDOW) == [0], "none in the window")
        # No value where there is nothing to stand on: neither the last one nor 0.
        assert worker.samples("speed_of_answer_mean_seconds") == []
        assert CONTACTS in counts(settings)
