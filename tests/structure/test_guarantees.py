"""Each promise in docs/guarantees.md names a test, and each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`((?:\w+/)*test_\w+\.py)(?:::(\w+?)(_?\.\.\.)?)?`", TEXT)
    assert len(named) > 40
    missing = [path for path, _, _ in named if not (ROOT / "tests" / path).exists() and "/" in path]
    assert missing == []
    functions = [(path, function) for path, function, _ in named if function]
    assert functions
    wrong = [
        f"{path}::{function}"
        for path, function in functions
        if f"def {function}" not in (ROOT / "tests" / path).read_text(encoding="utf-8")
    ]
    assert wrong == []


def rows(text: str) -> list[str]:
    """Rows of tables, without their heads."""
    return [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| Promise", "| ---"))]


def test_every_promise_names_a_test() -> None:
    promises, _, rest = TEXT.partition("## Whatever is sent")
    attacks = rest.partition("## Under these settings")[0]
    assert len(rows(promises)) > 25
    assert [row for row in rows(promises) if "test_" not in row and not row.endswith("| the same |")] == []
    assert [row for row in rows(attacks) if "`" not in row] == []
