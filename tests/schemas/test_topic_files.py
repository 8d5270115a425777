"""Topic files, schemas and examples belong together: nothing is missing, nothing lies about."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from stream.domain.rejections import Rejected
from stream.edge.owners.derived import dead_letter_row
from stream.schemas.files import load_schema, schema_root

ROOT = schema_root()
FILES = sorted((ROOT / "topics").iterdir())
TOPICS: dict[str, dict[str, Any]] = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
VERSIONS = [(topic, version) for topic, file in TOPICS.items() for version in file["versions"]]
SCHEMA_FILES = sorted(ROOT.glob("*.schema.json"))


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_file_follows_its_schema(topic: str) -> None:
    Draft202012Validator(load_schema("topic.schema.json")).validate(TOPICS[topic])
    assert TOPICS[topic]["name"].replace("_", "-") == topic


def test_topic_file_with_an_unknown_key_does_not_follow_it() -> None:
    validator = Draft202012Validator(load_schema("topic.schema.json"))
    assert not validator.is_valid(TOPICS["tickets"] | {"retention": 1})
    broken = json.loads(json.dumps(TOPICS["tickets"]))
    broken["config"]["retention.hours"] = 1
    assert not validator.is_valid(broken)


def test_all_logical_topics_have_a_file() -> None:
    schema = load_schema("topic.schema.json")
    assert {file["name"] for file in TOPICS.values()} == set(schema["properties"]["name"]["enum"])


@pytest.mark.parametrize("topic", TOPICS)
def test_versions_count_from_one_and_only_internal_topics_have_none(topic: str) -> None:
    file = TOPICS[topic]
    assert [version["version"] for version in file["versions"]] == list(range(1, len(file["versions"]) + 1))
    assert bool(file["versions"]) != file["internal"]
    if not file["internal"]:
        assert file["default_topic"] == f"support.{topic}.v{len(file['versions'])}"


def test_every_schema_and_example_is_referenced_and_exists() -> None:
    referenced = {version["schema"] for _, version in VERSIONS} | {"topic.schema.json"}
    assert {path.name for path in SCHEMA_FILES} == referenced
    folders = {version["examples"] for _, version in VERSIONS}
    for path in (ROOT / "examples").rglob("*"):
        if path.is_file():
            folder = path.relative_to(ROOT).parent
            assert folder.parent.as_posix() in folders, f"{path} belongs to no version of a topic"
            assert folder.name in {"valid", "invalid"}, path
            assert path.suffix == ".json", path
    for _, version in VERSIONS:
        for kind in ("valid", "invalid"):
            assert any((ROOT / version["examples"] / kind).glob("*.json")), f"{version['examples']}/{kind} is empty"


def test_no_other_files_lie_in_schemas() -> None:
    assert {path.name for path in ROOT.iterdir()} == {
        "README.md",
        "asyncapi.yaml",
        "examples",
        "topics",
        *(path.name for path in SCHEMA_FILES),
    }
    assert all(path.suffix == ".yaml" for path in FILES)


@pytest.mark.parametrize("path", SCHEMA_FILES, ids=lambda path: path.name)
def test_schema_is_valid_and_explains_every_level(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for place, level in levels(schema, path.name):
        assert level.get("title"), f"{place}: no title"
        assert level.get("description"), f"{place}: no description"
        if level.get("type") == "object":
            assert "additionalProperties" in level, f"{place}: additionalProperties is not stated"


@pytest.mark.parametrize("topic", ["tickets", "surveys", "customers"])
def test_sources_keep_arrival_time_and_a_month(topic: str) -> None:
    config = TOPICS[topic]["config"]
    assert config["message.timestamp.type"] == "LogAppendTime"
    assert config["retention.ms"] == 30 * 86_400_000
    assert TOPICS[topic]["partitions"] == "source"


def test_dead_letter_topic_takes_the_largest_value_the_worker_puts_in() -> None:
    record = SimpleNamespace(
        topic="t" * 249, partition=999, offset=1 << 62, timestamp=1 << 41, key=b"k" * 4096, value=b"v" * (4 << 20)
    )
    largest_bytes = len(dead_letter_row(Rejected("invalid_value", "d" * 20_000), record))
    # A topic of Kafka's own default takes it, too: 1 MiB.
    assert largest_bytes < (1 << 20) - 100_000 < TOPICS["dead-letter"]["config"]["max.message.bytes"]


@pytest.mark.parametrize("topic", ["facts", "metrics", "partials", "changelog"])
def test_topics_of_upserts_are_compacted_soon(topic: str) -> None:
    config = TOPICS[topic]["config"]
    assert config["cleanup.policy"] == "compact"
    assert float(config["min.cleanable.dirty.ratio"]) <= 0.1
    assert config["segment.ms"] <= 3_600_000


def levels(schema: dict[str, Any], place: str) -> list[tuple[str, dict[str, Any]]]:
    """The schema and all named parts of it that are no mere reference."""
    if "$ref" in schema:
        return []
    found = [(place, schema)]
    for keyword in ("properties", "$defs"):
        for name, part in schema.get(keyword, {}).items():
            found += levels(part, f"{place}/{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            found += levels(schema[keyword], f"{place}/{keyword}")
    return found
