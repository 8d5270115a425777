"""``data`` of the support.survey.* events, with the scales of the three kinds of survey."""

from __future__ import annotations

from typing import Final

from stream.contract.shapes import Cleaning, Data, Identity, Refusal
from stream.domain import events
from stream.domain.events import Event, SurveyKind

NPS_SCALE: Final = (0.0, 10.0)
DEFAULT_SCALES: Final[dict[SurveyKind, tuple[float, float]]] = {
    "csat": (1.0, 5.0),
    "nps": NPS_SCALE,
    "ces": (1.0, 7.0),
}
WIDEST_SCALE: Final = 1000.0
"""Longest distance of a scale's ends; a longer one is a mistake, and sums of its scores would not stay numbers."""

RATING_CODES: Final = frozenset((-103.0, -102.0, -101.0, 100.0, 101.0, 102.0, 103.0))
"""What Freshdesk sends for its seven answers, from extremely unhappy to extremely happy: names, with no distances."""


class SurveyData(Data, frozen=True, gc=False):
    """support.survey.sent, and what all survey events say."""

    survey_id: str
    kind: SurveyKind

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `SurveySent`."""
        cleaning.check_personal_free("data.survey_id", self.survey_id)
        return events.SurveySent(time_us, sequence, uid, self.survey_id, self.kind)


class SurveyAnsweredData(SurveyData, frozen=True, gc=False, kw_only=True):
    """support.survey.answered"""

    score: float
    scale_min: float | None = None
    scale_max: float | None = None
    customer_id: Identity | None = None

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `SurveyAnswered` with its scale; a missing end of the scale is the default of the kind."""
        cleaning.check_personal_free("data.survey_id", self.survey_id)
        default_min, default_max = DEFAULT_SCALES[self.kind]
        low = default_min if self.scale_min is None else self.scale_min
        high = default_max if self.scale_max is None else self.scale_max
        if self.kind == "nps" and (low, high) != NPS_SCALE:
            raise Refusal("invalid_value", "data.scale_min and data.scale_max of nps can only be 0 and 10")
        # A scale within these ends, as nearly all are, can have none of the faults.
        if not -100.0 < low < high < 100.0:
            _check_scale(low, high)
        if not low <= self.score <= high:
            raise Refusal("score_out_of_scale", f"data.score ({self.score:g}) is outside its scale {low:g} to {high:g}")
        # -0.0 is another spelling of 0.0, and false as well.
        return events.SurveyAnswered(
            time_us,
            sequence,
            uid,
            self.survey_id,
            self.kind,
            self.score or 0.0,
            low or 0.0,
            high or 0.0,
            "" if self.customer_id is None else cleaning.customers.kept(self.customer_id),
        )


def _check_scale(low: float, high: float) -> None:
    if low >= high:
        raise Refusal("invalid_value", f"data.scale_min ({low:g}) is not below data.scale_max ({high:g})")
    if high - low > WIDEST_SCALE:
        raise Refusal(
            "invalid_value",
            f"data.scale_min ({low:g}) and data.scale_max ({high:g}) lie more than {WIDEST_SCALE:g} apart",
        )
    if low in RATING_CODES and high in RATING_CODES:
        raise Refusal(
            "invalid_value",
            f"data.scale_min ({low:g}) and data.scale_max ({high:g}) are codes of named answers, not a scale: "
            "number the answers 1, 2, 3, ... from worst to best",
        )


class SurveyDeclinedData(SurveyData, frozen=True, gc=False):
    """support.survey.declined"""

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `SurveyEnded`."""
        cleaning.check_personal_free("data.survey_id", self.survey_id)
        return events.SurveyEnded(time_us, sequence, uid, self.survey_id, self.kind, declined=True)


class SurveyExpiredData(SurveyData, frozen=True, gc=False):
    """support.survey.expired"""

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `SurveyEnded`."""
        cleaning.check_personal_free("data.survey_id", self.survey_id)
        return events.SurveyEnded(time_us, sequence, uid, self.survey_id, self.kind, declined=False)


class SurveyWithdrawnData(SurveyData, frozen=True, gc=False):
    """support.survey.withdrawn"""

    def event(self, time_us: int, sequence: str, uid: str, cleaning: Cleaning) -> Event:
        """A `SurveyWithdrawn`."""
        cleaning.check_personal_free("data.survey_id", self.survey_id)
        return events.SurveyWithdrawn(time_us, sequence, uid, self.survey_id, self.kind)
