"""``python -m stream.schemas.asyncapi`` prints schemas/asyncapi.yaml: AsyncAPI 3 of all topics, made from ``schemas/``.

Operations are seen from the worker: it receives events and sends rows. Schemas are referenced, not copied.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

from stream import __version__
from stream.schemas.files import load_schema, schema_root
from stream.settings import Settings

WORKER: Final = "deskpulse worker"
SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
_BINDING: Final = {"bindingVersion": "0.5.0"}
_ATTRIBUTES: Final = ("specversion", "id", "source", "type", "subject", "time", "sequence")

Part = dict[str, Any]


def document() -> Part:
    """The AsyncAPI document, as JSON."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((schema_root() / "topics").iterdir())]
    files.sort(key=lambda file: (file["internal"], list(Settings().topic_names).index(file["name"])))
    channels: Part = {}
    operations: Part = {}
    messages: Part = {}
    for file in files:
        name = _camel(file["name"])
        own = _messages(name, file)
        messages |= own
        channels[name] = _channel(file, own)
        operations |= _operations(name, file, own)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deskpulse",
            "version": __version__,
            "description": "Customer-support events in, service-quality numbers out. Made by "
            "`python -m stream.schemas.asyncapi` from the files in schemas/; do not edit. What readers may rely on: "
            "docs/consuming.md. How to send events: schemas/README.md.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrapServers}",
                "protocol": "kafka",
                "description": "Your Kafka: setting kafka.bootstrap_servers.",
                "variables": {"bootstrapServers": {"default": Settings().kafka.bootstrap_servers}},
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _channel(file: Part, messages: Iterable[str]) -> Part:
    counted = file["partitions"] == "source"
    topic = {"cleanup.policy": file["config"]["cleanup.policy"].split(",")}
    channel: Part = {
        "address": file["default_topic"],
        "title": file["name"],
        "description": f"{file['description']} Setting topics.{file['name']} gives it another name.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "partitions": Settings().topics.partitions if counted else file["partitions"],
                "topicConfiguration": file["config"] | topic,
                **_BINDING,
            }
        },
        "x-key": file["key"],
        "x-partitions": ("Setting topics.partitions. " if counted else "Always. ") + file["partitions_reason"],
        "x-producers": file["producers"],
        "x-consumers": file["consumers"],
        "x-internal": file["internal"],
    }
    if "{application_id}" in file["default_topic"]:
        channel["parameters"] = {"application_id": {"description": "Setting application_id.", "default": "deskpulse"}}
    return channel


def _operations(name: str, file: Part, messages: Mapping[str, Part]) -> Part:
    found: Part = {}
    for action, parties in (("receive", file["consumers"]), ("send", file["producers"])):
        if any(party.startswith(WORKER) for party in parties):
            operation: Part = {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "summary": f"The worker {'reads' if action == 'receive' else 'writes'} the topic {file['name']}.",
            }
            if messages:
                operation["messages"] = [{"$ref": f"#/channels/{name}/messages/{message}"} for message in messages]
            if action == "send":
                operation["description"] = "In a transaction: read with isolation.level=read_committed."
            elif not file["internal"]:
                group = {"type": "string", "description": "Setting application_id; offsets are kept with the state."}
                operation["bindings"] = {"kafka": {"groupId": group, **_BINDING}}
            found[action + name[0].upper() + name[1:]] = operation
    return found


def _messages(name: str, file: Part) -> Part:
    """Messages of a topic by their name. Of events: one in structured mode, and one for each type in binary mode."""
    found: Part = {}
    for version in file["versions"]:
        suffix = "" if version["version"] == 1 else f"V{version['version']}"
        schema = load_schema(version["schema"])
        whole: Part = {
            "name": name + suffix,
            "title": schema["title"],
            "summary": schema["description"],
            "payload": _payload({"$ref": f"./{version['schema']}"}),
            "bindings": {"kafka": {"key": _key(file), **_BINDING}},
            "examples": _examples(version["examples"]),
        }
        if "specversion" in schema["properties"]:
            whole["contentType"] = "application/cloudevents+json"
            whole["description"] = "CloudEvents 1.0 in structured mode: the value is the whole event."
            found |= _binary_messages(name + suffix, file, version, schema, whole["examples"])
        found[name + suffix] = whole
    if file["config"]["cleanup.policy"] == "compact" and found:
        found[f"{name}Tombstone"] = {
            "name": f"{name}Tombstone",
            "title": f"{file['name']} tombstone",
            "summary": "No value: the row of this key exists no more. Delete it.",
            "payload": {"type": "null"},
            "bindings": {"kafka": {"key": _key(file), **_BINDING}},
        }
    return dict(sorted(found.items()))


def _binary_messages(prefix: str, file: Part, version: Part, schema: Part, examples: list[Part]) -> Part:
    found: Part = {}
    for rule in schema["allOf"]:
        event_type = rule["if"]["properties"]["type"]["const"]
        name = prefix + "Binary" + "".join(word.capitalize() for word in event_type.split(".")[-1].split("_"))
        own = [example for example in examples if example["payload"]["type"] == event_type]
        found[name] = {
            "name": name,
            "title": event_type,
            "summary": f"{event_type} in binary mode.",
            "description": "CloudEvents 1.0 in Kafka's binary mode: attributes in headers, the value is `data`.",
            "contentType": "application/json",
            "headers": _payload(_headers(version["schema"], event_type)),
            "payload": _payload(_referring(rule["then"]["properties"]["data"], version["schema"])),
            "bindings": {"kafka": {"key": _key(file), **_BINDING}},
            "examples": [_in_binary_mode(example) for example in own],
        }
    return found


def _headers(schema: str, event_type: str) -> Part:
    attributes: Part = {f"ce_{name}": {"$ref": f"./{schema}#/properties/{name}"} for name in _ATTRIBUTES}
    attributes["ce_type"] = {"const": event_type}
    required = [f"ce_{name}" for name in _ATTRIBUTES if name != "sequence"]
    return {"type": "object", "required": required, "properties": attributes}


def _in_binary_mode(example: Part) -> Part:
    event = example["payload"]
    headers = {f"ce_{name}": str(event[name]) for name in _ATTRIBUTES if event.get(name) is not None}
    return {"name": example["name"], "headers": headers, "payload": event.get("data")}


def _referring(part: Any, schema: str) -> Any:
    """A part of a schema, its references made to work from outside."""
    if isinstance(part, dict):
        return {
            key: f"./{schema}{value}" if key == "$ref" else _referring(value, schema) for key, value in part.items()
        }
    return [_referring(item, schema) for item in part] if isinstance(part, list) else part


def _examples(folder: str) -> list[Part]:
    paths = sorted((schema_root() / folder / "valid").glob("*.json"))
    return [{"name": path.stem, "payload": json.loads(path.read_bytes())} for path in paths]


def _payload(schema: Part) -> Part:
    return {"schemaFormat": SCHEMA_FORMAT, "schema": schema}


def _key(file: Part) -> Part:
    return {"type": "string", "description": file["key"]}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class _Plain(yaml.SafeDumper):
    """Writes a thing out wherever it stands: anchors are for machines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(content: Part) -> str:
    """The document as it lies in ``schemas/``."""
    head = "# Made by `python -m stream.schemas.asyncapi`; do not edit.\n"
    return head + yaml.dump(content, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=118)


if __name__ == "__main__":
    sys.stdout.write(as_yaml(document()))
