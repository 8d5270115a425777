"""Who answers of those who were asked: how well surveys that were answered stand for all that were sent.

The same distance as `survey_sampling`, of surveys in place of tickets: half the sum over segments of the difference of
the shares of surveys answered and of surveys sent there, with what chance alone would make of it. Beside that one it
tells which of two is uneven: near 0 here and far there, it is who is asked; far in both, who answers.

Each survey counts when it was sent, with whether it was answered by now. Its gauges are off, as those of the other.

>>> from stream.domain.cells import Cell
>>> from stream.domain.rows import make_row
>>> cells = {SENT.name: Cell(100, 0, {0: 50, 1: 50}), ANSWERED.name: Cell(10, 0, {0: 8, 1: 2})}
>>> row = make_row(METRIC.rows[0], "all", "", "30d", None, cells)
>>> row["value"], row["by_chance"], row["count"], row["population"]
(0.3, 0.1167, 10, 100)
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.rowspec import RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.spec import Metric
from stream.metrics.survey_response import ANSWERED, SENT


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book nothing: `survey_response` books what was sent, and whether it was answered."""


METRIC = Metric(
    name="survey_nonresponse",
    measures=(),
    rows=(
        RowSpec(
            metric="survey_nonresponse_distance",
            definition="answered_against_sent",
            version=1,
            kind="distance",
            help="How far surveys answered are from those sent, by how they are spread over segments",
            formula="1/2 * sum over segments |share of surveys answered - share of surveys sent|",
            booked="at the sending",
            gauge="survey_nonresponse_distance",
            numerator=(ANSWERED,),
            denominator=(SENT,),
            export=None,
            is_decided_late=True,
        ),
    ),
    reads=(),
    knobs=(),
    facts=book,
    windows=("7d", "30d"),
)
