"""Batches as producers may pack them: every codec, bombs, many large records. Real workers, real Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import orjson
import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.settings import Settings
from tests.faults.content import read_all
from tests.faults.producing import configure, send, send_batch, tickets
from tests.integration.running import RealWorker, environment, event, with_topics

CODECS = ("gzip", "snappy", "lz4", "zstd")
MIB = 1 << 20
FEW_ROWS = {"TOPICS__PARTITIONS": "1", "GROUP_BY__NAMES": "all", "WINDOWS__ROLLING": "1h"}
OPEN = {"by": "all", "window": "now"}


def peak_bytes(worker: RealWorker) -> int:
    """The most memory that the worker ever took."""
    status = Path(f"/proc/{worker.process.pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def letters(settings: Settings) -> list[dict[str, object]]:
    """All dead letters."""
    return [orjson.loads(entry.value or b"{}") for entry in asyncio.run(read_all(settings, "dead_letter"))]


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_is_read_from_the_sources_and_from_the_state(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, codec: str
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    for logical in ("changelog", "partials", "metrics"):
        asyncio.run(
            configure(settings, settings.topic_names[logical], cleanup_policy="compact", compression_type=codec)
        )
    asyncio.run(send(settings, tickets(0, 50), compression_type=codec))
    with RealWorker(variables, tmp_path / "first.log") as worker:
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [50], "all of the compressed events")
        worker.end(signal.SIGKILL)
    asyncio.run(send(settings, tickets(50, 1), compression_type=codec))
    with RealWorker(variables, tmp_path / "second.log") as worker:
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [51], "the compressed state, and one more")
        assert worker.samples("pipeline_events_total") == [51]
        worker.wait_until(lambda: worker.samples("shard_lag_events") == [0], "no lag")


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("records", "mib"), [(400, 1), (1, 300)])
def test_a_bomb_is_one_dead_letter_and_costs_no_memory(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, codec: str, records: int, mib: int
) -> None:
    if codec == "snappy":
        records, mib = max(1, records * 2 // 5), min(mib, 160)  # 21:1 is all it does, and a batch has 16 MiB at most
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    asyncio.run(configure(settings, settings.topics.tickets, max_message_bytes=str(16 * MIB)))
    with RealWorker(variables, tmp_path / "worker.log").wait_ready() as worker:
        before = peak_bytes(worker)
        first = asyncio.run(send_batch(settings, [bytes(mib * MIB)] * records, codec))
        asyncio.run(send(settings, tickets(0, 1)))
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [1], "what lies behind the bomb")
        assert peak_bytes(worker) < before + 300 * MIB
        (letter,) = letters(settings)
        last = first + records - 1
        assert (letter["reason"], letter["offset"], letter["last_offset"]) == ("batch_too_large", first, last)
        assert f"records {first} to {last}: a {codec} batch of" in str(letter["detail"])
        assert worker.samples("pipeline_dead_letters_total", reason="batch_too_large") == [1]
        assert worker.samples("pipeline_unread_records_total") == [records]
        worker.wait_until(lambda: worker.samples("shard_lag_events") == [0], "no lag")
        assert worker.readiness() == (200, ())


@pytest.mark.parametrize("codec", [None, "zstd"])
def test_a_batch_that_the_brokers_disk_has_damaged_is_one_dead_letter(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, codec: str | None
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    values = [value for _, value in tickets(0, 3)]
    first = asyncio.run(send_batch(settings, values, codec))
    (segment,) = (broker.data_dir / "node-1" / "data" / f"{settings.topics.tickets}-0").glob("*.log")
    with segment.open("r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"~~~")
    asyncio.run(send(settings, tickets(3, 1)))
    with RealWorker(variables, tmp_path / "worker.log") as worker:
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [1], "what lies behind the damage")
        (letter,) = letters(settings)
        assert (letter["reason"], letter["offset"], letter["last_offset"]) == ("batch_unreadable", first, first + 2)
        assert worker.samples("pipeline_unread_records_total") == [3]


def test_batches_below_the_ceiling_are_read_one_by_one(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    unknown = orjson.dumps(event("T-0", "of.no.known.type")) + b" " * 1_000_000
    with RealWorker(variables, tmp_path / "worker.log").wait_ready() as worker:
        before = peak_bytes(worker)
        for _ in range(12):  # 1.2 GB in all, of which none may be refused
            asyncio.run(send_batch(settings, [unknown] * 100, "zstd"))
        asyncio.run(send(settings, tickets(0, 1)))
        worker.wait_until(lambda: worker.samples("open_tickets", **OPEN) == [1], "what lies behind")
        assert worker.samples("pipeline_unknown_types_total") == [1200]
        assert worker.samples("pipeline_unread_records_total") == [0]
        assert peak_bytes(worker) < before + 400 * MIB
