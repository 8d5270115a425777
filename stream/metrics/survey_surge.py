"""Surveys sent in one day against the usual day: whether somebody asks everybody at once, or nobody any more.

The surveys of the last 24 hours, divided by those of the usual day: the median of the days before them in the window
(6 of `7d`, 29 of `30d`). 1 is a day like the others, 5 is five times as many, 0 is none. Answers come in for days
after a wave of surveys, so shares of answers move with it, and response rates fall first.

A day is 24 hours that end with the window, not a date: a date is not over until midnight, and less than half of the
usual by noon on every day. The median, not the mean: one wave must not make the next one look usual, nor five working
days a weekend. So where surveys go out on fewer than half of the days the usual day has none, and there is no number;
``latest`` says how many there were. Days before the first in the window with any are left out (``days`` says how many
count), so that who began last week is compared with last week.

Windows of days end with an hour, so a survey leaves the last day by the hour. Booked at the sending; one that is told
late counts in its own day. Its gauges are off, as few send so many surveys; `export.definitions` turns them on.

>>> from stream.domain.cells import Cell
>>> from stream.domain.rows import make_row
>>> hours = {hour: 12 for hour in range(0, 144, 24)} | {150: 60}
>>> cells = {BY_HOUR.name: Cell(132, 0, hours)}
>>> row = make_row(METRIC.rows[0], "all", "", "7d", (0, 168 * 3600), cells)
>>> row["value"], row["latest"], row["usual"], row["days"]
(5.0, 60, 12.0, 6)
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric
from stream.metrics.survey_response import BY_HOUR


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book nothing: `survey_response` books when each was sent."""


METRIC = Metric(
    name="survey_surge",
    measures=(),
    rows=(
        RowSpec(
            metric="surveys_sent_against_usual",
            definition="last_day_of_median_day",
            version=1,
            kind="surge",
            help="Surveys sent in the last 24 hours against the usual day",
            formula="surveys sent in the last 24 hours / median of those of the days before",
            booked="at the sending",
            gauge="surveys_sent_of_usual",
            measure=BY_HOUR,
            export=None,
        ),
    ),
    reads=(),
    knobs=(),
    facts=book,
    windows=("7d", "30d"),
)
