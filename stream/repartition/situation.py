"""What there is before anything is changed, and what of it does not allow to go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from aiokafka.errors import KafkaError
from msgspec import Struct

from stream.edge.kafka.connection import admin_client, unavailable
from stream.edge.kafka.damage import DAMAGE, damaged_row
from stream.edge.kafka.growth import log_bounds, members_of, partition_counts
from stream.edge.kafka.loading import newest_rows
from stream.edge.kafka.writers import require_own
from stream.edge.owners.shard_rows import POSITION_KEY
from stream.edge.owners.stored_position import StoredPosition
from stream.edge.owners.stored_rules import decode_position
from stream.errors import ConfigError
from stream.repartition.step import Step
from stream.settings import Settings

PRESENT_SETTINGS: Final = (
    "with the present settings until `/readyz` is 200 and the lag is 0, then stop them and try again"
)


class Situation(Struct, frozen=True):
    """``counts``: partitions by topic, of those that exist. ``members``: workers that are in the group.

    ``stored``: by number of the shard, what its state says of itself. ``bounds``: see `log_bounds`; of sources.
    ``is_done``: the new generation is complete.
    """

    counts: Mapping[str, int]
    members: int
    stored: Mapping[int, StoredPosition]
    bounds: Mapping[tuple[str, int], tuple[int, int]]
    is_done: bool

    def has_grown(self, topic: str, step: Step) -> bool:
        """Whether a source topic has its new partitions already."""
        return self.counts[topic] == step.more > step.fewer

    def position(self, number: int, logical: str, topic: str) -> int:
        """Next offset that a shard reads of a source topic."""
        stored = self.stored.get(number)
        begin = self.bounds[topic, number][0]
        return begin if stored is None else stored.status.positions.get(logical, begin)

    def unread(self, step: Step) -> dict[tuple[str, int], int]:
        """By place, of source topics that have not grown: events that no worker has counted yet."""
        found = {
            (topic, number): self.bounds[topic, number][1] - self.position(number, logical, topic)
            for logical, topic in self._settled_first(step)
            for number in range(step.fewer)
        }
        return {place: count for place, count in found.items() if count > 0}

    def _settled_first(self, step: Step) -> list[tuple[str, str]]:
        left = [(logical, topic) for logical, topic in step.sources.items() if not self.has_grown(topic, step)]
        # Where one has grown no worker can read what the shards have told: they tell it all anew.
        return [*left, *step.inner.items()] if len(left) == len(step.sources) else left

    @property
    def is_locked(self) -> bool:
        """Whether the state says that it is on its way."""
        return any(stored.moving_to for stored in self.stored.values())


async def look_around(step: Step) -> Situation:
    """Ask Kafka. ConfigError: something is not there, or not as it can be. UnavailableError: nobody answers."""
    before, after = step.before.topic_names, step.after.topic_names
    own = [before["changelog"], before["partials"]]
    async with admin_client(step.before.kafka) as admin:
        counts = await partition_counts(
            admin, [*step.sources.values(), *step.inner.values(), *own, after["changelog"], after["partials"]]
        )
        members = await members_of(admin, step.before.installation)
    try:
        if not step.is_back and counts.get(after["changelog"]) == step.more:
            made = await positions_of(step.after, range(step.more))
            if len(made) == step.more and not any(stored.moving_to for stored in made.values()):
                return Situation(counts, members, made, {}, is_done=True)
        _require_topics(step, counts, own)
        stored = await positions_of(step.before, range(step.fewer))
        bounds = await log_bounds(
            step.before.kafka, {topic: counts[topic] for topic in (*step.sources.values(), *step.inner.values())}
        )
    except KafkaError as error:
        raise unavailable(step.before.kafka, error) from error
    return Situation(counts, members, stored, bounds, is_done=False)


def _require_topics(step: Step, counts: Mapping[str, int], own: list[str]) -> None:
    missing = [topic for topic in (*step.sources.values(), *step.inner.values(), *own) if topic not in counts]
    if missing:
        raise ConfigError(
            f"{', '.join(missing)}: no such topic. Run this with the settings that the workers had, those of before"
        )
    changelog = step.before.topic_names["changelog"]
    for topic in (*step.sources.values(), changelog):
        # Somebody may have added some to the state, too: nothing lies there.
        is_right = counts[topic] >= step.fewer if topic == changelog else counts[topic] in (step.fewer, step.more)
        if not is_right:
            raise ConfigError(
                f"topic {topic} has {counts[topic]} partitions, and topics.partitions is {step.fewer}: run this with "
                f"the settings that the workers had, for a number that all source topics can have: --repartition "
                f"{max(counts[topic] for topic in step.sources.values())} or more"
            )
    made = step.after.topic_names["changelog"]
    if counts.get(made, 0) > step.more:
        raise ConfigError(f"topic {made} has {counts[made]} partitions, and nothing needs it: delete it, and try again")


async def positions_of(settings: Settings, partitions: Iterable[int]) -> dict[int, StoredPosition]:
    """What the state says of itself, where there is any. LossError: that cannot be read."""
    changelog = settings.topic_names["changelog"]
    newest = await newest_rows(settings.kafka, changelog, partitions, POSITION_KEY)
    require_own(settings, "changelog", changelog, newest)
    found: dict[int, StoredPosition] = {}
    for partition, record in newest.items():
        try:
            found[partition] = decode_position(record.value)
        except DAMAGE as error:
            raise damaged_row(changelog, partition, record.offset, error) from error
    return found


def require_ready(step: Step, situation: Situation) -> None:
    """ConfigError: workers run, events are still to be counted, or the state is on its way elsewhere."""
    if situation.members:
        raise ConfigError(
            f"{situation.members} workers are in the group {step.before.installation}: stop the producers, let the "
            "workers count what is left, then stop all of them. One that was killed leaves the group within "
            "kafka.session_timeout_seconds"
        )
    elsewhere = {stored.moving_to for stored in situation.stored.values()} - {0, step.more}
    if elsewhere and not step.is_back:
        number = min(elsewhere)
        raise ConfigError(
            f"the state is on its way to {number} partitions: end that first (--repartition {number} --yes), or give "
            f"it up (--repartition {step.fewer} --yes)"
        )


def require_read(step: Step, situation: Situation) -> None:
    """ConfigError: there are events that no worker has counted."""
    unread = situation.unread(step)
    if unread:
        places = ", ".join(f"{topic} partition {number}: {count}" for (topic, number), count in sorted(unread.items()))
        raise ConfigError(
            f"{sum(unread.values())} events are still to be counted ({places}). Stop the producers, start the workers "
            f"{PRESENT_SETTINGS}. A transaction of a producer that is still open counts as well"
        )
