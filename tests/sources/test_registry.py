"""The registry knows every source, and the page that explains sources shows one that works."""

from __future__ import annotations

import re
from pathlib import Path

import stream.sources
from stream.sources import SOURCES
from stream.sources.source import Source

ROOT = Path(__file__).resolve().parents[2]
MACHINERY = {"__init__", "cloudevents", "source", "table"}


def test_every_source_in_the_folder_is_registered_under_its_modules_name() -> None:
    modules = {path.stem for path in Path(stream.sources.__path__[0]).glob("*.py")} - MACHINERY
    assert {source.name for source in SOURCES} == modules
    assert len(SOURCES) == len(modules)


def test_the_example_on_the_page_works() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    exec(compile(code[1], "docs/sources.md", "exec"), names)
    source = names["SOURCE"]
    assert isinstance(source, Source)
    row = {"chat_id": "7", "started_at": "2026-11-22T09:00:00Z", "queued_at": "2026-11-22T09:00:01Z", "team": "a"}
    assert set(row) == set(source.columns)
    assert [(event["id"], event["sequence"]) for event in source.events([row])] == [
        ("7-created", "0"),
        ("7-queued", "1"),
    ]


def test_the_page_describes_every_source() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [source.name for source in SOURCES if f"(`{source.name}`)" not in page] == []
