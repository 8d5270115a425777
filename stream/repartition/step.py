"""From which settings to which: the same installation with fewer and with more partitions."""

from __future__ import annotations

from msgspec import Struct

from stream.errors import ConfigError
from stream.settings import Settings
from stream.settings.topics import GENERATIONS, MAX_TOPIC_CHARACTERS, MOST_PARTITIONS


class Step(Struct, frozen=True):
    """``before`` and ``after``: settings of workers. ``is_back``: nothing is to grow; what has begun is given up."""

    before: Settings
    after: Settings
    is_back: bool = False

    @property
    def fewer(self) -> int:
        """Partitions that there are."""
        return self.before.topics.partitions

    @property
    def more(self) -> int:
        """Partitions that there are to be."""
        return self.after.topics.partitions

    @property
    def sources(self) -> dict[str, str]:
        """Logical names of the source topics, to their names."""
        return {logical: self.before.topic_names[logical] for logical in self.before.source_topics}

    @property
    def inner(self) -> dict[str, str]:
        """The same of what the shards tell each other, which is made anew."""
        others = [logical for logical in self.before.read_topics if logical not in self.before.source_topics]
        return {logical: self.before.topic_names[logical] for logical in others}

    @property
    def new_settings(self) -> str:
        """What workers, gateway and puller are to be told."""
        topics = self.after.topics
        before = ",".join(map(str, topics.grown_from))
        return f"DESKPULSE_TOPICS__PARTITIONS={topics.partitions} DESKPULSE_TOPICS__GROWN_FROM={before}"


def step_to(settings: Settings, partitions: int) -> Step:
    """The step that the settings, those of before or of after it, and the number that is wanted mean.

    ConfigError: there is none.
    """
    now = settings.topics.partitions
    if partitions == now and settings.topics.grown_from:
        return Step(settings.model_copy(update={"topics": settings.topics.before_growth()}), settings)
    if partitions < now:
        raise ConfigError(
            f"--repartition {partitions}: there are {now} partitions, and Kafka cannot take any away. Allowed: more. "
            "For fewer, create topics of other names, and copy the events into them"
        )
    if partitions > MOST_PARTITIONS:
        raise ConfigError(f"--repartition {partitions}: allowed: up to {MOST_PARTITIONS}")
    if partitions == now:
        return Step(settings, settings, is_back=True)
    after = settings.model_copy(update={"topics": settings.topics.grown_to(partitions)})
    for logical in GENERATIONS:
        if len(name := after.topic_names[logical]) > MAX_TOPIC_CHARACTERS:
            raise ConfigError(
                f"--repartition {partitions}: topic {name} has more than {MAX_TOPIC_CHARACTERS} characters"
            )
    return Step(settings, after)
