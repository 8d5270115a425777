"""The tickets behind a number: the tail of a real facts topic, and `/api/facts` of a real worker."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from stream.broker.embedded import EmbeddedKafka
from stream.broker.ports import free_ports
from stream.domain.facts import Fact
from stream.domain.segments import segment_of
from stream.edge.kafka import recent_facts
from stream.edge.kafka.fact_tail import FactQuery
from stream.edge.kafka.loading import stable_end
from stream.edge.kafka.recent_facts import FoundFacts, find_facts
from stream.edge.owners.fact_rows import fact_key, fact_row
from stream.errors import UnavailableError
from stream.settings import Settings, load_settings
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.patience import PATIENCE_SECONDS

PHONE = segment_of("phone", "billing", "")
Written = tuple[int, str, Fact | None]


@pytest.fixture(autouse=True)
def _a_lookup_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_facts, "READ_WITHIN_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def settings(broker: EmbeddedKafka, namespace: str) -> Settings:
    """Of an installation of its own, with two partitions, whose topics are there."""
    return with_topics(environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="2"))


def fact(seconds_ago: float) -> Fact:
    return Fact(time.time_ns() // 1000 - round(seconds_ago * 1_000_000), PHONE, (), 45.0)


def _twenty(seconds_ago: float = 100) -> list[Written]:
    return [(number % 2, f"T-{number}", fact(seconds_ago - number)) for number in range(20)]


async def write(settings: Settings, *transactions: tuple[bool, list[Written]]) -> None:
    """Each transaction is ``(committed, records)``, a record ``(partition, ticket, abandoned/1 or None)``."""
    ends: dict[int, int] = {}
    async with AIOKafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, transactional_id=f"{settings.application_id}-test"
    ) as producer:
        for committed, records in transactions:
            await producer.begin_transaction()
            for partition, ticket, abandoned in records:
                sent = await producer.send_and_wait(
                    settings.topic_names["facts"],
                    key=fact_key(ticket, "abandoned/1"),
                    value=fact_row(ticket, "abandoned/1", abandoned),
                    partition=partition,
                )
                # The end of the transaction has an offset, too.
                ends[partition] = sent.offset + 2
            await (producer.commit_transaction() if committed else producer.abort_transaction())
    # The brokers write the ends of transactions a moment after they have said that it is over.
    topic = settings.topic_names["facts"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        for partition, end in ends.items():
            while await stable_end(settings.kafka, topic, partition) < end:  # noqa: ASYNC110  the broker tells nobody
                await asyncio.sleep(0.1)


async def look_up(settings: Settings, minutes: float = 15, limit: int = 50) -> FoundFacts:
    since_us = time.time_ns() // 1000 - round(minutes * 60_000_000)
    return await find_facts(settings, FactQuery("abandoned", "channel", {"channel": "phone"}, since_us), limit)


def tickets(found: FoundFacts) -> list[str]:
    return [row["ticket"] for row in found.facts]


def test_what_is_committed_as_it_is_now(broker: EmbeddedKafka, namespace: str) -> None:
    settings = with_topics(environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="3"))

    async def run() -> None:
        assert await look_up(settings) == FoundFacts([], truncated=False)
        await write(
            settings,
            (True, [(0, "T-1", fact(60)), (0, "T-2", fact(50)), (2, "T-3", fact(40)), (2, "T-4", fact(3600))]),
            (False, [(0, "T-1", None), (2, "T-5", fact(30))]),
            (True, [(0, "T-2", None)]),
        )
        assert tickets(await look_up(settings)) == ["T-3", "T-1"]
        assert tickets(await look_up(settings, minutes=120)) == ["T-3", "T-1", "T-4"]
        one = await look_up(settings, limit=1)
        assert (tickets(one), one.truncated) == (["T-3"], True)

    asyncio.run(run())


def test_of_a_long_tail_the_newest_are_read_and_it_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        await write(settings, (True, _twenty()))
        assert len((await look_up(settings)).facts) == 20
        # Two of the offsets are those of the transaction's end.
        monkeypatch.setattr(recent_facts, "MOST_RECORDS", 8)
        found = await look_up(settings)
        assert (tickets(found), found.truncated) == ([f"T-{number}" for number in range(19, 13, -1)], True)

    asyncio.run(run())


def _counted(monkeypatch: pytest.MonkeyPatch, fails_at: int = 0) -> list[int]:
    """How far each reading went; the one of this number is not over in time."""
    lengths: list[int] = []
    read_to = recent_facts._read_to

    async def counted(consumer: Any, ends: Any, tail: Any) -> Any:
        lengths.append(sum([ends[place] - await consumer.position(place) for place in ends]))
        if len(lengths) == fails_at:
            raise TimeoutError
        return await read_to(consumer, ends, tail)

    monkeypatch.setattr(recent_facts, "_read_to", counted)
    monkeypatch.setattr(recent_facts, "FIRST_RECORDS", 6)
    return lengths


def test_it_is_read_further_back_until_all_is_there(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        await write(settings, (True, _twenty()))
        lengths = _counted(monkeypatch)
        found = await look_up(settings)
        assert (len(found.facts), found.truncated, lengths) == (20, False, [6, 22])
        lengths.clear()
        # Of what was not read yet some might have happened later.
        found = await look_up(settings, limit=2)
        assert (tickets(found), found.truncated, lengths) == (["T-19", "T-18"], True, [6, 22])

    asyncio.run(run())


def test_no_further_once_nothing_that_was_written_before_can_be_newer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        await write(settings, (True, _twenty(seconds_ago=-3600)))
        lengths = _counted(monkeypatch)
        found = await look_up(settings, limit=2)
        assert (tickets(found), found.truncated, lengths) == (["T-19", "T-18"], True, [6])

    asyncio.run(run())


def test_what_could_be_read_in_time_is_told_and_that_it_is_not_all(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        await write(settings, (True, _twenty()))
        _counted(monkeypatch, fails_at=2)
        found = await look_up(settings)
        assert (tickets(found), found.truncated) == (["T-19", "T-18", "T-17", "T-16"], True)
        _counted(monkeypatch, fails_at=1)
        with pytest.raises(UnavailableError):
            await look_up(settings)

    asyncio.run(run())


def test_without_a_broker_it_says_where_it_looked(namespace: str) -> None:
    (port,) = free_ports(1)
    settings = load_settings(environment(f"127.0.0.1:{port}", namespace))
    with pytest.raises(UnavailableError, match=f"Kafka at 127.0.0.1:{port} .*does not answer"):
        asyncio.run(look_up(settings))


def test_a_worker_tells_the_tickets_behind_its_number(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="2")
    settings = with_topics(variables)
    for number in range(4):
        name = f"T-{number}"
        send(
            settings,
            [
                event(name, "ticket.created", 300 - number, channel="phone" if number else "chat", team="billing"),
                event(name, "ticket.queued", 300 - number),
                event(name, "ticket.abandoned", 200 - number),
            ],
        )

    with RealWorker(variables, tmp_path / "worker.log") as worker:
        worker.wait_ready()

        def asked(query: str) -> dict[str, Any]:
            answers: list[tuple[int, str]] = []

            def answered() -> bool:
                # 503 where Kafka took too long, as on a machine that is busy with others.
                answers.append(worker.get(f"/api/facts?{query}"))
                return answers[-1][0] != 503

            worker.wait_until(answered, query)
            status, body = answers[-1]
            assert status == 200, body
            found: dict[str, Any] = json.loads(body)
            return found

        phone = "fact=abandoned&by=channel&channel=phone"
        worker.wait_until(lambda: len(asked("fact=abandoned")["facts"]) == 4, "all four have abandoned")
        found = asked(phone)
        assert (found["topic"], found["truncated"]) == (settings.topic_names["facts"], False)
        assert [row["ticket"] for row in found["facts"]] == ["T-3", "T-2", "T-1"]
        assert {row["segment"]["channel"] for row in found["facts"]} == {"phone"}
        # What leaves the numbers leaves the facts.
        send(settings, [event("T-3", "ticket.removed", 0, reason="spam")])
        worker.wait_until(lambda: len(asked(phone)["facts"]) == 2, "the one that was spam is gone")
        assert asked(f"{phone}&minutes=1")["facts"] == []
        assert worker.get("/api/facts?fact=abandoned&minutes=0")[0] == 400
