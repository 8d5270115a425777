"""What surveys and help desks really send, from bytes in to rows out: scales of all kinds, alike names, times.

It is 09:00 on 10 March 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.drive import Flow

QUICK: dict[str, Any] = {
    "windows": {"rolling": "1h", "today": False},
    "group_by": {"names": "all,team"},
}
LONG = "Second line support for the regions of Northern and Eastern Europe, "


@pytest.fixture
def flow() -> Iterator[Flow]:
    with Flow(**QUICK) as running:
        yield running


def answers(flow: Flow, scores: list[float], low: float | None = None, high: float | None = None) -> Flow:
    """One answered CSAT survey for each of ``scores``."""
    for number, score in enumerate(scores):
        scale: dict[str, Any] = {"scale_min": low, "scale_max": high}
        flow.tell(f"T{number}", "survey.answered", -60, survey_id=f"q{number}", kind="csat", score=score, **scale)
    return flow.settle()


def parts(flow: Flow, definition: str) -> tuple[int, int]:
    row = flow.row("csat", "1h", definition)
    return row["numerator"], row["denominator"]


@pytest.mark.parametrize(
    ("scores", "low", "high", "top", "good"),
    [
        ([7, 8, 9, 10], 1, 10, (3, 4), (3, 3)),
        ([3, 3, 2, 1], 1, 3, (2, 4), (2, 3)),
        ([95, 100, 60, 20], 0, 100, (2, 4), (2, 3)),
        ([1, 0, 1, 1], 0, 1, (3, 4), (3, 4)),
        ([4.5, 4, 3.5, 1], 1, 5, (2, 4), (2, 3)),
        ([5, 4, 3], None, None, (2, 3), (2, 2)),
        ([1, 2, 6, 7], 1, 7, (2, 4), (2, 4)),
        ([-1, 1, 0, -0.0], -1, 1, (1, 4), (1, 2)),
    ],
)
def test_the_top_boxes_follow_the_scale(
    flow: Flow, scores: list[float], low: float, high: float, top: tuple[int, int], good: tuple[int, int]
) -> None:
    answers(flow, scores, low, high)
    assert (parts(flow, "csat_top_two_box@2"), parts(flow, "csat_good_bad@2")) == (top, good)
    assert flow.letters() == []


def test_answers_that_are_no_scale_are_dead_letters_and_the_next_one_counts(flow: Flow) -> None:
    for score in (103, 102, 101, 100, -101, -102, -103):
        answers(flow, [score], -103, 103)
    answers(flow, [1e308], -1.7e308, 1.7e308)
    answers(flow, [2], 5, 1)
    answers(flow, [2], 2, 2)
    assert flow.row_if_any("csat", "1h", "csat_top") is None
    assert {reason for reason, _ in flow.letters()} == {"invalid_value"}
    assert len(flow.letters()) == 10
    answers(flow, [6], 1, 5)
    assert flow.letters()[-1][0] == "score_out_of_scale"
    assert flow.tally() == {"dead_letters/invalid_value": 10, "dead_letters/score_out_of_scale": 1}
    assert parts(answers(flow, [4], 1, 5), "csat_top") == (1, 1)


def test_the_latest_answer_counts_on_its_own_scale(flow: Flow) -> None:
    flow.tell("T", "survey.answered", -120, survey_id="q", kind="csat", score=1, scale_min=0, scale_max=1)
    flow.tell("T", "survey.answered", -60, survey_id="q", kind="csat", score=2).settle()
    assert parts(flow, "csat_top") == (0, 1)
    assert flow.count("csat", "1h", "csat_mean") == 1


def teams(flow: Flow, *names: str) -> dict[str, int]:
    """Open tickets by label, of one ticket for each of ``names``."""
    for number, name in enumerate(names):
        flow.tell(f"T{number}", "ticket.created", -60, channel="email", team=name)
    rows = flow.settle().rows().values()
    return {
        row["segment"]["team"]: row["value"] for row in rows if row["metric"] == "open_tickets" and row["by"] == "team"
    }


@pytest.mark.parametrize(
    "names",
    [
        ("billing@acme.example", "sales@acme.example", "Sales@acme.example"),
        (LONG + "A", LONG + "B", LONG.upper() + "A"),
        (LONG * 100 + "A", LONG * 100 + "B"),
        ("Sales", "sales"),
        ("billing@acme.example", LONG + "billing@acme.example"),
    ],
)
def test_names_that_differ_are_groups_of_their_own(flow: Flow, names: tuple[str, ...]) -> None:
    found = teams(flow, *names)
    assert list(found.values()) == [1] * len(names)
    assert all(len(label) <= 64 and "@" not in label for label in found)


@pytest.mark.parametrize(
    "names",
    [
        ("\u00c9quipe", "E\u0301quipe", " \u00c9quipe\u200b "),
        (f"{LONG}\u00c9", f"{LONG}E\u0301", f" {LONG.replace(' ', '  ')}\u00c9\u200f"),
        ("\u00e9quipe@acme.example", "e\u0301quipe@acme.example\n"),
    ],
)
def test_spellings_of_one_name_are_one_group(flow: Flow, names: tuple[str, ...]) -> None:
    assert list(teams(flow, *names).values()) == [len(names)]


def test_shortened_names_are_counted_once_however_often_the_state_is_loaded(flow: Flow) -> None:
    teams(flow, LONG + "A", "sales@acme.example", "billing")
    flow.restart()
    flow.tell("U", "ticket.queued", -50, team="sales@acme.example").tell("V", "ticket.updated", -50, priority="a@b")
    flow.settle().restart()
    assert flow.tally() == {"events": 5, "labels_shortened/cut": 1, "labels_shortened/redacted": 3}


def test_a_second_60_counts_where_a_leap_second_was() -> None:
    with Flow("2017-01-01T00:30:00Z", **QUICK) as flow:
        flow.tell("T", "ticket.created", "2016-12-31T23:59:60Z", channel="email")
        flow.tell("U", "ticket.created", "2016-12-30T23:59:60Z", channel="email").settle()
        assert flow.tally() == {"events": 1, "dead_letters/invalid_time": 1}


def test_ids_that_are_addresses_count_once_and_stay_nowhere(flow: Flow) -> None:
    for number in (1, 2, 2, 1):
        identity = f"<anna.{number}@acme.example>"
        flow.tell("T", "ticket.message", -60 + number, identity=identity, author="agent", public=True)
    flow.tell("anna@acme.example", "ticket.created", -60, identity="otto@acme.example", channel="a@acme.example")
    flow.settle().restart()
    assert flow.tally() == {"events": 2, "duplicates": 2, "dead_letters/invalid_value": 1}
    kept = [
        (topic, record)
        for (topic, _), records in flow.logs.records.items()
        if topic not in {flow.names["tickets"], flow.names["dead_letter"]}
        for record in records
    ]
    assert len(kept) > 3
    assert not [topic for topic, record in kept if b"acme.example" in (record.key or b"") + (record.value or b"")]
