"""Which topics there should be, and how those that exist differ from that. Pure: no Kafka here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from stream.errors import ConfigError
from stream.settings import ALL_TOPICS, Settings
from stream.settings.topics import SOURCE_TOPICS as SOURCES

TRANSACTION_BATCH_BYTES = 1 << 20
"""Rows are written in batches of up to so many bytes; see `transactions`."""

Kind = Literal["missing", "partitions", "copies", "config"]


@dataclass(frozen=True, slots=True)
class TopicFile:
    """One file of ``schemas/topics``. ``partitions`` None: as many as the source topics have.

    ``only_with``: the part of the settings without which nobody needs the topic. ``never_grows``: it keeps the number
    of partitions that there were at first.
    """

    logical: str
    partitions: int | None
    config: Mapping[str, str]
    only_with: str = ""
    never_grows: bool = False


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should be. ``most_partitions``: so many do no harm; 0: ``partitions`` it must be.

    ``before``: how many it had before it was to get more; 0: it never was.
    """

    logical: str
    name: str
    partitions: int
    follows_sources: bool
    copies: int
    config: Mapping[str, str]
    most_partitions: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class ActualTopic:
    """A topic as it is. ``own_config``: the part of ``config`` that was set on the topic itself."""

    partitions: int
    copies: int
    config: Mapping[str, str]
    own_config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about a topic that is not as it should be; ``key`` is a config name for kind ``config``."""

    topic: str
    kind: Kind
    key: str
    wanted: str
    found: str
    advice: str = ""
    cannot_work: bool = False

    @property
    def is_blocking(self) -> bool:
        """Whether running like this gives wrong results or none, rather than other costs."""
        return self.cannot_work or self.kind in ("missing", "partitions") or self.key == "cleanup.policy"

    @property
    def sentence(self) -> str:
        """What differs, and what can be done where that is not the same for all of its kind."""
        if self.kind == "missing":
            return "does not exist"
        text = f"{self.key} is {self.found}, should be {self.wanted}"
        return f"{text} ({self.advice})" if self.advice else text


def read_topic_files(folder: Path) -> list[TopicFile]:
    """All topic files of a folder, sources first as the settings list them; ConfigError names a broken file."""
    files = [_read_topic_file(path) for path in sorted(folder.glob("*.yaml"))]
    if not files:
        raise ConfigError(f"{folder}: no topic files (*.yaml) there; is the installation complete?")
    return sorted(files, key=lambda file: ALL_TOPICS.index(file.logical))


def desired_topics(settings: Settings, files: Sequence[TopicFile]) -> list[TopicSpec]:
    """The topics that these settings need."""
    return [
        TopicSpec(
            logical=file.logical,
            name=settings.topic_names[file.logical],
            partitions=file.partitions
            or (settings.topics.first_partitions if file.never_grows else settings.topics.partitions),
            follows_sources=file.partitions is None,
            copies=settings.kafka.replication_factor,
            config={**file.config, **_durability(settings.kafka.replication_factor)},
            # Whoever has added partitions to the sources may have added some here: they stay empty.
            most_partitions=settings.topics.partitions if file.never_grows else 0,
            before=settings.topics.grown_from[-1] if file.logical in SOURCES and settings.topics.grown_from else 0,
        )
        for file in files
        if not file.only_with or getattr(settings, file.only_with)
    ]


def _durability(copies: int) -> Mapping[str, str]:
    # The cluster's default is 1: what only one of three copies has would count as written, and go with that broker.
    return {"min.insync.replicas": "2"} if copies >= 3 else {}


def compare(desired: Iterable[TopicSpec], actual: Mapping[str, ActualTopic]) -> list[Difference]:
    """Everything about ``actual`` (by topic name) that is not as desired, topic by topic."""
    specs = list(desired)
    unequal = _unequal_sources(specs, actual)
    differences: list[Difference] = []
    for spec in specs:
        found = actual.get(spec.name)
        if found is None:
            differences.append(Difference(spec.name, "missing", "partitions", str(spec.partitions), "-"))
            continue
        differences += [*_shape(spec, found, unequal), *_config(spec, found)]
    return differences


def repaired_config(spec: TopicSpec, found: ActualTopic) -> dict[str, str]:
    """The config to set on the topic: what it has of its own, with what we need put over it."""
    return {**found.own_config, **spec.config}


def _read_topic_file(path: Path) -> TopicFile:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        logical, partitions, config = content["name"], content["partitions"], content["config"]
        values = {str(key): _text(value) for key, value in config.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        reason = f"no field {error}" if isinstance(error, KeyError) else str(error)
        raise ConfigError(f"{path}: not a topic file with name, partitions and config: {reason}") from error
    if logical not in ALL_TOPICS:
        raise ConfigError(f"{path}: name={logical!r}: allowed: {', '.join(ALL_TOPICS)}")
    only_with = str(content.get("only_with", ""))
    if partitions == "source":
        return TopicFile(logical, None, values, only_with, content.get("never_grows") is True)
    if isinstance(partitions, int) and not isinstance(partitions, bool) and partitions >= 1:
        return TopicFile(logical, partitions, values, only_with)
    raise ConfigError(f"{path}: partitions={partitions!r}: allowed: source, or a whole number from 1")


def _text(value: object) -> str:
    if value is None:
        raise TypeError("a value of config is empty")
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _unequal_sources(specs: Iterable[TopicSpec], actual: Mapping[str, ActualTopic]) -> str:
    counts = {
        spec.name: actual[spec.name].partitions for spec in specs if spec.logical in SOURCES and spec.name in actual
    }
    if len(set(counts.values())) <= 1:
        return ""
    return " and ".join(f"{name} has {count}" for name, count in counts.items())


def _shape(spec: TopicSpec, found: ActualTopic, unequal_sources: str) -> Iterable[Difference]:
    if not spec.partitions <= found.partitions <= max(spec.partitions, spec.most_partitions):
        if found.partitions == spec.before:
            advice = f"run `deskpulse topics --repartition {spec.partitions} --yes`, again where it was interrupted"
        elif spec.logical in SOURCES and unequal_sources:
            advice = (
                f"{unequal_sources}; both must have the same number, because the events of a ticket and its "
                "survey answers are counted together: create one of the two anew"
                if unequal_sources.count(" has ") == 2
                else f"{unequal_sources}; all must have the same number, because the events of a ticket, its survey "
                "answers and its customer are counted together: create those that differ anew"
            )
        elif spec.follows_sources:
            advice = "DESKPULSE_TOPICS__PARTITIONS"
        else:
            advice = "create it anew; its content is made again from the events"
        yield Difference(spec.name, "partitions", "partitions", str(spec.partitions), str(found.partitions), advice)
    if found.copies < spec.copies:
        advice = "move it with kafka-reassign-partitions"
        yield Difference(spec.name, "copies", "replication factor", str(spec.copies), str(found.copies), advice)


def _config(spec: TopicSpec, found: ActualTopic) -> Iterable[Difference]:
    for key, wanted in spec.config.items():
        value = found.config.get(key, "")
        if not _same(wanted, value):
            too_small = key == "max.message.bytes" and _number(value) < _least_message_bytes(spec)
            advice = "transactions of a worker would be refused, for ever" if too_small else ""
            yield Difference(spec.name, "config", key, wanted, value or "not set", advice, too_small)
    in_sync = _number(found.config.get("min.insync.replicas", "1"))
    if in_sync > found.copies and spec.logical not in SOURCES:
        advice = f"there are {found.copies} copies: nothing can be written"
        key, wanted = "min.insync.replicas", f"at most {found.copies}"
        yield Difference(spec.name, "copies", key, wanted, f"{in_sync:g}", advice, cannot_work=True)


def _least_message_bytes(spec: TopicSpec) -> float:
    """What a worker writes to the topic at once, at most: it must be taken, or nothing is."""
    if spec.logical in SOURCES:
        return 0.0
    planned = _number(spec.config.get("max.message.bytes", "0"))
    # What is too long for the topic of dead letters is cut; a ticket's row cannot be.
    return min(planned, TRANSACTION_BATCH_BYTES) if spec.logical == "dead_letter" else planned


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _same(wanted: str, found: str) -> bool:
    """Whether two config values mean the same: the broker writes lists and numbers in its own way."""
    if {part.strip() for part in wanted.split(",")} == {part.strip() for part in found.split(",")}:
        return True
    try:
        return float(wanted) == float(found)
    except ValueError:
        return False
