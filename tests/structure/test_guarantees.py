"""Each promise in docs/guarantees.md names a test, and each test that a document names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.attacks.every import ALL

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(?:tests/)?((?:\w+/)*test_\w+\.py)(?:::(\w+?)(_?\.\.\.)?)?`")


def missing(text: str) -> list[str]:
    """Tests that are named and are not there. In running text a file may be named without its folder."""
    lacking = []
    for path, function, rest in NAMED.findall(text):
        files = [ROOT / "tests" / path] if "/" in path else [*(ROOT / "tests").rglob(path)]
        found = [file for file in files if file.exists()]
        if function and found:
            whole = re.compile(rf"def {function}{'' if rest else '[(]'}")
            found = [file for file in found if whole.search(file.read_text(encoding="utf-8"))]
        if not found:
            lacking.append(f"{path}::{function}{rest}" if function else path)
    return lacking


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_test_that_is_named_is_there(document: Path) -> None:
    assert missing(document.read_text(encoding="utf-8")) == []


def test_a_test_that_is_not_there_is_found() -> None:
    assert len(NAMED.findall(TEXT)) > 80
    kill = "faults/test_kill.py"
    assert missing(f"`{kill}`, `test_kill.py`, `tests/{kill}::test_killed_in_mid_stream_...`") == []
    assert missing(f"`{kill}::test_killed`, `{kill}::test_nothing_...`") == [
        f"{kill}::test_killed",
        f"{kill}::test_nothing_...",
    ]
    assert missing("`faults/test_nothing.py`, `test_nothing.py`") == ["faults/test_nothing.py", "test_nothing.py"]


def rows(text: str) -> list[str]:
    """Rows of tables, without their heads."""
    return [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| Promise", "| ---"))]


def test_every_promise_names_a_test() -> None:
    promises, _, rest = TEXT.partition("## Whatever is sent")
    attacks = rest.partition("## Under these settings")[0]
    assert len(rows(promises)) > 25
    assert [row for row in rows(promises) if "test_" not in row and not row.endswith("| the same |")] == []
    named = {name for row in rows(attacks) for name in re.findall(r"`([a-z-]+)`", row.rpartition(" | ")[2])}
    assert [row for row in rows(attacks) if not re.search(r"`[a-z-]+`", row)] == []
    assert named - ALL.keys() == set()


def test_every_chapter_of_bounds_names_its_tests() -> None:
    chapters = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    with_tables = {chapter.splitlines()[0]: chapter for chapter in chapters if rows(chapter)}
    assert {title for title, chapter in with_tables.items() if "test_" not in chapter} == set()
    assert {"HTTP clients", "What Kafka hands over, and its bounds", "Bounds"} <= with_tables.keys()
