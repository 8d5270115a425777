"""METRICS.md is what the registry says, and the registry says what the metrics do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stream.domain.calendars.schedule import Calendar, Schedule, parse_hours
from stream.domain.sla import SlaPolicy
from stream.metrics import BUILT_IN, MEASURES, METRICS, ROWS
from stream.metrics.reference import reference
from stream.metrics.series import additive_series, gauges_of, row_families
from tests.domain.stories import Story
from tests.golden.desk import TICKETS

PROMISES = SlaPolicy("all", (10_000_000, 10_000_000, 60_000_000))
ALWAYS = Calendar("default", "UTC", (Schedule(((parse_hours("00:00-24:00"),),) * 7),))
OTHERS = (
    Story(short_abandon_seconds=5).queued(0).abandoned(1),
    Story().queued(0).answered(1).answered(60),
    Story().created(0, by_agent=True).message(60),
    Story().created(0).updated(60, assigned=True),
    Story(sla=(PROMISES,)).created(0).message(1).message(2, "customer"),
    Story().queued(0).answered(1).ended(9),
    Story().created(0).message(1, "customer", sentiment=-1).message(2).message(3, "customer", sentiment=1).message(9),
    Story().created(0).status(9, "solved").status(10, "open").status(11, "solved"),
    Story(calendars=(ALWAYS,)).created(0).message(1).message(2, "customer").message(3).status(4, "solved"),
    Story(calendars=(ALWAYS,)).queued(0).answered(1),
    Story().survey_sent(0).survey(1, 9, "r", low=0, high=10, kind="nps").survey(1, 7, "s", high=7, kind="ces"),
)
"""What does not happen at the golden desk."""
METRICS_MD = Path(__file__).parents[2] / "METRICS.md"


@pytest.mark.pure
def test_the_page_is_current() -> None:
    current = METRICS_MD.read_text(encoding="utf-8")
    assert current == reference(BUILT_IN), "run: python -m stream.metrics.reference > METRICS.md"


def test_every_definition_series_and_measure_is_on_it() -> None:
    text = reference(BUILT_IN)
    for spec in ROWS:
        assert f"`{spec.definition_id}`" in text
        assert spec.formula in text
        assert all(series.name in text for series in gauges_of(spec))
    for measure in MEASURES.values():
        series = additive_series(measure)
        assert series is None or series.name in text


def test_each_metric_says_what_it_reads_depends_on_and_is_shown_in_and_each_row_how_stable_it_is() -> None:
    text = reference(BUILT_IN)
    assert len(re.findall(r"^Readers: .+\. Knobs: .+\. Windows: .+\.$", text, re.MULTILINE)) == len(METRICS)
    assert len(re.findall(r"^Exported: .+\. Stability: .+\.$", text, re.MULTILINE)) == len(ROWS)
    section = text.partition("\n## backlog\n")[2].partition("\n## ")[0]
    knobs = "`longest_wait_hours`, `clock_skew_seconds`, `ended_while_waiting`"
    assert f"Readers: `statuses`, `queue`. Knobs: {knobs}." in section
    assert "Windows: `now`." in section
    assert "Stability: as of now." in section
    promises = text.partition("`promises_of_decided@1`\n\n")[2].partition("\n### ")[0]
    assert "Stability: moves by the clock" in promises


def test_declared_facts_are_those_that_are_booked() -> None:
    booked = {
        re.sub(r"/\d+$", "/<n>", re.sub(r"^(csat|nps|ces|survey_\w+)/.*", r"\1/<survey_id>", key))
        for story in (*TICKETS.values(), *OTHERS)
        for key, fact in story.facts.items()
        if not fact.level
    }
    assert booked == {key for metric in METRICS for key in metric.fact_values}


def test_no_series_has_two_meanings() -> None:
    gauges = row_families(ROWS)
    additive = [series for measure in MEASURES.values() if (series := additive_series(measure)) is not None]
    # OpenMetrics names a counter without its suffix, so that is the name that must be free.
    families = [*gauges, *(series.name.removesuffix("_total") for series in additive)]
    assert len(families) == len(set(families))
