"""Which topics exist, with partitions, copies and ids. One deleted and created anew differs by its id alone.

aiokafka asks in a version of the request that knows no ids; this one (version 10) every broker from 2.8 on answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from io import BytesIO
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

from stream.errors import UnavailableError

AGREE_WITHIN_SECONDS: Final = 10.0
ONE_ANSWERS_WITHIN_SECONDS: Final = 2.0
"""A broker that is gone must not keep shards from being taken over."""
_ASK_AGAIN_SECONDS: Final = 0.2
_NONE: Final = UUID(int=0)


class _Id(AbstractType[UUID]):  # type: ignore[misc]  # aiokafka has no usable types
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


class _Answer(Response):  # type: ignore[misc]  # aiokafka has no usable types
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString("utf-8")),
                ("topic_id", _Id),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("topic_authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _Question(RequestStruct):  # type: ignore[misc]  # aiokafka has no usable types
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 10
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Id), ("topic", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Topics(Request[_Question]):  # type: ignore[misc]  # aiokafka has no usable types
    API_KEY = 3

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class([(_NONE, name, {}) for name in self._names], False, False, False, {})


class Seen(NamedTuple):
    """A topic that exists. ``id`` is empty where the broker is too old to have any."""

    partitions: int
    copies: int
    id: str


Send: TypeAlias = Callable[[Any], Awaitable[Any]]
"""Sends a request to one broker."""


async def look(send: Send, names: Iterable[str]) -> dict[str, Seen]:
    """Those of ``names`` that exist; a small request, which creates nothing."""
    wanted = list(names)
    try:
        response = await send(_Topics(wanted))
    except NotImplementedError:  # a broker of before 2.8
        response = await send(MetadataRequest(wanted, allow_auto_topic_creation=False))
    return {item["topic"]: _seen(item) for item in response.to_object()["topics"] if not item["error_code"]}


def _seen(item: Mapping[str, Any]) -> Seen:
    partitions, identity = item["partitions"], item.get("topic_id", _NONE)
    copies = min((len(part["replicas"]) for part in partitions), default=0)
    return Seen(len(partitions), copies, "" if identity == _NONE else identity.hex)


async def agreed_ids(client: AIOKafkaClient, names: Iterable[str]) -> dict[str, str]:
    """Id of each topic that exists, once all brokers that answer say the same: one may not have heard of it yet.

    UnavailableError: they do not agree, or nobody answers.
    """
    wanted = list(names)
    try:
        async with asyncio.timeout(AGREE_WITHIN_SECONDS):
            while True:
                answers = await asyncio.gather(
                    *(_ids(client, broker.nodeId, wanted) for broker in client.cluster.brokers())
                )
                known = [answer for answer in answers if answer is not None]
                if known and all(answer == known[0] for answer in known):
                    return known[0]
                await asyncio.sleep(_ASK_AGAIN_SECONDS)
    except TimeoutError:
        raise UnavailableError(
            f"Kafka's brokers did not agree within {AGREE_WITHIN_SECONDS:.0f} s on which topics there are: "
            f"{', '.join(wanted)}"
        ) from None


async def _ids(client: AIOKafkaClient, node: int, names: list[str]) -> dict[str, str] | None:
    try:
        async with asyncio.timeout(ONE_ANSWERS_WITHIN_SECONDS):
            return {name: seen.id for name, seen in (await _ask(client, node, names)).items() if seen.id}
    except (KafkaError, OSError, TimeoutError):
        return None


async def _ask(client: AIOKafkaClient, node: int, names: list[str]) -> dict[str, Seen]:
    async def send(request: Any) -> Any:
        return await client.send(node, request)

    return await look(send, names)
