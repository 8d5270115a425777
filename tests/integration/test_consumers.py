"""The example consumers do what docs/consuming.md says: each as its own process, on topics a real worker wrote."""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import runpy
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.loading import read_to, stable_end
from stream.schemas.files import schema_root
from stream.settings import Settings
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.integration.small_desk import (
    CONSUMERS,
    FEW_ROWS,
    command,
    output,
    rows_of,
    send_tickets,
    without_progress,
)
from tests.patience import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def desk(
    broker: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, RealWorker, list[str]]]:
    """Settings, a worker that has counted a few tickets, and the address of its broker."""
    variables = environment(broker.bootstrap_servers, f"t{secrets.token_hex(4)}", **FEW_ROWS)
    settings = with_topics(variables)
    send_tickets(settings)
    with RealWorker(variables, tmp_path_factory.mktemp("desk") / "worker.log") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: worker.samples("pipeline_events_total") == [12], "all counted")
        yield settings, worker, ["--bootstrap", broker.bootstrap_servers]


@contextmanager
def lines_of(arguments: list[str]) -> Iterator[Queue[dict[str, Any]]]:
    """The JSON lines of a process that goes on until the context ends."""
    found: Queue[dict[str, Any]] = Queue()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)

    def read() -> None:
        for line in process.stdout or ():
            found.put(json.loads(line))

    reading = Thread(target=read)
    reading.start()
    try:
        yield found
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        reading.join()


@pytest.mark.parametrize("path", sorted(CONSUMERS.glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_short_and_stands_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 80
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in imported} <= {*sys.stdlib_module_names, "aiokafka"}


def test_the_metrics_table_is_what_the_worker_shows(desk: tuple[Settings, RealWorker, list[str]]) -> None:
    settings, worker, at = desk
    arguments = command("metrics_table.py", *at, "--topic", settings.topic_names["metrics"])

    def is_same() -> bool:
        # Windows move on between the two; a moment later they have met again.
        shown = sorted(map(without_progress, rows_of(worker)))
        return len(shown) > 20 and sorted(without_progress(json.loads(line)) for line in lines()) == shown

    def lines() -> list[str]:
        return output(*arguments).splitlines()

    worker.wait_until(is_same, "the table equals the view")
    (row,) = map(
        json.loads,
        output(*arguments, "--metric", "abandonment", "--by", "channel", "--window", "1h").splitlines(),
    )
    assert (row["segment"], row["numerator"], row["denominator"]) == ({"channel": "phone"}, 2, 3)


def test_the_metrics_table_follows_changes(desk: tuple[Settings, RealWorker, list[str]]) -> None:
    settings, _, at = desk
    arguments = command("metrics_table.py", *at, "--topic", settings.topic_names["metrics"], "--follow")
    with lines_of([*arguments, "--metric", "waiting_contacts", "--by", "all"]) as rows:
        assert rows.get(timeout=PATIENCE_SECONDS)["value"] == 0
        send(settings, [event("T-5", "ticket.created", channel="email"), event("T-5", "ticket.queued")])
        assert rows.get(timeout=PATIENCE_SECONDS)["value"] == 1
        send(settings, [event("T-5", "ticket.abandoned")])
        assert rows.get(timeout=PATIENCE_SECONDS)["value"] == 0


def test_facts_in_sqlite_are_those_of_the_topic_and_go_on_where_they_stood(
    desk: tuple[Settings, RealWorker, list[str]], tmp_path: Path
) -> None:
    settings, worker, at = desk
    path = tmp_path / "facts.sqlite"
    arguments = command(
        "facts_to_sqlite.py", *at, "--topic", settings.topic_names["facts"], "--database", str(path), "--once"
    )
    database = sqlite3.connect(path)

    def keys() -> set[str]:
        output(*arguments)
        return {key for (key,) in database.execute("SELECT key FROM facts")}

    send(settings, [event("T-6", "ticket.created", 20, channel="chat"), event("T-6", "ticket.queued", 20)])
    worker.wait_until(lambda: "T-6|offered/1" in keys(), "the table has the fact")
    assert keys() == asyncio.run(facts_of(settings)).keys() > {"T-1|answered/1", "T%2F3|abandoned/1", "T-4|csat/s 1"}
    rated = "SELECT ticket, value, channel, team FROM facts WHERE fact LIKE 'csat/%'"
    assert database.execute(rated).fetchall() == [("T-4", 4.0, "email", "")]

    # A row that no record wrote shows whether the table was made anew.
    database.execute("INSERT INTO facts (key) VALUES ('mark')")
    database.commit()
    send(settings, [event("T-6", "ticket.removed", reason="spam")])
    worker.wait_until(lambda: "T-6|offered/1" not in keys(), "what was retracted is gone")
    assert keys() == {*asyncio.run(facts_of(settings)), "mark"}

    database.execute("UPDATE positions SET read_at = read_at - 86400")
    database.commit()
    assert keys() == set(asyncio.run(facts_of(settings)))


PLACE = TopicPartition("facts", 0)
HOUR = 3600.0


class ScriptedConsumer:
    """Takes a consumer's place: each ``getmany`` is one turn of the script, and its end the end of the process."""

    def __init__(self, script: list[tuple[float, int, int]]) -> None:
        self.script, self.offset, self.heard_at, self.stable, self.sought = script, 0, 0.0, 0, [-1]

    async def __aenter__(self) -> ScriptedConsumer:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return {0}

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 99)

    def seek(self, _place: TopicPartition, offset: int) -> None:
        self.offset = offset
        self.sought.append(offset)

    async def seek_to_beginning(self, place: TopicPartition) -> None:
        self.seek(place, 0)

    async def getmany(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        if not self.script:
            raise EOFError
        self.heard_at, self.stable, self.offset = self.script.pop(0)
        return {}

    def last_poll_timestamp(self, _place: TopicPartition) -> int:
        return round(self.heard_at * 1000)

    def last_stable_offset(self, _place: TopicPartition) -> int:
        return self.stable

    async def position(self, _place: TopicPartition) -> int:
        return self.offset


@pytest.mark.parametrize(
    ("turns", "since_hours", "sought"),
    [
        # Hours since the table was up to date at which the broker answered, its end, and how far has been read.
        ([(1, 9, 9)], 1, [9]),
        ([(1, 9, 9), (1, 9, 9), (1, 9, 9)], 1, [9]),  # the broker is silent
        ([(1, 9, 9), (2, 20, 15)], 1, [9]),  # not at the end
        ([(1, 9, 9), (20, 9, 9), (39, 9, 9)], 39, [9]),  # quiet, but heard of
        ([(1, 9, 9), (22, 9, 9)], None, [9, 0]),  # silent for too long
        ([(1, 9, 9), (10, 20, 15), (22, 20, 20)], None, [9, 0]),  # behind for too long
        ([(21, 9, 9)], None, [9, 0]),
    ],
)
def test_facts_in_sqlite_are_as_old_as_the_last_time_they_were_complete(
    turns: list[tuple[float, int, int]], since_hours: float | None, sought: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = runpy.run_path(str(CONSUMERS / "facts_to_sqlite.py"))
    database = sqlite3.connect(":memory:")
    database.executescript(module["TABLES"])
    database.execute("INSERT INTO facts (key) VALUES ('mark')")
    begun = time.time()
    database.execute("INSERT INTO positions VALUES (0, 9, ?)", (begun,))
    database.commit()
    consumer = ScriptedConsumer([(begun + hours * HOUR, end, at) for hours, end, at in turns])
    monkeypatch.setitem(module["run"].__globals__, "AIOKafkaConsumer", lambda *_, **__: consumer)
    with pytest.raises(EOFError):
        asyncio.run(module["run"](argparse.Namespace(topic="facts", bootstrap="", once=False), database))
    assert consumer.sought[1:] == sought
    ((read_at,),) = database.execute("SELECT read_at FROM positions").fetchall()
    marks = database.execute("SELECT key FROM facts").fetchall()
    if since_hours is None:
        assert marks == []
        assert begun <= read_at <= time.time()
    else:
        assert marks == [("mark",)]
        assert read_at == pytest.approx(begun + since_hours * HOUR, abs=1)


async def facts_of(settings: Settings) -> dict[str, bytes]:
    """The facts topic as a table."""
    topic, table = settings.topic_names["facts"], {}
    for partition in range(settings.topics.partitions):
        end = await stable_end(settings.kafka, topic, partition)
        async for records in read_to(settings.kafka, topic, partition, end):
            table.update({record.key.decode(): record.value for record in records})
    return {key: value for key, value in table.items() if value is not None}


def alert(ticket: str, **changes: Any) -> tuple[bytes, bytes]:
    """Key and value of the alert in the schema's example, of a group of its own."""
    path = schema_root() / "examples" / "alerts" / "1" / "valid" / "firing.json"
    key = f"abandonment_spike|channel|{ticket}|2025-11-22T09:04:10Z"
    row = json.loads(path.read_bytes()) | {"alert": key, "severity": "warning", "revision": 1} | changes
    return key.encode(), json.dumps(row).encode()


def test_the_alerts_follower_tells_each_change_once(broker: EmbeddedKafka, namespace: str) -> None:
    settings = with_topics(environment(broker.bootstrap_servers, namespace))
    over = {"status": "resolved", "resolved": "2025-11-22T09:31:00Z"}

    async def write(records: Iterable[tuple[bytes, bytes | None]], *, committed: bool = True) -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=broker.bootstrap_servers, transactional_id=f"{namespace}-test"
        ) as producer:
            await producer.begin_transaction()
            for key, value in records:
                await producer.send_and_wait(settings.topic_names["alerts"], key=key, value=value, partition=0)
            await (producer.commit_transaction() if committed else producer.abort_transaction())

    asyncio.run(write([alert("old"), alert("old", revision=2, **over), alert("gone"), (alert("gone")[0], None)]))
    asyncio.run(write([alert("open"), alert("open", revision=2)]))
    arguments = ["--bootstrap", broker.bootstrap_servers, "--topic", settings.topic_names["alerts"]]
    with lines_of(command("alerts_follower.py", *arguments)) as told:

        def next_told() -> tuple[str, str, int]:
            line = told.get(timeout=PATIENCE_SECONDS)
            return line["what"], line["row"]["alert"].split("|")[2], line["row"]["revision"]

        assert next_told() == ("firing", "open", 2)
        asyncio.run(write([alert("never")], committed=False))
        critical = {"severity": "critical"}
        asyncio.run(write([alert("open", revision=3), alert("open", revision=4, **critical), alert("new")]))
        asyncio.run(write([alert("open", revision=5, **critical), alert("open", revision=6, **critical, **over)]))
        assert [next_told() for _ in range(3)] == [
            ("critical", "open", 4),
            ("firing", "new", 1),
            ("resolved", "open", 6),
        ]
        asyncio.run(write([alert("open", revision=7, **critical, **over), alert("last")]))
        assert next_told() == ("firing", "last", 1)
