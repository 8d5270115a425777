"""``data`` of the support.survey.* events, with the scales of the three kinds of survey."""

from __future__ import annotations

from typing import Final

from stream.domain import events
from stream.domain.events import Event, SurveyKind
from stream.edge.shapes import Cleaning, Data, Identity, Refusal

NPS_SCALE: Final = (0.0, 10.0)
DEFAULT_SCALES: Final[dict[SurveyKind, tuple[float, float]]] = {
    "csat": (1.0, 5.0),
    "nps": NPS_SCALE,
    "ces": (1.0, 7.0),
}


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
        if low >= high:
            raise Refusal("invalid_value", f"data.scale_min ({low:g}) is not below data.scale_max ({high:g})")
        if not low <= self.score <= high:
            raise Refusal("score_out_of_scale", f"data.score ({self.score:g}) is outside its scale {low:g} to {high:g}")
        return events.SurveyAnswered(time_us, sequence, uid, self.survey_id, self.kind, self.score, low, high)


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
