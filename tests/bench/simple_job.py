"""The simple job, told once more in a few lines to compare with: see peers/README.md. And what a sink holds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.bench.contestant import Contestant
from tests.bench.layout import Message

Minutes: TypeAlias = dict[tuple[str, int], tuple[int, int]]
"""Channel and minute since 1970 to number and milliseconds of first answers."""


class Expected:
    """What is right after all that was added."""

    def __init__(self) -> None:
        self.minutes: Minutes = {}
        self._open: dict[str, tuple[str, int]] = {}

    def add(self, messages: Iterable[Message]) -> list[Message]:
        """Count ``messages``, and give them back."""
        kept = list(messages)
        for _, _, value in kept:
            event = json.loads(value)
            subject, kind, data = event["subject"], event["type"], event["data"]
            at_ms = round(datetime.fromisoformat(event["time"]).timestamp() * 1000)
            if kind == "support.ticket.created":
                self._open[subject] = (data["channel"], at_ms)
            elif kind == "support.ticket.answered" or data.get("author") == "agent":
                channel, created_ms = self._open.pop(subject, ("", 0))
                if channel:
                    count, sum_ms = self.minutes.get((channel, at_ms // 60_000), (0, 0))
                    self.minutes[channel, at_ms // 60_000] = (count + 1, sum_ms + at_ms - created_ms)
        return kept


class Sink:
    """Reads the topic that a contestant writes its minutes to; its records have the broker's time."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._consumer = consumer
        self._place = TopicPartition(topic, 0)
        self._seen: Minutes = {}

    async def start(self) -> None:
        """Begin at the topic's beginning."""
        await self._consumer.start()
        self._consumer.assign([self._place])

    async def stop(self) -> None:
        """Close."""
        await self._consumer.stop()

    async def await_same(self, expected: Minutes, contestant: Contestant, seconds: float) -> float:
        """Wait until it holds ``expected``: when that was written, as seconds since 1970.

        AssertionError: for so many ``seconds`` nothing more was written, and it is not the same.
        """
        deadline = time.monotonic() + seconds
        seen, differ = self._seen, {key for key, value in expected.items() if self._seen.get(key) != value}
        newest = time.time()
        while time.monotonic() < deadline:
            for record in (await self._consumer.getmany(self._place, timeout_ms=200)).get(self._place, ()):
                row = json.loads(record.value)
                if row.get("diff", 1) < 0:
                    continue  # Pathway takes a row back before it writes the next
                key = (row["channel"], row["minute"])
                seen[key] = (row["count"], row["sum_ms"])
                newest = record.timestamp / 1000
                deadline = time.monotonic() + seconds
                if seen[key] == expected.get(key):
                    differ.discard(key)
                else:
                    differ.add(key)
            if not differ:
                return newest
            contestant.require_running()
        wrong = {key: (seen.get(key), expected.get(key)) for key in sorted(differ)[:5]}
        raise AssertionError(
            f"{contestant.name}: {len(differ)} of {len(expected)} minutes are not as expected (found, expected): "
            f"{wrong}\n{contestant.log()}"
        )
