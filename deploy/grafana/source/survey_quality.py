"""Survey quality: what the customers say, by three definitions, and how much there is to it."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries

from deploy.grafana.source import survey_queries
from deploy.grafana.source.boards import Board
from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.indicator_panels import columns_of, full_tile, indicator_links
from deploy.grafana.source.indicators import CSAT
from deploy.grafana.source.layout import Shelf
from deploy.grafana.source.links import (
    CHOSEN_GROUP,
    DAY_MINUTES,
    ROW_CHANNEL,
    ROW_TEAM,
    SERIES_TEAM,
    Link,
    facts,
)
from deploy.grafana.source.panels import Column, bars, figures, grid, lines
from deploy.grafana.source.promql import CHOSEN, EVERY_CHANNEL, EVERY_TEAM
from deploy.grafana.source.queries import benchmark_distance, benchmark_line, target_line
from deploy.grafana.source.targets import usual_target
from deploy.grafana.source.variables import datasource, group_choice, targets, urls, window_days

_LINKS: Final = indicator_links(CSAT, CHOSEN_GROUP, DAY_MINUTES)


def _frame(title: str, description: str, unit: str, links: tuple[Link, ...] = _LINKS) -> Frame:
    return Frame(title=title, description=description, unit=unit, no_data="No answers", links=links)


def _other_definitions() -> stat.Panel:
    frame = _frame(
        "Other definitions",
        "From the same answers: good of good and bad (neutral ones left out), and the mean on a scale of 1 to 5.",
        "percentunit",
    )
    return figures(
        frame,
        [
            Query(survey_queries.good_of_good_and_bad(CHOSEN), "good of good and bad"),
            Query(survey_queries.mean_score(CHOSEN), "mean, 1 to 5", unit="none"),
        ],
    )


def _answers() -> bargauge.Panel:
    frame = _frame(
        "Answers",
        "Answers of the window: good are the best points of the scale, bad those below its middle.",
        "short",
    )
    return bars(
        frame,
        [
            Query(survey_queries.good_answers(CHOSEN), "good"),
            Query(survey_queries.neutral_answers(CHOSEN), "neutral"),
            Query(survey_queries.bad_answers(CHOSEN), "bad"),
        ],
    )


def _response() -> stat.Panel:
    resolved = facts("Tickets resolved", "full_resolution", CHOSEN_GROUP, DAY_MINUTES)
    frame = _frame(
        "Answers for each resolved ticket",
        "Answers of the window beside tickets resolved in it. Not a response rate: surveys sent are not counted, and "
        "an answer may come long after its ticket was resolved. Taken back: answers changed or moved to another group.",
        "percentunit",
        (*_LINKS, resolved),
    )
    return figures(
        frame,
        [
            Query(survey_queries.answers_per_resolved(CHOSEN), "answers for each ticket"),
            Query(survey_queries.answers_taken_back("1h"), "taken back, all groups, 1 h", unit="short"),
        ],
    )


def _confidence() -> timeseries.Panel:
    frame = _frame(
        "CSAT and how sure it is",
        "The share and the bounds it lies within at 95 %, given the number of answers (Wilson). Wide bounds: too few "
        "answers to tell. The alert looks at 24 hours, whatever the window here.",
        "percentunit",
    )
    return lines(
        frame,
        [
            Query(survey_queries.top_two(CHOSEN), "CSAT"),
            Query(survey_queries.confidence_bound(-1, CHOSEN), "at least"),
            Query(survey_queries.confidence_bound(1, CHOSEN), "at most"),
            Query(survey_queries.alert_bound(CHOSEN), "alert looks below this"),
            Query(target_line(CSAT), "target", dashed=True),
            Query(benchmark_line(CSAT.headline), "{{benchmark}}", dashed=True),
        ],
    )


def _last_answers() -> timeseries.Panel:
    frame = _frame(
        "CSAT of the last answers",
        "The share of the newest answers (100, unless windows.last_answers says otherwise), however long ago these "
        "were given, beside that of the window. And how many there are.",
        "percentunit",
    )
    return lines(
        frame,
        [
            Query(survey_queries.of_last_answers(CHOSEN), "the last answers"),
            Query(survey_queries.top_two(CHOSEN), "in the window"),
            Query(survey_queries.last_answers(CHOSEN), "answers there are", unit="short"),
        ],
    )


def _benchmarks() -> stat.Panel:
    frame = Frame(
        title="CSAT against benchmarks",
        description="By how much CSAT is above what others reach (tables [benchmarks] of the settings), below 0 where "
        "it is less. Others ask other people other questions: it is a direction, no judgement.",
        unit="percentunit",
        no_data="No benchmark, or no answers",
        links=_LINKS,
    )
    return figures(frame, [Query(benchmark_distance(CSAT, CHOSEN), "{{benchmark}}")])


def _by_team() -> timeseries.Panel:
    links = indicator_links(CSAT, SERIES_TEAM, DAY_MINUTES)
    frame = _frame("CSAT by team", "Share of answers in the best points, each team apart.", "percentunit", links)
    return lines(frame, [Query(survey_queries.top_two(EVERY_TEAM, ["team"]), "{{team}}")])


def _table(title: str, label: str, group: str, group_url: str) -> table.Panel:
    links = indicator_links(CSAT, group_url, DAY_MINUTES)
    frame = _frame(
        title, "All three definitions, the answers they stand on, and the lower bound at 95 %.", "none", links
    )
    keep = (label,)
    columns = [
        Column("Answers", survey_queries.answers(group, keep), "short"),
        # The variable is about the group at the top, not about those of the table.
        *columns_of(CSAT, group, keep, usual_target(CSAT.headline)),
        Column("At least, at 95 %", survey_queries.confidence_bound(-1, group, keep), "percentunit"),
        Column("Good of good and bad", survey_queries.good_of_good_and_bad(group, keep), "percentunit"),
        Column("Mean, 1 to 5", survey_queries.mean_score(group, keep), "none"),
    ]
    return grid(frame, {label: label.capitalize()}, columns)


BOARD: Final = Board(
    name="survey-quality",
    title="Deskpulse: survey quality",
    description="CSAT by three definitions, its answers, and how sure it is.",
    span="24h",
    refresh="1m",
    variables=[datasource(), *group_choice(), window_days(), *targets([CSAT], CHOSEN), *urls()],
    shelves=[
        Shelf(6, [full_tile(CSAT, CHOSEN, _LINKS), _other_definitions(), _answers(), _response()]),
        Shelf(9, [_confidence(), _by_team(), _last_answers(), _benchmarks()]),
        Shelf(
            7,
            [_table("Teams", "team", EVERY_TEAM, ROW_TEAM), _table("Channels", "channel", EVERY_CHANNEL, ROW_CHANNEL)],
        ),
    ],
)
