"""Into Kafka: paced, complete, both topics in the same partitions, and clear about what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.broker.embedded import EmbeddedKafka
from stream.broker.ports import free_ports
from stream.clock import ManualClock
from stream.edge.kafka.topics import ensure_topics
from stream.errors import ConfigError, UnavailableError
from stream.settings import KafkaSettings, Settings, TopicSettings
from stream.settings.customers import CustomerSettings
from stream.simulate.centre import contact_centre
from stream.simulate.customers import with_customers
from stream.simulate.disturb import Delivery, Disturbance, deliveries
from stream.simulate.sending import Pace, Sender

START_US = 1_767_571_200_000_000
HOUR_US = 3_600_000_000
PARTITIONS = 3


def test_pace_turns_event_time_into_wall_time() -> None:
    assert Pace(START_US, 1_000, 1).due_us(START_US + 60) == 1_060
    assert Pace(START_US, 1_000, 60).due_us(START_US + 600) == 1_010
    assert Pace(START_US, 1_000, 0).due_us(START_US + HOUR_US) == 1_000
    # Live: event time is the wall's.
    assert Pace(START_US, START_US).due_us(START_US + 5) == START_US + 5


def settings_of(servers: str, namespace: str) -> Settings:
    return Settings(
        application_id=namespace,
        kafka=KafkaSettings(bootstrap_servers=servers),
        topics=TopicSettings(
            tickets=f"{namespace}-tickets",
            surveys=f"{namespace}-surveys",
            customers=f"{namespace}-customers",
            facts=f"{namespace}-facts",
            partials=f"{namespace}-partials",
            metrics=f"{namespace}-metrics",
            dead_letter=f"{namespace}-dead",
            partitions=PARTITIONS,
        ),
    )


def simulated() -> Iterator[Delivery]:
    return deliveries(contact_centre(1, START_US, 20, curve="wave", end_us=START_US + HOUR_US), Disturbance())


async def everything(settings: Settings) -> dict[tuple[str, bytes], list[tuple[int, bytes]]]:
    """(topic, key) -> (partition, value) of all records."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    found: dict[tuple[str, bytes], list[tuple[int, bytes]]] = {}
    try:
        places = [
            TopicPartition(topic, partition)
            for topic in (settings.topic_names[logical] for logical in settings.source_topics)
            for partition in range(PARTITIONS)
        ]
        consumer.assign(places)
        left = sum((await consumer.end_offsets(places)).values())
        while left > 0:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                left -= len(records)
                for record in records:
                    found.setdefault((record.topic, record.key), []).append((record.partition, record.value))
    finally:
        await consumer.stop()
    return found


def quiet(_: int) -> None:
    pass


def test_all_events_arrive_in_order_and_a_ticket_lies_in_one_partition_number(
    broker: EmbeddedKafka, namespace: str
) -> None:
    settings = settings_of(broker.bootstrap_servers, namespace)

    async def send() -> tuple[int, dict[tuple[str, bytes], list[tuple[int, bytes]]]]:
        await ensure_topics(settings, create=True)
        sender = Sender(settings, ManualClock(START_US), quiet)
        await sender.run(simulated(), Pace(START_US, START_US, 0))
        return sender.sent, await everything(settings)

    sent, found = asyncio.run(send())
    expected: dict[tuple[str, bytes], list[bytes]] = {}
    for each in simulated():
        expected.setdefault((settings.topic_names[each.topic], each.key), []).append(each.value)
    assert sent == sum(map(len, expected.values())) > 1000
    assert {place: [value for _, value in records] for place, records in found.items()} == expected
    partitions: dict[bytes, set[int]] = {}
    for (_, key), records in found.items():
        partitions.setdefault(key, set()).update(partition for partition, _ in records)
    assert {len(numbers) for numbers in partitions.values()} == {1}
    assert set.union(*partitions.values()) == set(range(PARTITIONS))


def test_customers_arrive_in_their_topic(broker: EmbeddedKafka, namespace: str) -> None:
    settings = settings_of(broker.bootstrap_servers, namespace)
    settings = settings.model_copy(update={"customers": CustomerSettings(enabled=True)})
    events = contact_centre(1, START_US, 20, curve="wave", end_us=START_US + HOUR_US // 4)
    told = [*deliveries(with_customers(events, "EUR", 1), Disturbance())]

    async def send() -> dict[tuple[str, bytes], list[tuple[int, bytes]]]:
        await ensure_topics(settings, create=True)
        await Sender(settings, ManualClock(START_US), quiet).run(iter(told), Pace(START_US, START_US, 0))
        return await everything(settings)

    found = asyncio.run(send())
    customers = {key for topic, key in found if topic == settings.topics.customers}
    assert customers == {each.key for each in told if each.topic == "customers"} != set()


def test_without_the_topics_it_says_which_and_what_to_run(broker: EmbeddedKafka, namespace: str) -> None:
    sender = Sender(settings_of(broker.bootstrap_servers, namespace), ManualClock(START_US), quiet)
    with pytest.raises(ConfigError) as error:
        asyncio.run(sender.run(simulated(), Pace(START_US, START_US, 0)))
    assert f"topic {namespace}-surveys: does not exist" in str(error.value)
    assert "deskpulse topics --create" in str(error.value)
    assert f"{namespace}-facts" not in str(error.value)


def test_an_unreachable_broker_is_named() -> None:
    servers = f"127.0.0.1:{free_ports(1)[0]}"
    sender = Sender(settings_of(servers, "absent"), ManualClock(START_US), quiet)
    with pytest.raises(UnavailableError, match=servers):
        asyncio.run(sender.run(simulated(), Pace(START_US, START_US, 0)))


def test_at_the_end_what_closes_the_run_is_sent_too(broker: EmbeddedKafka, namespace: str) -> None:
    settings = settings_of(broker.bootstrap_servers, namespace)
    asked: list[int] = []

    def closing(now_us: int) -> Iterator[Delivery]:
        asked.append(now_us)
        yield Delivery(now_us, "tickets", b"closed", b"{}")

    async def send() -> dict[tuple[str, bytes], list[tuple[int, bytes]]]:
        await ensure_topics(settings, create=True)
        sender = Sender(settings, ManualClock(START_US), quiet)
        await sender.run(iter(()), Pace(START_US, START_US, 0), closing)
        return await everything(settings)

    found = asyncio.run(send())
    assert [value for _, value in found[(settings.topics.tickets, b"closed")]] == [b"{}"]
    assert asked == [START_US]
