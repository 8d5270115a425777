"""Several installations on one Kafka: side by side by one setting, never on the same topics, and later other names."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import orjson

from stream.broker.embedded import EmbeddedKafka
from stream.errors import ConfigError
from stream.settings import Settings, load_settings
from tests.faults.content import last_values, read_all
from tests.faults.producing import send, tickets
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import PATIENCE_SECONDS

FEW_ROWS = {"TOPICS__PARTITIONS": "2", "GROUP_BY__NAMES": "all,channel", "WINDOWS__ROLLING": "1h"}
OPEN = {"by": "all", "window": "now"}


def wait_counted(worker: RealWorker, tickets_open: int) -> None:
    worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [tickets_open], f"{tickets_open} tickets")
    worker.wait_ready()


def numbers(settings: Settings) -> Mapping[bytes, Mapping[str, object]]:
    """The published rows, without what tells how they came about."""
    rows = last_values(asyncio.run(read_all(settings, "metrics")))
    return {
        key: {name: value for name, value in orjson.loads(row).items() if name not in ("revision", "watermark")}
        for (_, key), row in rows.items()
    }


def test_a_prefix_makes_a_second_installation_over_the_same_events(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    blue = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    green = {**blue, "DESKPULSE_TOPICS__PREFIX": "green.", "DESKPULSE_DEFINITIONS__ANSWER_WITHIN_SECONDS": "30"}
    settings = with_topics(blue)
    assert with_topics(green).topic_names["tickets"] == settings.topic_names["tickets"]
    with RealWorker(blue, tmp_path / "blue.log").wait_ready() as first:
        asyncio.run(send(settings, tickets(0, 3)))
        wait_counted(first, 3)
        with RealWorker(green, tmp_path / "green.log").wait_ready() as second:
            wait_counted(second, 3)
            asyncio.run(send(settings, tickets(3, 2)))
            wait_counted(first, 5)
            wait_counted(second, 5)
        assert first.samples("worker_rebalances_total") == [1]
        assert first.samples("worker_shards") == [2]


def test_topics_of_another_installation_are_refused_until_it_has_ended(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    first = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(first)
    internal = {f"DESKPULSE_TOPICS__{name}": f"{namespace}-other-{name}" for name in ("CHANGELOG", "PARTIALS")}
    other = {**first, "DESKPULSE_APPLICATION_ID": f"{namespace}-other", **internal}
    with_topics(other)
    with RealWorker(first, tmp_path / "first.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 3)))
        wait_counted(worker, 3)
        assert worker.end(signal.SIGTERM) == 0
    with RealWorker(other, tmp_path / "other.log") as worker:
        assert worker.process.wait(PATIENCE_SECONDS) == ConfigError.exit_code
        # Which of them is named depends on where the last transaction of the first one wrote.
        said = rf"\(topics\.\w+\) is written by installation '{namespace}', and this is '{namespace}-other'"
        assert re.search(said, worker.log())
        assert re.search(r"set topics.prefix .* set topics.taken_over_from", worker.log())
        assert "holding shards" not in worker.log()
    heir = {**other, "DESKPULSE_TOPICS__TAKEN_OVER_FROM": namespace}
    with RealWorker(heir, tmp_path / "heir.log") as worker:
        wait_counted(worker, 3)
    with RealWorker(first, tmp_path / "back.log") as worker:
        assert worker.process.wait(PATIENCE_SECONDS) == ConfigError.exit_code


def test_partials_under_another_name_get_all_that_the_old_ones_had(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    old = environment(broker.bootstrap_servers, namespace, TOPICS__PARTIALS=f"support.{namespace}.v1", **FEW_ROWS)
    settings = with_topics(old)
    with RealWorker(old, tmp_path / "old.log").wait_ready() as worker:
        asyncio.run(send(settings, tickets(0, 40)))
        wait_counted(worker, 40)
        before = worker.samples("tickets_created_total"), worker.samples("pipeline_events_total")
        assert worker.end(signal.SIGTERM) == 0
    kept = numbers(settings)
    new = {name: value for name, value in old.items() if name != "DESKPULSE_TOPICS__PARTIALS"}
    settings = with_topics(new)
    assert settings.topic_names["partials"] == f"{namespace}-partials"
    for log in ("new.log", "again.log"):
        with RealWorker(new, tmp_path / log) as worker:
            wait_counted(worker, 40)
            assert (worker.samples("tickets_created_total"), worker.samples("pipeline_events_total")) == before
            assert worker.end(signal.SIGTERM) == 0
        assert ("gets all snapshots again" in (tmp_path / log).read_text()) is (log == "new.log")
    asyncio.run(send(settings, tickets(40, 1)))
    with RealWorker(new, tmp_path / "on.log") as worker:
        wait_counted(worker, 41)
    assert kept.keys() == numbers(load_settings(new)).keys()
