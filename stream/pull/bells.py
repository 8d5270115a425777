"""Doorbells: tickets about which a webhook told that something happened. Their histories are fetched."""

from __future__ import annotations

from collections import Counter
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.clock import Clock
from stream.connect.doorbell import decode_doorbell
from stream.connect.outcome import Broken
from stream.edge.kafka.fetched import Span
from stream.pull.client import Refused, TryLater
from stream.pull.commits import Commits
from stream.pull.fetching import Fetching
from stream.pull.state import State

NAME: Final = "doorbells"
_POSITION: Final = "offset"
_MOST_TICKETS: Final = 20
_MOST_HELD: Final = 1000
"""Of those that are fetched and wait for one that does not come: what rings meanwhile shows whether the vendor does."""

_GIVE_UP_AFTER: Final = 10
_LOOK_US: Final = 1_000_000


class BellWork:
    """Reads the doorbells of one connected system. Their position is a cursor, written with the events they gave.

    ``consumer`` is assigned the one partition of the topic.
    """

    def __init__(
        self,
        connect: str,
        topic: str,
        consumer: AIOKafkaConsumer,
        fetching: Fetching,
        commits: Commits,
        clock: Clock,
        pause_us: int = _LOOK_US,
    ) -> None:
        self._connect = connect
        self._place = TopicPartition(topic, 0)
        self._consumer = consumer
        self._fetching = fetching
        self._commits = commits
        self._clock = clock
        self._pause_us = pause_us
        self._waiting: list[str] = []
        self._position = 0
        self._tries: Counter[str] = Counter()
        self._unanswered = 0
        self.state = State(NAME, clock.now_us(), 0)
        # A token that is never taken is said of the lists; one ticket may be kept from it.
        self.state.has_answered = True

    @property
    def answers_total(self) -> int:
        """Requests that were answered."""
        return self._fetching.answers_total

    async def start(self) -> None:
        """Go where the last process has been; to the beginning where it was never or what is there is gone."""
        self._consumer.assign([self._place])
        begin = (await self._consumer.beginning_offsets([self._place]))[self._place]
        end = (await self._consumer.end_offsets([self._place]))[self._place]
        cursor = self._commits.cursor(NAME)
        position = begin if cursor is None else cursor.get(_POSITION, begin)
        # Behind the end: the topic was made anew.
        self._position = position if begin <= position <= end else begin
        self._consumer.seek(self._place, self._position)

    async def step(self) -> None:
        """Take what has rung, fetch it, and write it with the position behind it. TryLater: it stays for later."""
        if self._unanswered < _MOST_TICKETS and len(self._waiting) < _MOST_HELD:
            await self._take()
        if not self._waiting:
            self.state.wait(self._clock.now_us(), self._pause_us, is_idle=True)
            return
        given_up = await self._fetch()
        tickets = [ticket for ticket in self._waiting if ticket not in given_up]
        read = await self._fetching.read((), tickets, 0)
        read.broken += [Broken(f"ticket {ticket}", "its history could not be fetched") for ticket in given_up]
        count = await self._commits.write(read.events, read.broken, NAME, {_POSITION: self._position})
        self._fetching.forget()
        self._waiting.clear()
        self._tries.clear()
        now_us = self._clock.now_us()
        self.state.note(read, count, now_us // 1_000_000)
        self.state.wait(now_us, 0, is_idle=False)

    async def _fetch(self) -> set[str]:
        """Fetch what waits; gives those that never come. TryLater, Refused: some may still come.

        A ticket is given up only where others could be fetched meanwhile: else it is the vendor that does not answer.
        """
        failed: dict[str, TryLater | Refused] = {}
        given_up = {ticket for ticket in self._waiting if self._tries[ticket] >= _GIVE_UP_AFTER}
        asked = 0
        for ticket in self._waiting:
            if ticket in given_up:
                continue
            before = self._fetching.answers_total
            try:
                await self._fetching.take(ticket, 0)
            except TryLater as problem:
                failed[ticket] = problem
                if problem.retry_after is not None:
                    break
            except Refused as problem:
                failed[ticket] = problem
            asked += self._fetching.answers_total - before
        self._unanswered = len(failed)
        if asked:
            self._tries.update(list(failed))
        if failed:
            raise next(iter(failed.values()))
        return given_up

    async def _take(self) -> None:
        fetched = await self._consumer.getmany(self._place, timeout_ms=50, max_records=500)
        records: Span = fetched.get(self._place, Span())
        rung: dict[str, None] = {}
        for record in records:
            if len(rung) >= _MOST_TICKETS:
                self._consumer.seek(self._place, record.offset)
                self._position = record.offset
                break
            try:
                bell = decode_doorbell(record.value or b"")
            except ValueError:
                continue
            if bell.connect == self._connect:
                rung[bell.ticket] = None
        else:
            self._position = max(self._position, records.end)
        self._waiting += [ticket for ticket in rung if ticket not in self._waiting]
