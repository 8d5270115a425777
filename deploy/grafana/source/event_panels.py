"""Panels about the events on their way: how many, how far behind, what was wrong with them, what they mean."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import stat, table, timeseries

from deploy.grafana.source import pipeline_queries as queries
from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.judgement import LIMIT_WORDS
from deploy.grafana.source.links import Link, readiness, runbooks
from deploy.grafana.source.panels import SPIKE_WORDS, Column, grid, lines, tile

_NOBODY: Final = "No worker exports numbers"
_LAG: Final = (*runbooks(["ConsumerLag"]), readiness())
_DEAD_LETTERS: Final = runbooks(["DeadLettersRising", "InternalErrors"])
_STALE: Final = (*runbooks(["MetricsStale"]), readiness())


def _frame(title: str, description: str, unit: str, links: tuple[Link, ...], no_data: str = _NOBODY) -> Frame:
    return Frame(title=title, description=description, unit=unit, no_data=no_data, links=links)


def lag_total() -> stat.Panel:
    """Events that wait to be counted."""
    frame = _frame("Lag", "Events in the source topics that are not counted yet, all partitions.", "short", _LAG)
    return tile(frame, queries.judged_limit(queries.LAG, "lag_limit"), LIMIT_WORDS)


def dead_letters_total() -> stat.Panel:
    """Dead letters of a quarter of an hour."""
    frame = _frame(
        "Dead letters, 15 min",
        "Events that could not be used in the last 15 minutes. The alert also wants them to be over 1 % of all.",
        "short",
        _DEAD_LETTERS,
    )
    return tile(frame, queries.judged_limit(queries.DEAD_LETTERS, "dead_letters_limit"), LIMIT_WORDS)


def ages() -> timeseries.Panel:
    """How old the numbers are, over time."""
    frame = _frame("Age of numbers and events", "Both stay within seconds of now while all is well.", "s", _STALE)
    return lines(
        frame,
        [
            Query(queries.VIEW_AGE, "numbers"),
            Query(queries.WATERMARK_AGE, "events counted up to"),
            Query("vector($view_age_limit)", "limit of numbers", dashed=True),
            Query("vector($watermark_age_limit)", "limit of events", dashed=True),
        ],
    )


def events_per_second() -> timeseries.Panel:
    """Events counted, rows published."""
    links = (*_LAG, *_DEAD_LETTERS)
    frame = _frame(
        "Events and rows a second", "Events counted, and metric rows published because of them.", "cps", links
    )
    return lines(frame, [Query(queries.EVENTS_PER_SECOND, "events"), Query(queries.ROWS_PER_SECOND, "rows")])


def lag_by_partition() -> timeseries.Panel:
    """Events that wait, partition by partition."""
    frame = _frame("Lag by partition", "One partition alone: a hot key, or a worker that is stuck.", "short", _LAG)
    return lines(frame, [Query(queries.LAG_BY_PARTITION, "partition {{partition}}")], stacked=True)


def dead_letters() -> timeseries.Panel:
    """Dead letters by reason."""
    frame = _frame(
        "Dead letters by reason, 15 min",
        "Why events could not be used; the original bytes are in the dead-letter topic.",
        "short",
        _DEAD_LETTERS,
    )
    return lines(frame, [Query(queries.DEAD_LETTERS_BY_REASON, "{{reason}}")], stacked=True)


def odd_events() -> timeseries.Panel:
    """What was noticed about events that were counted, or had been."""
    frame = _frame(
        "Noticed about events, 5 min",
        "Late events are counted where they belong; duplicates once; a gap means that a topic lost events.",
        "short",
        _DEAD_LETTERS,
    )
    return lines(frame, [Query(expr, name) for name, expr in queries.odd_events().items()])


def taken_back() -> timeseries.Panel:
    """Facts that a later event changed."""
    frame = _frame(
        "Facts taken back a second",
        "A ticket was reopened, an answer changed, a survey came before its ticket. Windows follow, counters do not.",
        "cps",
        (readiness(),),
    )
    return lines(frame, [Query(queries.facts_taken_back(), "{{measure}}")])


def spikes() -> table.Panel:
    """State of the test for spikes, group by group."""
    frame = _frame(
        "Abandonment spikes",
        "Every group that has enough contacts to be judged. Observed: the last half hour, or since the spike began.",
        "percentunit",
        runbooks(["AbandonmentSpike"]),
        "Too few contacts to judge any group",
    )
    columns = [
        Column("State", queries.spikes("severity"), "none", SPIKE_WORDS),
        Column("Observed", queries.spikes("observed_ratio"), "percentunit"),
        Column("Expected", queries.spikes("expected_ratio"), "percentunit"),
    ]
    return grid(frame, {"by": "Group by", "channel": "Channel", "team": "Team"}, columns)


def definitions() -> table.Panel:
    """What each metric means."""
    frame = _frame(
        "Definitions in use", "Definition and formula of every metric that is exported.", "none", (readiness(),)
    )
    labels = {"metric": "Metric", "definition": "Definition", "kind": "Kind", "formula": "Formula"}
    return grid(frame, labels, [Column("Value", queries.DEFINITIONS, "none")], hide=["Value"])
