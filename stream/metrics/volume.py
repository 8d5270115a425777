"""How much comes and goes: the counts of a day that stand beside the headlines, each read off a row that is published.

One more is a record here and its text ``volume.<name>`` in ``stream/wallboard/texts``.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from stream.domain.row_numbers import NumberField
from stream.domain.rowspec import RowSpec
from stream.metrics import abandonment, resolution, resolution_rate, survey_response
from stream.metrics.headlines import row_of


class DayCount(Struct, frozen=True):
    """``field`` of ``row`` is how many there were in a window. ``pages``: of the wallboard, that show it."""

    name: str
    row: RowSpec
    field: NumberField
    pages: tuple[str, ...] = ("overview", "team", "teams")


DAY_COUNTS: Final = (
    DayCount("created", row_of(resolution_rate.METRIC, "created"), "value"),
    DayCount("resolved", row_of(resolution.METRIC, "created_to_last_solved"), "count"),
    DayCount("offered", row_of(abandonment.METRIC, "queue_visits"), "value"),
    DayCount("answered", row_of(abandonment.METRIC, "wait_of_answered"), "count"),
    DayCount("abandoned", row_of(abandonment.METRIC, "abandoned_of_answered_and_abandoned"), "numerator"),
    DayCount("surveys_sent", row_of(survey_response.METRIC, "answered_of_sent"), "denominator", ("satisfaction",)),
)
"""In the order of the wallboard."""
