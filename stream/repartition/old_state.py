"""The state of before, read into shards that are then to be moved."""

from __future__ import annotations

from collections.abc import Callable

from stream.clock import Clock, Present
from stream.domain.moving import Moving
from stream.domain.shard import Shard
from stream.domain.subjects import CUSTOMER_MARK, is_customer
from stream.edge.kafka.loading import read_to, stable_end_and_ids
from stream.edge.kafka.partitioning import murmur2_partition
from stream.edge.owners.origins import KEPT_BESIDE, identities, made_anew
from stream.edge.owners.stored_rows import StoredRows
from stream.edge.process.turns import Turns
from stream.errors import ConfigError, LossError
from stream.repartition.step import Step
from stream.rules import parts_of, rules_of

Tell = Callable[[str, int, int], None]
"""Says what is being done, how much of it is, and how much there is to do."""


def key_of(name: str) -> bytes:
    """What producers place the events by of which a shard keeps a log under ``name``."""
    return name.removeprefix(CUSTOMER_MARK).encode()


class OldState:
    """``shards``: by number, all that there are to be; ``stored``: what was stored, of those that there are."""

    def __init__(self, step: Step, clock: Clock, turns: Turns) -> None:
        self._step = step
        self._turns = turns
        self._present = Present(clock, is_history=step.before.is_history)
        self.rules = rules_of(step.before)
        self.parts = parts_of(self.rules)
        self.shards = {number: Shard(self.rules) for number in range(step.more)}
        self.stored: dict[int, StoredRows] = {}

    async def read(self, tell: Tell) -> None:
        """Read all of it. ConfigError: it cannot be moved as it is. LossError: a row cannot be read."""
        step, kafka, names = self._step, self._step.before.kafka, self._step.before.topic_names
        kept = [names[logical] for logical in (*step.before.read_topics, *KEPT_BESIDE)]
        for number in range(step.fewer):
            tell("reading the state: partitions", number, step.fewer)
            stored = self.stored[number] = StoredRows(self.shards[number])
            end, ids = await stable_end_and_ids(kafka, names["changelog"], number, kept)
            async for records in read_to(kafka, names["changelog"], number, end):
                await self._turns.run(stored.restore_steps(records, names["changelog"], number))
            await self._turns.run(self.shards[number].finish_restore_steps())
            if stored.position is not None:
                self.shards[number].newest_us = stored.position.status.newest_us
                self._require_origins(stored.position.topic_ids, identities(names, ids))
            self._require_settings(number, stored)
        for number in range(step.fewer, step.more):
            # As far in time as any of the others.
            self.shards[number].newest_us = min(self.shards[before].newest_us for before in range(step.fewer))
        tell("reading the state: partitions", step.fewer, step.fewer)

    def _require_origins(self, stored: dict[str, str], present: dict[str, str]) -> None:
        anew = made_anew(stored, present, [*self._step.before.read_topics, "changelog"])
        if anew:
            names = ", ".join(self._step.before.topic_names[logical] for logical in anew)
            raise LossError(
                f"{names}: deleted and created anew since the state was made. Start the workers with the present "
                "settings first, and go by what they say"
            )

    def _require_settings(self, number: int, stored: StoredRows) -> None:
        if stored.parts is None and not len(self.shards[number].tickets):
            return
        if stored.parts is None or not stored.parts.is_whole or stored.parts != self.parts:
            raise ConfigError(
                f"the state of partition {number} was made under other settings than these, or is being booked anew: "
                "start the workers with these settings until `/readyz` is 200, then stop them and try again"
            )

    def now_us(self, number: int) -> int:
        """What time it is for a shard: the wall's, or the newest event's when history is replayed."""
        return self._present.now_us(self.shards[number].newest_us)

    def moving(self) -> Moving:
        """What is to be done. ConfigError: nobody knows where some of it belongs."""
        more = self._step.more
        if self._step.before.privacy.customers == "hash" and any(
            is_customer(name) for shard in self.shards.values() for name in shard.tickets.names()
        ):
            raise ConfigError(
                "privacy.customers is hash: of the customers in the state only the hashes of their ids are known, and "
                "not in which partition these belong. The way is another installation, to which all events are copied: "
                'docs/operations.md, "More partitions"'
            )
        now_us = {number: self.now_us(number) for number in self.shards}
        return Moving(self.shards, lambda name: murmur2_partition(key_of(name), more), now_us)

    def misrouted(self) -> int:
        """Tickets and customers that lie where their key has no place, neither before nor after."""
        fewer, more = self._step.fewer, self._step.more
        return sum(
            number not in (murmur2_partition(key_of(name), fewer), murmur2_partition(key_of(name), more))
            for number in range(fewer)
            for name in self.shards[number].tickets.names()
        )


def require_routed(state: OldState, may_be_misrouted: bool) -> None:
    """ConfigError: producers do not place events by murmur2 of their key."""
    count = state.misrouted()
    if count and not may_be_misrouted:
        raise ConfigError(
            f"{count} tickets or customers lie in partitions that murmur2 of their id does not give: their producers "
            "place events in another way, and after the change their next events would come apart from them. Have all "
            "producers partition by murmur2 first (librdkafka: partitioner=murmur2_random); then --misrouted moves "
            "these to where their id belongs"
        )
