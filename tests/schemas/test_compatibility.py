"""What a published version of a schema promises, frozen in tests/schemas/frozen: an edit that breaks it fails here.

An allowed edit (see "Versions and compatibility" in schemas/README.md) passes, and is then added to the frozen
promises with ``python tests/schemas/test_compatibility.py``, so that it cannot be taken back either.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stream.schemas.files import load_schema, schema_root

FROZEN = Path(__file__).with_name("frozen")
INPUTS = {"tickets", "surveys", "customers"}
Promises = dict[str, dict[str, Any]]


def promises_of(schema: dict[str, Any], place: str = "") -> Promises:
    """By place of a field: its types, allowed words, bounds and required fields."""
    level: dict[str, Any] = {}
    if "type" in schema:
        level["types"] = sorted([schema["type"]] if isinstance(schema["type"], str) else schema["type"])
    if "enum" in schema or "const" in schema:
        level["words"] = sorted(map(json.dumps, schema.get("enum", [schema.get("const")])))
    for keyword in ("required", "minimum", "maximum", "minLength", "maxLength", "pattern", "additionalProperties"):
        if keyword in schema and not isinstance(schema[keyword], dict):
            level[keyword] = sorted(schema[keyword]) if keyword == "required" else schema[keyword]
    promises = {place or "/": level}
    for keyword in ("properties", "$defs"):
        for name, part in schema.get(keyword, {}).items():
            promises |= promises_of(part, f"{place}/{name}")
    if isinstance(schema.get("additionalProperties"), dict):
        promises |= promises_of(schema["additionalProperties"], f"{place}/*")
    return promises


def broken_promises(frozen: Promises, current: Promises, *, is_input: bool) -> list[str]:
    """Sentences about what was promised and no longer holds."""
    broken = [f"{place} is gone" for place in frozen if place not in current]
    for place, before in frozen.items():
        if place not in current:
            continue
        now = current[place]
        broken += _narrowed(place, before, now) if is_input else _loosened(place, before, now)
    return broken


def _narrowed(place: str, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Input: whatever was accepted must be accepted."""
    broken = []
    if added := set(now.get("required", ())) - set(before.get("required", ())):
        broken.append(f"{place} newly requires {sorted(added)}")
    for keyword in ("types", "words"):
        lost = set(before.get(keyword, ())) - set(now.get(keyword, before.get(keyword, ())))
        if lost or (keyword in now and keyword not in before):
            broken.append(f"{place} no longer takes all {keyword}")
    for keyword, is_tighter in TIGHTER.items():
        if keyword in now and (keyword not in before or is_tighter(now[keyword], before[keyword])):
            broken.append(f"{place} has a tighter {keyword}")
    if now.get("additionalProperties") != before.get("additionalProperties"):
        broken.append(f"{place} has other additionalProperties")
    return broken


def _loosened(place: str, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Output: whatever a reader could rely on must stay so; fields and words may be added."""
    broken = []
    if lost := set(before.get("required", ())) - set(now.get("required", ())):
        broken.append(f"{place} no longer always has {sorted(lost)}")
    if "types" in before and not set(now.get("types", ["any"])) <= set(before["types"]):
        broken.append(f"{place} may have another type")
    return broken


TIGHTER: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda now, before: now > before,
    "maximum": lambda now, before: now < before,
    "minLength": lambda now, before: now > before,
    "maxLength": lambda now, before: now < before,
    "pattern": lambda now, before: now != before,
}
VERSIONS = sorted(path.name.removesuffix(".schema.json") for path in schema_root().glob("*.v*.schema.json"))


def frozen_promises(version: str) -> Promises:
    promises: Promises = json.loads((FROZEN / f"{version}.json").read_text(encoding="utf-8"))
    return promises


@pytest.mark.parametrize("version", VERSIONS)
def test_published_version_keeps_its_promises(version: str) -> None:
    is_input = version.split(".", maxsplit=1)[0] in INPUTS
    current = promises_of(load_schema(f"{version}.schema.json"))
    assert broken_promises(frozen_promises(version), current, is_input=is_input) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_frozen_promises_include_the_latest_additions(version: str) -> None:
    current = promises_of(load_schema(f"{version}.schema.json"))
    assert frozen_promises(version) == current, f"run: python {Path(__file__).name}"


def edited(version: str, edit: Callable[[dict[str, Any]], object]) -> list[str]:
    schema = copy.deepcopy(load_schema(f"{version}.schema.json"))
    edit(schema)
    is_input = version.split(".", maxsplit=1)[0] in INPUTS
    return broken_promises(frozen_promises(version), promises_of(schema), is_input=is_input)


@pytest.mark.parametrize(
    ("version", "edit", "sentence"),
    [
        ("tickets.v1", lambda s: s["required"].append("sequence"), "/ newly requires ['sequence']"),
        ("tickets.v1", lambda s: s["$defs"]["created"]["required"].append("team"), "/created newly requires ['team']"),
        ("tickets.v1", lambda s: s["properties"]["type"]["enum"].pop(), "/type no longer takes all words"),
        ("tickets.v1", lambda s: s["properties"]["id"].update(maxLength=64), "/id has a tighter maxLength"),
        (
            "tickets.v1",
            lambda s: s["properties"]["sequence"].update(type="string"),
            "/sequence no longer takes all types",
        ),
        ("tickets.v1", lambda s: s.update(additionalProperties=False), "/ has other additionalProperties"),
        ("surveys.v1", lambda s: s["$defs"]["answered"]["properties"].pop("scale_min"), "/answered/scale_min is gone"),
        ("facts.v1", lambda s: s["required"].remove("time"), "/ no longer always has ['time']"),
        ("facts.v1", lambda s: s["properties"].pop("ticket"), "/ticket is gone"),
        ("metrics.v1", lambda s: s["properties"]["count"].update(type="number"), "/count may have another type"),
    ],
)
def test_breaking_edit_is_named(version: str, edit: Callable[[dict[str, Any]], object], sentence: str) -> None:
    assert edited(version, edit) == [sentence]


@pytest.mark.parametrize(
    ("version", "edit"),
    [
        ("tickets.v1", lambda s: s["properties"]["type"]["enum"].append("support.ticket.snoozed")),
        ("tickets.v1", lambda s: s["properties"].update(skill={"type": "string"})),
        ("tickets.v1", lambda s: s["properties"]["id"].update(maxLength=512)),
        ("tickets.v1", lambda s: s["required"].remove("subject")),
        ("dead-letter.v1", lambda s: s["properties"]["reason"]["enum"].append("too_odd")),
        ("metrics.v1", lambda s: s["required"].append("value")),
    ],
)
def test_allowed_edit_breaks_nothing(version: str, edit: Callable[[dict[str, Any]], object]) -> None:
    assert edited(version, edit) == []


if __name__ == "__main__":
    FROZEN.mkdir(exist_ok=True)
    for name in VERSIONS:
        text = json.dumps(promises_of(load_schema(f"{name}.schema.json")), indent=2, sort_keys=True)
        (FROZEN / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
