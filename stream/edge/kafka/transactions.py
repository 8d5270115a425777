"""Writing rows to several topics, and the offsets they come from, as one Kafka transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaProducer, TopicPartition

from stream.clock import monotonic_seconds
from stream.edge.kafka.batches import RowBatch
from stream.edge.kafka.connection import aiokafka_security
from stream.edge.kafka.writers import signature
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.schemas.topic_plan import TRANSACTION_BATCH_BYTES
from stream.settings import Settings

Rows: TypeAlias = Sequence[tuple[bytes, bytes | None]]
"""Keys and values; a value of None is a tombstone."""

ROLLUP_NAME: Final = "rollup"
_REQUEST_BYTES: Final = 16 << 20
_STOP_SECONDS: Final = 3
_NO_HEADERS: Final[list[tuple[str, bytes]]] = []
_ROWS_A_STEP: Final = 500
"""So many rows are put into batches before the event loop does something else."""


class Transactions:
    """A transactional producer, by name. Only one process can hold a name: starting fences the one before."""

    def __init__(self, settings: Settings, name: str, crash: CrashPoints = NO_CRASH) -> None:
        transactional_id = f"{settings.installation}-{name}"
        self._crash = crash
        self._crash_prefix = "rollup_" if name == ROLLUP_NAME else ""
        self.committed_total = 0
        self.last_seconds = 0.0
        self._signature = signature(settings)
        self._group = settings.installation
        self._producer = AIOKafkaProducer(
            bootstrap_servers=list(settings.kafka.addresses),
            transactional_id=transactional_id,
            transaction_timeout_ms=round(settings.pipeline.transaction_timeout_seconds * 1000),
            acks="all",
            max_batch_size=TRANSACTION_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            **aiokafka_security(settings.kafka),
        )

    async def start(self) -> None:
        """Fence the previous holder and abort what it left open."""
        await self._producer.start()

    async def stop(self) -> None:
        """Close; a producer that was fenced may fail to, which is of no interest any more."""
        try:
            await asyncio.wait_for(self._producer.stop(), _STOP_SECONDS)
        except Exception:
            return

    async def write(
        self,
        rows: Mapping[tuple[str, int], Rows],
        offsets: Mapping[TopicPartition, int],
        forwarded: Iterable[tuple[int, Any]] = (),
    ) -> None:
        """Write all rows and offsets, or nothing. Any failure leaves the caller's memory ahead of the topics.

        ``forwarded``: records that are written again as they are, with the partition of their topic that they go to.
        """
        began = monotonic_seconds()
        await self._producer.begin_transaction()
        # The offsets not beside the rows: while the coordinator adds the group, the broker refuses what it is to write.
        await self._send_rows(rows, forwarded)
        if offsets:
            await self._producer.send_offsets_to_transaction(dict(offsets), self._group)
            self._crash.reach("offsets_sent")
        await self._producer.commit_transaction()
        self._crash.reach(self._crash_prefix + "committed")
        self.committed_total += 1
        self.last_seconds = monotonic_seconds() - began

    async def _send_rows(self, rows: Mapping[tuple[str, int], Rows], forwarded: Iterable[tuple[int, Any]]) -> None:
        # All partitions at once: the first batch of each waits for an answer.
        futures = await asyncio.gather(*(self._send(*place, items) for place, items in rows.items()))
        sent = [future for of_one in futures for future in of_one]
        for partition, record in forwarded:
            sent.append(
                await self._producer.send(
                    record.topic,
                    record.value,
                    record.key,
                    partition,
                    timestamp_ms=max(0, record.timestamp),
                    headers=list(record.headers),
                )
            )
        await asyncio.gather(*sent)
        self._crash.reach(self._crash_prefix + "in_transaction")

    async def _send(self, topic: str, partition: int, items: Rows) -> list[asyncio.Future[Any]]:
        """Rows of one partition in batches; one waits until that before it is on its way."""
        sent: list[asyncio.Future[Any]] = []
        batch = RowBatch(self._producer.create_batch())
        done, last = 0, len(items) - 1
        while done <= last:
            # The last row is signed.
            end = min(done + _ROWS_A_STEP, last) if done < last else last + 1
            headers = _NO_HEADERS if done < last else self._signature
            done = batch.fill(items, done, end, headers)
            if done < end:
                sent.append(await self._producer.send_batch(batch.closed(), topic, partition=partition))
                batch = RowBatch(self._producer.create_batch())
            elif done < last:
                await asyncio.sleep(0)
        if len(batch):
            sent.append(await self._producer.send_batch(batch.closed(), topic, partition=partition))
        return sent
