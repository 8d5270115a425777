"""What the collector looks at costs time in every worker: what is there many times for each ticket is left out."""

from __future__ import annotations

import re
from pathlib import Path

READERS = Path(__file__).parents[2] / "stream" / "domain" / "readers"
LEFT_OUT = "@mypyc_attr(acyclic=True)"


def test_the_collector_looks_at_no_reader() -> None:
    lacking = [
        file.name
        for file in sorted(READERS.glob("*.py"))
        for line in re.findall(r"^(.*)\nclass ", file.read_text(), re.MULTILINE)
        if line != LEFT_OUT
    ]
    assert not lacking, f"{lacking}: a class without {LEFT_OUT}, see CONTRIBUTING.md"
