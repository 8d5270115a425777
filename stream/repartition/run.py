"""The order of things. Whatever it is interrupted by, running it again does all of it from the beginning.

1. The state of before says that it is on its way: no worker takes it from then on, and those that may still run are
   fenced.
2. The new generation is written, in topics of its own, and says the same.
3. The source topics grow. Until then all can be given up.
4. The new generation says, in one transaction, that it may be used.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka.errors import KafkaError, ProducerFenced
from msgspec import Struct
from msgspec.structs import replace

from stream.clock import Clock
from stream.domain.moving import Moving
from stream.domain.shard_status import ShardStatus
from stream.edge.kafka.connection import admin_client, unavailable
from stream.edge.kafka.growth import grow
from stream.edge.kafka.topics import create_topics, planned_topics
from stream.edge.kafka.transactions import ROLLUP_NAME, Transactions
from stream.edge.owners.shard_rows import position_row
from stream.edge.owners.stored_position import StoredPosition
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.edge.process.turns import Turns
from stream.errors import ConfigError
from stream.repartition.old_state import OldState, Tell, require_routed
from stream.repartition.situation import Situation, look_around, positions_of, require_read, require_ready
from stream.repartition.staging import Staging
from stream.repartition.step import Step
from stream.repartition.stragglers import Stragglers
from stream.repartition.told_facts import ToldFacts
from stream.rules import fingerprint_of, rules_of
from stream.settings.topics import GENERATIONS

NAME: Final = "repartition"
_TURNS_SECONDS: Final = 0.05


class Forecast(Struct, frozen=True):
    """What is to be done. ``tickets``: customers included; ``moving``: of these; ``misrouted``: of these."""

    situation: Situation
    tickets: int
    moving: int
    misrouted: int


class Report(Struct, frozen=True):
    """What was done. ``merged``: tickets that lay in two partitions. ``unread``: that a metric could not read.

    ``forwarded``: events that were written again to where they belong.
    """

    tickets: int
    moved: int
    merged: int
    unread: int
    forwarded: int


class Repartition:
    """``tell`` is called again and again with what is being done, and how far it is."""

    def __init__(
        self, step: Step, clock: Clock, tell: Tell, crash: CrashPoints = NO_CRASH, *, may_be_misrouted: bool = False
    ) -> None:
        self._step = step
        self._clock = clock
        self._tell = tell
        self._crash = crash
        self._may_be_misrouted = may_be_misrouted
        self._turns = Turns(_TURNS_SECONDS)

    async def forecast(self) -> Forecast:
        """Look, and change nothing. ConfigError: it cannot be done as things are."""
        situation = await look_around(self._step)
        if situation.is_done:
            return Forecast(situation, 0, 0, 0)
        require_ready(self._step, situation)
        require_read(self._step, situation)
        state, moving = await self._load()
        return Forecast(situation, moving.tickets, moving.leaving, state.misrouted())

    async def _load(self) -> tuple[OldState, Moving]:
        state = OldState(self._step, self._clock, self._turns)
        await state.read(self._tell)
        require_routed(state, self._may_be_misrouted)
        return state, state.moving()

    async def run(self) -> Report | None:
        """Do it; None: it had been done. ConfigError: it cannot be done, and nothing has changed for the workers."""
        try:
            situation = await look_around(self._step)
            if situation.is_done:
                return None
            require_ready(self._step, situation)
            try:
                require_read(self._step, situation)
                if not situation.is_locked:
                    await self._load()  # what does not allow to go on is told before anything changes
                await self._lock(self._step.more)
                report = await self._move()
            except ConfigError:
                await self._unlock()
                raise
        except ProducerFenced as error:
            raise ConfigError(
                "a worker was started meanwhile, or another run of this command. Stop it, and run this again"
            ) from error
        except (KafkaError, OSError) as error:
            raise unavailable(self._step.before.kafka, error) from error
        return report

    async def give_up(self) -> bool:
        """Let workers take the state of before again; False: nothing had begun. ConfigError: it is too late."""
        situation = await look_around(self._step)
        require_ready(self._step, situation)
        if situation.is_locked:
            await self._unlock()
        return situation.is_locked

    async def _unlock(self) -> None:
        """Unless the source topics have grown, or begun to: then there is no way back."""
        situation = await look_around(self._step)
        if situation.is_locked and not any(
            situation.has_grown(topic, self._step) for topic in self._step.sources.values()
        ):
            await self._lock(0)

    async def _lock(self, moving_to: int) -> None:
        """Fence whoever holds a shard or the roll-up, and have each state of before say where it goes; 0: nowhere."""
        step = self._step
        async with self._as_owner(ROLLUP_NAME):
            pass
        for number in range(step.fewer):
            self._tell("locking the state: partitions", number, step.fewer)
            async with self._as_owner(str(number)) as transactions:
                # Only now nobody else can write it.
                stored = (await positions_of(step.before, [number])).get(number) or self._never_counted()
                row = position_row(replace(stored, moving_to=moving_to))
                await transactions.write({(step.before.topic_names["changelog"], number): [row]}, {})
            self._crash.reach("moving_locked")
        self._tell("locking the state: partitions", step.fewer, step.fewer)

    def _never_counted(self) -> StoredPosition:
        before = self._step.before
        return StoredPosition(
            ShardStatus({}, 0, 0, {}), fingerprint_of(rules_of(before), before.pipeline.settings_revision)
        )

    @asynccontextmanager
    async def _as_owner(self, name: str) -> AsyncIterator[Transactions]:
        transactions = Transactions(self._step.before, name, self._crash)
        await transactions.start()
        try:
            yield transactions
        finally:
            await transactions.stop()

    async def _move(self) -> Report:
        step = self._step
        state, moving = await self._load()
        facts = ToldFacts(step)
        moved = 0
        for one in moving.staying(facts.is_elsewhere):
            facts.take(one)
        for one in moving.steps():
            facts.take(one)
            moved += 1
            if not moved % 1000:
                self._tell("moving tickets", moved, moving.leaving)
        self._tell("moving tickets", moved, moving.leaving)
        await self._create()
        transactions = Transactions(step.after, NAME, self._crash)
        await transactions.start()
        try:
            staging = Staging(step, state, transactions, self._turns, self._crash)
            await staging.write(self._tell)
            stragglers = Stragglers(step, await self._grow(), staging, transactions)
            await stragglers.forward(self._tell)
            await facts.write(transactions)
            await staging.release()
        finally:
            await transactions.stop()
        return Report(
            moving.tickets, moving.leaving, moving.merged_total, len(moving.failures), stragglers.forwarded_total
        )

    async def _create(self) -> None:
        specs = [spec for spec in planned_topics(self._step.after) if spec.logical in GENERATIONS]
        async with admin_client(self._step.after.kafka) as admin:
            await create_topics(admin, specs, self._step.after.kafka.replication_factor)
            for spec in specs:
                await grow(admin, spec.name, spec.partitions)

    async def _grow(self) -> Situation:
        """Add partitions to the source topics, if nothing has come into them; gives how things are after it."""
        step = self._step
        situation = await look_around(step)
        require_ready(step, situation)
        require_read(step, situation)
        async with admin_client(step.after.kafka) as admin:
            for number, topic in enumerate(step.sources.values()):
                self._tell("adding partitions: topics", number, len(step.sources))
                await grow(admin, topic, step.more)
                self._crash.reach("moving_grown")
        self._tell("adding partitions: topics", len(step.sources), len(step.sources))
        return await look_around(step)
