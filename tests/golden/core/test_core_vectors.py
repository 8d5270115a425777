"""The core gives the rows that the golden files say, to the last byte."""

from __future__ import annotations

import msgspec
import pytest

from stream.domain import events
from stream.domain.statement_events import TakenBack
from tests.golden.core.vectors import ROWS, names, rows_of, steps


@pytest.mark.parametrize("name", names())
def test_the_core_gives_the_rows_of_the_golden_file(name: str) -> None:
    assert rows_of(name) == (ROWS / f"{name}.jsonl").read_text(encoding="utf-8"), (
        "if that is meant: python -m tests.golden.core, and look at the difference"
    )


def test_no_golden_file_is_left_over() -> None:
    assert sorted(path.stem for path in ROWS.glob("*.jsonl")) == names()


def test_every_kind_of_event_is_in_some_case() -> None:
    tags = {kind.__struct_config__.tag for kind in vars(events).values() if _is_event(kind)}
    seen = set()
    for name in names():
        for line in rows_of(name).splitlines():
            row = msgspec.json.decode(line)
            if str(row.get("changelog", "")).startswith("t|") and row["row"] is not None:
                seen |= {event[0] for event in row["row"][3]}
    # What takes another out of a log is never in one.
    assert seen == tags - {TakenBack.__struct_config__.tag}


def test_every_line_of_a_case_is_an_event_or_a_step() -> None:
    for name in names():
        for line in steps(name):
            assert msgspec.json.decode(line).keys() & {"type", "commit", "restart", "settings"}


def _is_event(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct
