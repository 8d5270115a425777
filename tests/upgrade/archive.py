"""What a release left in Kafka, as a file: made by that release's own workers, put back for those of this one.

    tests/upgrade/make.sh 0.1.0

checks the release out, gives it a virtual environment of its own, and runs this module, which starts its workers.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gzip
import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Final

import orjson
from aiokafka import AIOKafkaProducer

from stream.broker.embedded import EmbeddedKafka
from stream.replay.plan import Plan
from stream.replay.send import Place
from stream.settings import Settings, load
from tests.faults.content import last_values, read_all
from tests.faults.proof import QUICK_GROUP, at_once, contact_events, wait_counted
from tests.patience import PATIENCE_SECONDS

WRITTEN: Final = ("changelog", "partials", "metrics", "facts", "dead_letter")
PARTITIONS: Final = 4
_EVENTS: Final = 900
_BEFORE_OF_TEN: Final = 7


class Archive:
    """``before``: lines that the release was sent; ``after``: further ones of the same tickets.

    ``rows``: logical topic to partition, key and value of each row, as a compacted topic holds them.
    """

    def __init__(self, file: Path) -> None:
        self.before: list[bytes] = []
        self.after: list[bytes] = []
        self.rows: dict[str, list[tuple[int, bytes, bytes]]] = {}
        for line in gzip.decompress(file.read_bytes()).splitlines():
            topic, partition, key, value = orjson.loads(line)
            content = base64.b85decode(value)
            if topic in ("before", "after"):
                (self.before if topic == "before" else self.after).append(content)
            else:
                self.rows.setdefault(topic, []).append((partition, base64.b85decode(key), content))

    async def put_back(self, settings: Settings, topics: Collection[str] = WRITTEN) -> None:
        """Write the rows of ``topics`` into those that exist, each into the partition that it was in."""
        producer = AIOKafkaProducer(bootstrap_servers=list(settings.kafka.addresses), acks="all")
        await producer.start()
        try:
            for topic in topics:
                for partition, key, value in self.rows.get(topic, []):
                    await producer.send(settings.topic_names[topic], value, key, partition)
            await producer.flush()
        finally:
            await producer.stop()


def environ_of(broker: str, name: str) -> dict[str, str]:
    """Settings that all releases know: history, so that it ends the same on any day."""
    topics = {logical: f"{name}.{logical}" for logical in ("tickets", "surveys", *WRITTEN)}
    return QUICK_GROUP | {
        "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": broker,
        "DESKPULSE_APPLICATION_ID": name,
        "DESKPULSE_CLOCK": "event",
        "DESKPULSE_HTTP__ENABLED": "false",
        "DESKPULSE_TOPICS__PARTITIONS": str(PARTITIONS),
        "DESKPULSE_WINDOWS__ROLLING": "1h,24h,7d",
        **{f"DESKPULSE_TOPICS__{logical.upper()}": topic for logical, topic in topics.items()},
    }


def planned(environ: dict[str, str]) -> Plan:
    """The same for this release."""
    return Plan(load(environ, None).settings, environ, None)


def make(python: Path, checkout: Path, file: Path) -> None:
    """Let workers of the release in ``checkout`` count the first part of the lines, and keep what they leave."""
    lines = contact_events(_EVENTS, seed=3)
    before = [line for number, line in enumerate(lines) if number % 10 < _BEFORE_OF_TEN]
    after = [line for number, line in enumerate(lines) if number % 10 >= _BEFORE_OF_TEN]
    rows: list[tuple[str, int, bytes, bytes]] = []
    with EmbeddedKafka() as broker, tempfile.TemporaryDirectory() as folder:
        environ = environ_of(broker.bootstrap_servers, "upgrade")
        run = [str(python), "-m", "stream"]
        theirs = {**os.environ, **environ, "PYTHONPATH": str(checkout)}
        subprocess.run([*run, "topics", "--create"], cwd=folder, env=theirs, check=True)
        workers = [subprocess.Popen([*run, "worker"], cwd=folder, env=theirs) for _ in range(2)]
        plan = planned(environ)
        sent: Counter[Place] = Counter(at_once(plan, before))
        print(wait_counted(plan, sent))
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
            if worker.wait(PATIENCE_SECONDS):
                raise RuntimeError(f"a worker ended with {worker.returncode}")
        for topic in WRITTEN:
            last = last_values(asyncio.run(read_all(plan.settings, topic)))
            rows += [(topic, partition, key, value) for (partition, key), value in sorted(last.items())]
    rows += [("before", 0, b"", line) for line in before] + [("after", 0, b"", line) for line in after]
    text = b"\n".join(
        orjson.dumps((topic, partition, base64.b85encode(key).decode(), base64.b85encode(value).decode()))
        for topic, partition, key, value in rows
    )
    file.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{file}: {file.stat().st_size:,} bytes, {len(rows):,} rows", Counter(topic for topic, *_ in rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=Path, help="of an environment with what that release needs")
    parser.add_argument("checkout", type=Path, help="folder that holds it")
    parser.add_argument("file", type=Path, help="archive to write")
    given = parser.parse_args()
    make(given.python, given.checkout, given.file)
