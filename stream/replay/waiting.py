"""Waiting until the published rows contain everything that was sent. Pure bookkeeping plus one reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Final

import msgspec
from aiokafka import TopicPartition

from stream.clock import monotonic_seconds
from stream.edge.kafka.loading import reader
from stream.edge.owners.statement_rows import LOGICAL as CUSTOMER_EVENTS
from stream.edge.owners.view import PROGRESS_KEY, Progress
from stream.errors import LossError
from stream.replay.results import log_ends
from stream.replay.send import Place
from stream.settings import Settings

STALL_SECONDS: Final = 60.0

_POLL_MILLISECONDS: Final = 250
_LOSSLESS: Final = ("events", "duplicates", "conflicts", "unknown_types", "not_kept", "forgotten")
_DEAD_LETTERS: Final = "dead_letters/"

_decode_progress: Final = msgspec.json.Decoder(Progress).decode


class Goal:
    """How far every partition with records has to be read. ``sources``: logical name to topic."""

    def __init__(self, sources: Mapping[str, str], ends: Mapping[Place, int]) -> None:
        self._logical = {topic: name for name, topic in sources.items()}
        self._ends = {place: end for place, end in ends.items() if end}
        self.total = sum(self._ends.values())

    def counted(self, progress: Progress) -> int:
        """Records the published rows contain."""
        return sum(min(end, self._position(progress, place)) for place, end in self._ends.items())

    def is_reached(self, progress: Progress) -> bool:
        """True when all partitions have been read to their end."""
        return self.counted(progress) == self.total

    def behind(self, progress: Progress) -> list[str]:
        """A line for each partition that has not been read to its end."""
        return [
            f"{topic} partition {partition}: {self._position(progress, (topic, partition))} of {end}"
            for (topic, partition), end in sorted(self._ends.items())
            if self._position(progress, (topic, partition)) < end
        ]

    def _position(self, progress: Progress, place: Place) -> int:
        topic, partition = place
        return max(0, progress.positions.get(partition, {}).get(self._logical[topic], 0))


def require_complete(sent: int, tally: Mapping[str, int]) -> None:
    """Raise LossError unless every record sent is an event, a duplicate, a dead letter or skipped, and counted so."""
    accounted = sum(tally.get(name, 0) for name in _LOSSLESS) + sum(dead_letters(tally).values())
    if accounted != sent:
        kind = "missing" if accounted < sent else "too many"
        counts = ", ".join(f"{name} {count}" for name, count in sorted(tally.items()))
        raise LossError(
            f"{abs(sent - accounted)} records {kind}: {sent} were sent, {accounted} were counted ({counts})"
        )


def dead_letters(tally: Mapping[str, int]) -> dict[str, int]:
    """Dead letters by reason."""
    return {
        name.removeprefix(_DEAD_LETTERS): count
        for name, count in sorted(tally.items())
        if name.startswith(_DEAD_LETTERS)
    }


async def wait_until_counted(
    settings: Settings,
    goal: Goal,
    check: Callable[[], None],
    tell: Callable[[int], None],
    *,
    stall_seconds: float = STALL_SECONDS,
) -> Progress:
    """Follow the roll-up's progress until the goal is reached. LossError: it stands still for too long.

    ``check`` looks after the workers and may raise; ``tell`` hears of the number of records counted. What the shards
    told each other meanwhile is counted, too.
    """
    latest, counted, heard, moved = Progress({}, {}, 0), -1, 0, monotonic_seconds()
    async with aclosing(_progress(settings)) as rows:
        async for progress in rows:
            check()
            latest = progress or latest
            now = goal.counted(latest)
            if goal.is_reached(latest) and await _is_quiet(settings, latest):
                tell(now)
                return latest
            if now != counted or _heard(latest) != heard:
                counted, heard, moved = now, _heard(latest), monotonic_seconds()
                tell(now)
            elif monotonic_seconds() - moved > stall_seconds:
                raise LossError(
                    f"no progress for {stall_seconds:g} seconds: {now} of {goal.total} records are counted\n"
                    + "\n".join(goal.behind(latest))
                )
    return latest


def _heard(progress: Progress) -> int:
    return sum(positions.get(CUSTOMER_EVENTS, 0) for positions in progress.positions.values())


async def _is_quiet(settings: Settings, progress: Progress) -> bool:
    """Whether nothing is left of what the shards told each other.

    All of it that follows from what ``progress`` contains was written before it, in the same transactions; and so was
    what follows from that in turn. A position beyond the end is of a topic that was made anew meanwhile.
    """
    if not settings.customers:
        return True
    ends = await log_ends(settings, (CUSTOMER_EVENTS,))
    return all(
        progress.positions.get(partition, {}).get(CUSTOMER_EVENTS, 0) == end for (_, partition), end in ends.items()
    )


async def _progress(settings: Settings) -> AsyncGenerator[Progress | None, None]:
    """The newest progress row after each look; None where there was none."""
    place = TopicPartition(settings.topic_names["partials"], 0)
    async with reader(settings.kafka) as consumer:
        consumer.assign([place])
        consumer.seek(place, 0)
        while True:
            records = (await consumer.getmany(place, timeout_ms=_POLL_MILLISECONDS)).get(place, [])
            found = [record.value for record in records if record.key == PROGRESS_KEY]
            yield _decode_progress(found[-1]) if found else None
            await asyncio.sleep(0)
