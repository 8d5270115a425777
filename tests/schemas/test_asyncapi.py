"""schemas/asyncapi.yaml is valid AsyncAPI 3, describes every topic, and says what the worker does."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from stream.contract.decoder import Decoder
from stream.contract.wire import DATA_OF_TYPE
from stream.schemas.asyncapi import SCHEMA_FORMAT, as_yaml, document
from stream.schemas.files import load_schema, schema_root

OFFICIAL = json.loads((Path(__file__).parent / "asyncapi" / "asyncapi-3.0.0.schema.json").read_bytes())
TEXT = (schema_root() / "asyncapi.yaml").read_text(encoding="utf-8")
WRITTEN: dict[str, Any] = yaml.safe_load(TEXT)
MESSAGES: dict[str, dict[str, Any]] = WRITTEN["components"]["messages"]
TOPICS = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((schema_root() / "topics").iterdir())]
SCHEMAS: Registry[Any] = Registry().with_resources(
    (f"./{path.name}", Resource.from_contents(load_schema(path.name))) for path in schema_root().glob("*.schema.json")
)
EXAMPLES = [
    pytest.param(message, example, id=f"{name}/{example['name']}")
    for name, message in MESSAGES.items()
    for example in message.get("examples", ())
]


def official_errors(content: Any) -> list[str]:
    return [error.message for error in Draft7Validator(OFFICIAL).iter_errors(content)]


def refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from refs(value)
    elif isinstance(part, list):
        for item in part:
            yield from refs(item)


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    if "schemaFormat" in schema:
        assert schema["schemaFormat"] == SCHEMA_FORMAT
        schema = schema["schema"]
    return Draft202012Validator(schema, registry=SCHEMAS)


def test_the_file_is_what_its_generator_prints() -> None:
    assert as_yaml(document()) == TEXT, "make generate"


def test_it_follows_the_official_schema() -> None:
    assert official_errors(WRITTEN) == []


@pytest.mark.parametrize("place", ["action", "bindings", "messages"])
def test_the_official_schema_notices_what_is_wrong(place: str) -> None:
    broken = copy.deepcopy(WRITTEN)
    broken["operations"]["receiveTickets"][place] = "read"
    assert official_errors(broken)


def test_every_topic_has_a_channel_with_its_name_and_configuration() -> None:
    channels = {channel["title"]: channel for channel in WRITTEN["channels"].values()}
    assert channels.keys() == {topic["name"] for topic in TOPICS}
    for topic in TOPICS:
        channel = channels[topic["name"]]
        kafka = channel["bindings"]["kafka"]
        assert channel["address"] == topic["default_topic"]
        assert bool(channel["messages"]) != topic["internal"] == channel["x-internal"]
        assert kafka["topicConfiguration"] == topic["config"] | {
            "cleanup.policy": topic["config"]["cleanup.policy"].split(",")
        }
        assert topic["partitions"] in ("source", kafka["partitions"])
        for name in channel["messages"]:
            assert MESSAGES[name]["bindings"]["kafka"]["key"]["description"] == topic["key"]


def test_the_worker_receives_events_and_sends_rows() -> None:
    done = {(operation["action"], operation["channel"]["$ref"]) for operation in WRITTEN["operations"].values()}
    received = {"tickets", "surveys", "customers", "customerEvents", "partials", "changelog"}
    sent = {"facts", "metrics", "alerts", "deadLetter", "customerEvents", "partials", "changelog"}
    assert done == {
        *(("receive", f"#/channels/{name}") for name in received),
        *(("send", f"#/channels/{name}") for name in sent),
    }


def test_topics_of_upserts_have_tombstones_and_events_both_modes() -> None:
    tombstones = {name.removesuffix("Tombstone") for name in MESSAGES if name.endswith("Tombstone")}
    assert tombstones == {"facts", "metrics", "alerts"}
    binary = {message["headers"]["schema"]["properties"]["ce_type"]["const"] for message in binary_messages()}
    assert binary == DATA_OF_TYPE.keys()
    assert all(message["examples"] for message in binary_messages())


def binary_messages() -> list[dict[str, Any]]:
    return [message for name, message in MESSAGES.items() if "Binary" in name]


def test_every_reference_leads_somewhere() -> None:
    found = set(refs(WRITTEN))
    assert any(ref.startswith("#") for ref in found)
    resolver = SCHEMAS.with_resource("", DRAFT202012.create_resource(WRITTEN)).resolver()
    for ref in found:
        assert resolver.lookup(ref).contents


@pytest.mark.parametrize(("message", "example"), EXAMPLES)
def test_an_example_follows_its_message_and_no_other_of_its_mode(message: Any, example: Any) -> None:
    validator(message["payload"]).validate(example["payload"])
    if "headers" in message:
        validator(message["headers"]).validate(example["headers"])
        fitting = [other for other in binary_messages() if validator(other["headers"]).is_valid(example["headers"])]
        assert fitting == [message]


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=f"{message['title']}/{example['name']}")
        for message in binary_messages()
        for example in message["examples"]
    ],
)
def test_the_worker_reads_binary_mode_as_described_like_structured_mode(example: Any) -> None:
    decode, latest_us = Decoder().decode, 1_763_802_600_000_000
    headers = [(name, text.encode()) for name, text in example["headers"].items()]
    value = None if example["payload"] is None else json.dumps(example["payload"]).encode()
    (whole,) = (
        other["payload"]
        for name in ("tickets", "surveys", "customers")
        for other in MESSAGES[name]["examples"]
        if (other["name"], other["payload"]["type"]) == (example["name"], example["headers"]["ce_type"])
    )
    decoded = decode(value, None, headers, latest_us)
    assert isinstance(decoded, tuple), decoded
    assert decoded == decode(json.dumps(whole).encode(), None, (), latest_us)
