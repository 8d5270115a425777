from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from stream.replay.table import metrics_table, shown_rows, span_text, tally_table, value_text

QUANTILES = {"p50": 60.0, "p90": 3600.0, "p99": None}


def row(metric: str, definition: str, by: str = "all", window: str = "total", **fields: Any) -> dict[str, Any]:
    segment = {} if by == "all" else {by: fields.pop("name")}
    base = {"metric": metric, "definition": definition, "by": by, "segment": segment, "window": window, "count": 2}
    return {**base, **fields}


def text(table: Table) -> str:
    console = Console(width=160)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 0 min"),
        (86_369.0, "23 h 59 min"),
        (86_399.0, "1 d 0 h"),
        (10 * 86_400.0, "10 d 0 h"),
    ],
)
def test_spans_roll_over_at_the_right_moment(seconds: float, shown: str) -> None:
    assert span_text(seconds) == shown


def test_each_kind_of_row_has_its_value() -> None:
    assert value_text(row("csat", "csat_top_two_box@2", numerator=1, denominator=3, value=1 / 3)) == "33.33 %"
    assert value_text(row("csat", "csat_top_two_box@2", numerator=0, denominator=0, value=None)) == "-"
    assert value_text(row("csat", "csat_mean@1", sum=7.0, mean=3.5)) == "3.500"
    assert value_text(row("csat", "csat_mean@1", sum=0.0, mean=None)) == "-"
    assert value_text(row("first_response_time", "first_human_reply@2", mean=None, quantiles=QUANTILES)) == "-"
    assert value_text(row("contacts_offered", "queue_visits@2", value=12_345)) == "12,345"


def test_only_total_and_now_of_the_wanted_group_in_the_order_of_the_registry() -> None:
    rows = [
        row("open_tickets", "created_not_solved@1", window="now", value=1),
        row("first_response_time", "first_human_reply@2", window="1h", mean=1.0, quantiles=QUANTILES),
        row("first_response_time", "first_human_reply@2", mean=1.0, quantiles=QUANTILES),
        row("open_tickets", "created_not_solved@1", by="team", window="now", value=1, name="a"),
    ]
    assert [(shown["metric"], shown["window"]) for shown in shown_rows(rows, "all")] == [
        ("first_response_time", "total"),
        ("open_tickets", "now"),
    ]


def test_a_segment_is_told_once() -> None:
    rows = [
        row("contacts_offered", "queue_visits@2", by="team", value=3, name="billing"),
        row("contacts_left_queue", "left_otherwise@2", by="team", value=2, name="billing"),
        row("contacts_offered", "queue_visits@2", by="team", value=1, name=""),
    ]
    shown = text(metrics_table(shown_rows(rows, "team"), "team"))
    assert shown.count("billing") == 1
    assert "(none)" in shown


def test_the_tally_names_every_reason() -> None:
    tally = {"events": 1000, "duplicates": 2, "dead_letters/not_json": 3, "dead_letters/too_large": 4}
    lines = [line.split() for line in text(tally_table(1009, tally)).splitlines() if line.strip()]
    assert ["sent", "1,009"] in lines
    assert ["dead", "letters", "7"] in lines
    assert ["not_json", "3"] in lines
    assert ["of", "unknown", "type,", "skipped", "0"] in lines
