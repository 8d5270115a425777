"""Rows: the published form of a number, one rule per test."""

from __future__ import annotations

import gc
import sys
from itertools import product

import pytest

from stream.domain.cells import Cell
from stream.domain.histogram import bin_of
from stream.domain.rows import Block, Rows, make_number, make_row, row_key
from stream.domain.segments import THREE, segment_of
from stream.metrics import ROWS
from tests.domain.stories import US

SPECS = {row.definition: row for row in ROWS}
WAIT, ABANDONMENT = SPECS["wait_of_answered"], SPECS["abandoned_of_answered_and_abandoned"]
MEAN, OFFERED, WAITING = SPECS["csat_mean"], SPECS["queue_visits"], SPECS["queued_not_left"]
GROUP = THREE.rolled_up(segment_of("phone", "a", ""), "channel_team")


def test_a_row_says_what_it_is() -> None:
    row = make_row(OFFERED, "channel_team", GROUP, "5m", (0, 300), {"offered": Cell(2)})
    assert row == {
        "metric": "contacts_offered",
        "definition": "queue_visits@2",
        "by": "channel_team",
        "segment": {"channel": "phone", "team": "a"},
        "window": "5m",
        "window_start": "1970-01-01T00:00:00Z",
        "window_end": "1970-01-01T00:05:00Z",
        "count": 2,
        "value": 2,
    }


def test_a_duration_has_sum_mean_and_quantiles_in_seconds() -> None:
    spans = [10 * US, 20 * US, 60 * US]
    cell = Cell(3, sum(spans), {bin_of(span): 1 for span in spans})
    row = make_row(WAIT, "all", "", "5m", (0, 300), {"answered": cell})
    assert (row["count"], row["sum"], row["mean"]) == (3, 90.0, 30.0)
    assert row["quantiles"]["p50"] == pytest.approx(20, rel=0.01)
    # The rank is floor(0.99 * 2) = 1: of three samples p99 is the middle one.
    assert row["quantiles"]["p99"] == row["quantiles"]["p50"]


def test_a_duration_of_nothing_has_a_count_and_no_values() -> None:
    row = make_row(WAIT, "all", "", "5m", (0, 300), {})
    assert (row["count"], row["sum"], row["mean"]) == (0, 0.0, None)
    assert row["quantiles"] == {"p50": None, "p90": None, "p99": None}


def test_a_ratio_is_given_with_its_numerator_and_denominator() -> None:
    row = make_row(ABANDONMENT, "all", "", "5m", (0, 300), {"answered": Cell(3), "abandoned": Cell(1)})
    assert (row["numerator"], row["denominator"], row["count"], row["value"]) == (1, 4, 4, 0.25)


def test_a_ratio_of_nothing_is_no_value() -> None:
    row = make_row(ABANDONMENT, "all", "", "5m", (0, 300), {})
    assert (row["numerator"], row["denominator"], row["value"]) == (0, 0, None)


def test_a_ratio_of_none_of_some_is_zero() -> None:
    assert make_row(ABANDONMENT, "all", "", "5m", (0, 300), {"answered": Cell(3)})["value"] == 0.0


def test_a_mean_score_is_on_a_scale_of_one_to_five() -> None:
    # Answers of 5 and 2 on 1..5 are 1 and a quarter of the scale.
    row = make_row(MEAN, "all", "", "5m", (0, 300), {"csat_score": Cell(2, 1_250_000)})
    assert (row["count"], row["sum"], row["mean"]) == (2, 7.0, 3.5)


def test_a_mean_of_nothing_is_no_value() -> None:
    assert make_row(MEAN, "all", "", "5m", (0, 300), {})["mean"] is None


def test_a_level_says_since_when_the_oldest_holds() -> None:
    row = make_row(WAITING, "all", "", "now", None, {"waiting": Cell(2, 90 * US)})
    assert (row["value"], row["oldest"], row["window_start"]) == (2, "1970-01-01T00:01:30Z", None)


def test_a_level_of_nobody_has_no_oldest() -> None:
    row = make_row(WAITING, "all", "", "now", None, {})
    assert (row["value"], row["oldest"]) == (0, None)


def test_a_key_names_metric_definition_group_and_window() -> None:
    assert row_key(WAIT, "channel_team", GROUP, "5m") == "speed_of_answer|wait_of_answered@2|channel_team|phone/a|5m"
    assert row_key(WAIT, "all", "", "5m") == "speed_of_answer|wait_of_answered@2|all||5m"


def test_no_two_groups_share_a_key() -> None:
    labels = ["", "a", "/", "a/", "/a", "|", "%2F", "%"]
    groups = {
        THREE.rolled_up(segment_of(channel, team, ""), "channel_team") for channel, team in product(labels, labels)
    }
    assert len({row_key(WAIT, "channel_team", group, "5m") for group in groups}) == len(labels) ** 2


def test_what_is_kept_of_rows_is_no_work_for_the_collector() -> None:
    number = make_number(WAIT, (0, 300), {"answered": Cell(1, US, {3: 1})})
    block = Block("channel_team", GROUP, "5m", {WAIT.name: number})
    assert [gc.is_tracked(one) for one in (number, number.percentiles, block)] == [False] * 3
    # From Python 3.14 on there is no dict that the collector does not look at.
    assert gc.is_tracked(block.numbers) is (sys.version_info >= (3, 14))


def test_rows_are_found_by_their_key_whatever_stands_in_it() -> None:
    labels = ["", "a", "/", "a/", "|", "%2F", "%", "%7C"]
    for channel, team in product(labels, labels):
        group = THREE.rolled_up(segment_of(channel, team, ""), "channel_team")
        block = Block("channel_team", group, "5m", {OFFERED.name: make_number(OFFERED, (0, 300), {})})
        rows = Rows({block.address: block})
        assert rows[row_key(OFFERED, "channel_team", group, "5m")]["segment"] == {"channel": channel, "team": team}
        assert [*rows] == [row_key(OFFERED, "channel_team", group, "5m")]
        assert (len(rows), bool(rows)) == (1, True)
    for key in ("", "a|b", OFFERED.name + "|all||5m", "x|y|channel_team|%|5m"):
        assert key not in rows
