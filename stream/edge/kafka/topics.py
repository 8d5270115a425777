"""Looks at the topics in Kafka, creates those that are missing and repairs their configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from stream.edge.kafka.connection import ANSWER_WITHIN_SECONDS, admin_client
from stream.errors import ConfigError
from stream.schemas.files import schema_root
from stream.schemas.topic_plan import (
    ActualTopic,
    Difference,
    TopicSpec,
    compare,
    desired_topics,
    read_topic_files,
    repaired_config,
)
from stream.settings import Settings

_ALREADY_EXISTS = 36
_BAD_REPLICATION_FACTOR = 38
_SET_ON_THE_TOPIC = 1
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What was looked for, what still differs, and what was done about it."""

    desired: tuple[TopicSpec, ...]
    differences: tuple[Difference, ...]
    created: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()

    def require_usable(self) -> None:
        """Raise ConfigError when running with these topics would give wrong results, or none."""
        blocking = [difference for difference in self.differences if difference.is_blocking]
        if blocking:
            raise ConfigError("\n".join([*sentences(blocking), next_step(blocking)]))

    @property
    def bearable(self) -> tuple[Difference, ...]:
        """What is wrong, and does not keep a worker from running."""
        return tuple(difference for difference in self.differences if not difference.is_blocking)


def sentences(differences: Iterable[Difference]) -> list[str]:
    """One for each, as the command `topics`, a worker's start and /readyz all say it."""
    return [f"topic {difference.topic}: {difference.sentence}" for difference in differences]


def planned_topics(settings: Settings) -> list[TopicSpec]:
    """The topics that these settings need, by the files in ``schemas/topics``."""
    return desired_topics(settings, read_topic_files(schema_root() / "topics"))


async def ensure_topics(settings: Settings, create: bool = False, fix: bool = False) -> TopicReport:
    """Compare the topics in Kafka with what is needed; ``create`` what is missing, ``fix`` their configuration.

    Partitions are never changed. Nothing is created while existing source topics have another number of
    partitions than the settings say: that raises ConfigError. UnavailableError: no broker answers.
    """
    desired = planned_topics(settings)
    created: list[TopicSpec] = []
    repaired: list[TopicSpec] = []
    async with admin_client(settings.kafka) as admin:
        actual = await _describe(admin, desired)
        if create:
            created = [spec for spec in desired if spec.name not in actual]
            _refuse_wrong_partitions(compare(desired, actual))
            await create_topics(admin, created, settings.kafka.replication_factor)
            actual = await _describe_once_there(admin, desired)
        if fix:
            differing = {item.topic for item in compare(desired, actual) if item.kind == "config"}
            repaired = [spec for spec in desired if spec.name in differing]
            await _alter(admin, repaired, actual)
            actual = await _describe_once_there(admin, [spec for spec in desired if spec.name in actual], repaired)
    return TopicReport(
        tuple(desired),
        tuple(compare(desired, actual)),
        tuple(spec.name for spec in created),
        tuple(spec.name for spec in repaired),
    )


def next_step(differences: Iterable[Difference]) -> str:
    """What to run, or to know, about these differences."""
    kinds = {difference.kind for difference in differences}
    steps = []
    if "missing" in kinds:
        steps.append("Run `deskpulse topics --create` to create what is missing.")
    if "config" in kinds:
        steps.append("Run `deskpulse topics --fix` to set the configuration that differs.")
    if "partitions" in kinds:
        steps.append(
            "If the topics have always had this number, set DESKPULSE_TOPICS__PARTITIONS to it. If they got it by "
            "`deskpulse topics --repartition`, set DESKPULSE_TOPICS__GROWN_FROM, too, as it said. If partitions were "
            'added, which cannot be undone: stop the producers and follow docs/operations.md, "More partitions". The '
            "number is never changed here: it decides where a ticket's events go, so new ones would land apart from "
            "the old ones and be counted apart."
        )
    return "\n".join(steps)


def _refuse_wrong_partitions(differences: Iterable[Difference]) -> None:
    wrong = [item for item in differences if item.kind == "partitions"]
    if wrong:
        raise ConfigError("\n".join([*sentences(wrong), "Nothing was created.", next_step(wrong)]))


async def _describe(admin: AIOKafkaAdminClient, desired: Iterable[TopicSpec]) -> dict[str, ActualTopic]:
    names = {spec.name for spec in desired}
    # All topics are asked for: asking by name makes a broker that creates topics by itself create them.
    found = {item["topic"]: item for item in await admin.describe_topics() if item["topic"] in names}
    shapes = {
        name: (len(item["partitions"]), min((len(part["replicas"]) for part in item["partitions"]), default=0))
        for name, item in found.items()
    }
    configs = await topic_configs(admin, shapes)
    return {name: ActualTopic(*shapes[name], *configs[name]) for name in configs}


async def _describe_once_there(
    admin: AIOKafkaAdminClient, desired: Iterable[TopicSpec], repaired: Iterable[TopicSpec] = ()
) -> dict[str, ActualTopic]:
    """Describe when all topics are known and the repaired ones show it: brokers learn of a change a little later."""
    specs = list(desired)
    names = {spec.name for spec in specs}
    changed = {spec.name for spec in repaired}
    async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
        while True:
            actual = await _describe(admin, specs)
            behind = {item.topic for item in compare(specs, actual) if item.kind == "config"} & changed
            if names <= actual.keys() and not behind and all(topic.partitions for topic in actual.values()):
                return actual
            await asyncio.sleep(_POLL_SECONDS)


async def topic_configs(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Of each topic: all config values, and those set on the topic itself."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, None) for name in names]
    configs: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for response in await admin.describe_configs(resources) if resources else []:
        for code, message, _, name, entries in response.resources:
            _refuse(code, message, f"reading the configuration of topic {name}")
            everything = {entry[0]: entry[1] or "" for entry in entries}
            own = {entry[0]: entry[1] or "" for entry in entries if entry[3] == _SET_ON_THE_TOPIC}
            configs[name] = (everything, own)
    return configs


async def create_topics(admin: AIOKafkaAdminClient, specs: Iterable[TopicSpec], copies: int) -> None:
    """Create topics, those that exist by then left as they are. ConfigError: Kafka refuses."""
    topics = [NewTopic(spec.name, spec.partitions, spec.copies, topic_configs=dict(spec.config)) for spec in specs]
    if not topics:
        return
    response = await admin.create_topics(topics)
    for name, code, message in response.topic_errors:
        if code == _BAD_REPLICATION_FACTOR:
            raise ConfigError(
                f"topic {name}: DESKPULSE_KAFKA__REPLICATION_FACTOR={copies}: the cluster has fewer brokers: {message}"
            )
        if code != _ALREADY_EXISTS:  # another worker was quicker: compared like any other afterwards
            _refuse(code, message, f"creating topic {name}")


async def _alter(admin: AIOKafkaAdminClient, specs: Iterable[TopicSpec], actual: Mapping[str, ActualTopic]) -> None:
    # The request replaces all that is set on a topic; what is left out falls back to the broker's default.
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, spec.name, repaired_config(spec, actual[spec.name])) for spec in specs
    ]
    for response in await admin.alter_configs(resources) if resources else []:
        for code, message, _, name in response.resources:
            _refuse(code, message, f"changing the configuration of topic {name}")


def _refuse(code: int, message: str | None, what: str) -> None:
    if code:
        kind = for_code(code)
        raise ConfigError(f"{what}: Kafka refuses: {message or kind.description or kind.__name__}")
