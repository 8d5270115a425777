"""Which topics there should be, and what is told about those that differ. No broker."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stream.edge.kafka.topics import TopicReport, next_step, planned_topics
from stream.errors import ConfigError
from stream.schemas.files import schema_root
from stream.schemas.topic_plan import (
    ActualTopic,
    TopicFile,
    TopicSpec,
    compare,
    desired_topics,
    read_topic_files,
    repaired_config,
)
from stream.settings import (
    CONNECT_TOPICS,
    CUSTOMER_TOPICS,
    LOGICAL_TOPICS,
    ConnectSettings,
    KafkaSettings,
    Settings,
    TopicSettings,
)
from stream.settings.customers import CustomerSettings

FILES = [
    TopicFile("tickets", None, {"cleanup.policy": "delete", "retention.ms": "1000"}),
    TopicFile("surveys", None, {"cleanup.policy": "delete"}),
    TopicFile("metrics", 1, {"cleanup.policy": "compact"}),
]


def actual_of(spec: TopicSpec, partitions: int | None = None, copies: int = 1, **config: str) -> ActualTopic:
    values = {**spec.config, **{key.replace("_", "."): value for key, value in config.items()}}
    return ActualTopic(partitions or spec.partitions, copies, values, values)


def as_desired(settings: Settings | None = None) -> tuple[list[TopicSpec], dict[str, ActualTopic]]:
    specs = desired_topics(settings or Settings(), FILES)
    return specs, {spec.name: actual_of(spec) for spec in specs}


def test_names_partitions_and_copies_come_from_the_settings() -> None:
    settings = Settings(
        topics=TopicSettings(tickets="acme.tickets", partitions=12), kafka=KafkaSettings(replication_factor=3)
    )
    tickets, surveys, metrics = desired_topics(settings, FILES)
    assert (tickets.name, tickets.partitions, tickets.copies) == ("acme.tickets", 12, 3)
    assert (surveys.name, surveys.partitions) == ("support.surveys.v1", 12)
    assert (metrics.name, metrics.partitions) == ("support.metrics.v1", 1)


def test_of_three_copies_two_must_have_what_counts_as_written() -> None:
    settings = Settings(kafka=KafkaSettings(replication_factor=3))
    assert {spec.config["min.insync.replicas"] for spec in desired_topics(settings, FILES)} == {"2"}
    assert all("min.insync.replicas" not in spec.config for spec in desired_topics(Settings(), FILES))


def test_topics_as_desired_do_not_differ() -> None:
    assert compare(*as_desired()) == []


def test_a_topic_that_is_not_there_is_missing() -> None:
    specs, actual = as_desired()
    del actual["support.metrics.v1"]
    (difference,) = compare(specs, actual)
    assert (difference.topic, difference.kind, difference.is_blocking) == ("support.metrics.v1", "missing", True)
    assert "topics --create" in next_step([difference])


def test_another_number_of_partitions_names_the_setting() -> None:
    specs, actual = as_desired()
    for spec in specs[:2]:
        actual[spec.name] = actual_of(spec, partitions=8)
    first, second = compare(specs, actual)
    assert first.sentence == "partitions is 8, should be 12 (DESKPULSE_TOPICS__PARTITIONS)"
    assert second.is_blocking
    assert "never changed here" in next_step([first])


def test_sources_with_unequal_partitions_say_why_that_cannot_be() -> None:
    specs, actual = as_desired()
    actual["support.surveys.v1"] = actual_of(specs[1], partitions=8)
    (difference,) = compare(specs, actual)
    assert (
        "support.tickets.v1 has 12 and support.surveys.v1 has 8; both must have the same number" in difference.sentence
    )


def test_another_configuration_can_be_fixed_and_only_the_cleanup_policy_blocks() -> None:
    specs, actual = as_desired()
    actual["support.tickets.v1"] = actual_of(specs[0], retention_ms="5", cleanup_policy="compact")
    policy, retention = compare(specs, actual)
    assert (policy.sentence, policy.is_blocking) == ("cleanup.policy is compact, should be delete", True)
    assert (retention.sentence, retention.is_blocking) == ("retention.ms is 5, should be 1000", False)
    assert next_step([retention]) == "Run `deskpulse topics --fix` to set the configuration that differs."


@pytest.mark.parametrize(
    ("wanted", "found"), [("0.10", "0.1"), ("compact,delete", "delete, compact"), ("1000", "1000.0"), ("true", "true")]
)
def test_values_that_mean_the_same_do_not_differ(wanted: str, found: str) -> None:
    (spec,) = desired_topics(Settings(), [TopicFile("facts", None, {"some.key": wanted})])
    assert compare([spec], {spec.name: ActualTopic(12, 1, {"some.key": found}, {})}) == []


def test_fewer_copies_differ_and_more_do_not() -> None:
    specs, actual = as_desired(Settings(kafka=KafkaSettings(replication_factor=3)))
    actual = {spec.name: actual_of(spec, copies=5) for spec in specs}
    assert compare(specs, actual) == []
    actual["support.metrics.v1"] = actual_of(specs[2], copies=2)
    (difference,) = compare(specs, actual)
    assert (difference.kind, difference.is_blocking) == ("copies", False)


def test_more_copies_in_sync_than_there_are_block_what_a_worker_writes() -> None:
    specs, actual = as_desired()
    actual["support.metrics.v1"] = actual_of(specs[2], min_insync_replicas="2")
    actual["support.tickets.v1"] = actual_of(specs[0], min_insync_replicas="2")
    (difference,) = compare(specs, actual)
    assert (difference.topic, difference.is_blocking) == ("support.metrics.v1", True)
    assert difference.sentence == (
        "min.insync.replicas is 2, should be at most 1 (there are 1 copies: nothing can be written)"
    )


@pytest.mark.parametrize(
    ("logical", "planned", "found", "blocks"),
    [
        ("changelog", "8388608", "8388607", True),  # the row of a full ticket would not fit
        ("facts", "1048576", "1000000", True),  # nor would a batch of a transaction
        ("facts", "1048576", "2000000", False),
        ("dead_letter", "8388608", "1048576", False),  # long originals are cut
        ("dead_letter", "8388608", "1000000", True),
        ("tickets", "4194304", "1000", False),
    ],
)
def test_a_topic_that_takes_less_than_is_written_to_it_blocks(
    logical: str, planned: str, found: str, blocks: bool
) -> None:
    (spec,) = desired_topics(Settings(), [TopicFile(logical, None, {"max.message.bytes": planned})])
    (difference,) = compare([spec], {spec.name: actual_of(spec, max_message_bytes=found)})
    assert (difference.kind, difference.is_blocking) == ("config", blocks)
    assert ("transactions of a worker would be refused" in difference.sentence) == blocks


def test_a_repair_keeps_what_others_have_set_on_the_topic() -> None:
    spec = TopicSpec("facts", "f", 4, True, 1, {"cleanup.policy": "compact"})
    found = ActualTopic(4, 1, {}, {"cleanup.policy": "delete", "max.message.bytes": "5"})
    assert repaired_config(spec, found) == {"cleanup.policy": "compact", "max.message.bytes": "5"}


def test_a_report_is_usable_unless_something_blocks() -> None:
    specs, actual = as_desired()
    actual["support.tickets.v1"] = actual_of(specs[0], retention_ms="5")
    TopicReport(tuple(specs), tuple(compare(specs, actual))).require_usable()
    del actual["support.surveys.v1"]
    with pytest.raises(
        ConfigError, match=r"topic support\.surveys\.v1: does not exist\nRun `deskpulse topics --create`"
    ):
        TopicReport(tuple(specs), tuple(compare(specs, actual))).require_usable()


def test_the_files_of_this_project_cover_every_topic_with_the_names_of_the_settings() -> None:
    assert [spec.logical for spec in planned_topics(Settings())] == list(LOGICAL_TOPICS)
    single = [spec.logical for spec in planned_topics(Settings()) if not spec.follows_sources]
    assert single == ["partials", "metrics", "alerts"]
    text = "\n".join(file.read_text(encoding="utf-8") for file in (schema_root() / "topics").glob("*.yaml"))
    for logical, name in Settings(application_id="x").topic_names.items():
        assert re.sub("^x-", "{application_id}-", name) in text, logical


def test_topics_of_connected_systems_are_needed_where_one_is_connected() -> None:
    connected = Settings(connect=(ConnectSettings(name="acme", vendor="zendesk"),))
    more = [spec for spec in planned_topics(connected) if spec.logical not in LOGICAL_TOPICS]
    assert [(spec.logical, spec.name) for spec in more] == [
        ("doorbells", "deskpulse-doorbells"),
        ("cursors", "deskpulse-cursors"),
    ]
    assert {spec.logical for spec in more} == set(CONNECT_TOPICS)


def test_topics_of_customers_are_needed_where_they_are_counted_and_have_as_many_partitions() -> None:
    counted = Settings(customers=CustomerSettings(enabled=True))
    specs = planned_topics(counted)
    assert {spec.logical for spec in specs} == {*LOGICAL_TOPICS, *CUSTOMER_TOPICS}
    customers = next(spec for spec in specs if spec.logical == "customers")
    assert (customers.name, customers.follows_sources) == ("support.customers.v1", True)
    sources = [spec for spec in specs if spec.logical in ("tickets", "surveys", "customers")]
    actual = {spec.name: actual_of(spec) for spec in sources} | {customers.name: actual_of(customers, partitions=8)}
    (difference,) = compare(sources, actual)
    assert "support.customers.v1 has 8; all must have the same number" in difference.sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: tickets\nconfig: {}\n", "no field 'partitions'"),
        ("name: tocket\npartitions: 1\nconfig: {}\n", "name='tocket': allowed: tickets, surveys"),
        ("name: tickets\npartitions: 0\nconfig: {}\n", "partitions=0: allowed: source, or a whole number"),
        ("name: tickets\npartitions: 1\nconfig: {a: }\n", "a value of config is empty"),
        ("name: [", "not a topic file"),
        ("", "not a topic file"),
    ],
)
def test_a_broken_topic_file_is_told_by_name(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "broken.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_topic_files(tmp_path)
    assert str(tmp_path / "broken.yaml") in str(caught.value)
    assert expected in str(caught.value)


def test_values_of_a_topic_file_are_texts_as_kafka_has_them(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("name: tickets\npartitions: source\nconfig: {a: 1, b: true, c: [x, y], d: 0.1}\n")
    (file,) = read_topic_files(tmp_path)
    assert file == TopicFile("tickets", None, {"a": "1", "b": "true", "c": "x,y", "d": "0.1"})


def test_a_folder_without_topic_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no topic files"):
        read_topic_files(tmp_path)


def test_derived_topics_keep_the_partitions_of_before_and_bear_more() -> None:
    settings = Settings(topics=TopicSettings(partitions=12, grown_from=(4, 8)))
    specs = desired_topics(settings, read_topic_files(schema_root() / "topics"))
    assert {spec.logical: spec.partitions for spec in specs} == {
        "tickets": 12,
        "surveys": 12,
        "facts": 4,
        "partials": 1,
        "metrics": 1,
        "alerts": 1,
        "dead_letter": 4,
        "changelog": 12,
    }
    actual = {spec.name: actual_of(spec) for spec in specs}
    facts = next(spec for spec in specs if spec.logical == "facts")
    for count, is_wrong in ((3, True), (4, False), (12, False), (13, True)):
        actual[facts.name] = actual_of(facts, partitions=count)
        assert bool(compare(specs, actual)) is is_wrong


def test_sources_that_are_still_to_grow_say_what_to_run() -> None:
    specs = desired_topics(Settings(topics=TopicSettings(partitions=12, grown_from=(4, 8))), FILES)
    actual = {spec.name: actual_of(spec) for spec in specs} | {specs[1].name: actual_of(specs[1], partitions=8)}
    (difference,) = compare(specs, actual)
    assert "run `deskpulse topics --repartition 12 --yes`, again where it was interrupted" in difference.sentence


def test_without_growth_more_partitions_of_a_derived_topic_are_told() -> None:
    specs = desired_topics(Settings(), read_topic_files(schema_root() / "topics"))
    actual = {spec.name: actual_of(spec) for spec in specs}
    facts = next(spec for spec in specs if spec.logical == "facts")
    actual[facts.name] = actual_of(facts, partitions=24)
    assert [difference.kind for difference in compare(specs, actual)] == ["partitions"]
