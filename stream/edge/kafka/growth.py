"""Numbers of partitions: looked at, and raised. Kafka cannot lower them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.errors import InvalidPartitionsError, KafkaError

from stream.edge.kafka.connection import aiokafka_security
from stream.edge.kafka.topic_ids import look
from stream.errors import ConfigError, UnavailableError
from stream.settings import KafkaSettings

_SHOWN_WITHIN_SECONDS: Final = 30.0
_ASK_AGAIN_SECONDS: Final = 0.2


async def partition_counts(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, int]:
    """Of those topics that exist."""
    return {name: seen.partitions for name, seen in (await look(admin._send_request, names)).items()}


async def members_of(admin: AIOKafkaAdminClient, group: str) -> int:
    """How many workers are in the group, or were a moment ago."""
    answers = await admin.describe_consumer_groups([group])
    return sum(len(found["members"]) for answer in answers for found in answer.to_object()["groups"])


async def grow(admin: AIOKafkaAdminClient, topic: str, partitions: int) -> None:
    """Add partitions until there are so many, and wait until that is known. ConfigError: Kafka refuses."""
    refused: KafkaError | None = None
    if (await partition_counts(admin, [topic])).get(topic, 0) < partitions:
        try:
            await admin.create_partitions({topic: NewPartitions(partitions)})
        except InvalidPartitionsError as error:
            # It may have them already: what a broker shows lags behind a topic that was made a moment ago.
            refused = error
        except KafkaError as error:
            raise ConfigError(f"topic {topic}: Kafka adds no partitions: {error}") from error
    try:
        async with asyncio.timeout(_SHOWN_WITHIN_SECONDS):
            while True:
                if (await partition_counts(admin, [topic])).get(topic, 0) >= partitions:
                    return
                await asyncio.sleep(_ASK_AGAIN_SECONDS)
    except TimeoutError:
        if refused is not None:
            raise ConfigError(f"topic {topic}: Kafka adds no partitions: {refused}") from refused
        raise UnavailableError(
            f"topic {topic}: Kafka does not show {partitions} partitions within {_SHOWN_WITHIN_SECONDS:.0f} s"
        ) from None


async def log_bounds(kafka: KafkaSettings, counts: Mapping[str, int]) -> dict[tuple[str, int], tuple[int, int]]:
    """By topic and partition, where its log begins and ends, open transactions of producers included."""
    places = [TopicPartition(topic, number) for topic, count in counts.items() for number in range(count)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(kafka.addresses), enable_auto_commit=False, **aiokafka_security(kafka)
    )
    await consumer.start()
    try:
        consumer.assign(places)
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    return {(place.topic, place.partition): (begins[place], ends[place]) for place in places}
