"""Section ``satisfaction``: how much CSAT, NPS and CES weigh in overall satisfaction."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from stream.domain.satisfaction import Weights

from .section import Section, refuse

_MOST = 1000.0


class SatisfactionSettings(Section):
    """The weights are relative: 2, 1, 1 are the same as 50, 25, 25."""

    csat_weight: float = Field(
        1.0, ge=0, le=_MOST, description="Weight of CSAT (share of answers in the top boxes) in overall satisfaction."
    )
    nps_weight: float = Field(1.0, ge=0, le=_MOST, description="Weight of NPS, moved to 0..1; 0: no such surveys.")
    ces_weight: float = Field(
        1.0, ge=0, le=_MOST, description="Weight of CES (share above the middle of the scale); 0: no such surveys."
    )

    @property
    def weights(self) -> Weights:
        """As the pure core takes them."""
        return Weights(self.csat_weight, self.nps_weight, self.ces_weight)

    @model_validator(mode="after")
    def _check_any(self) -> Self:
        if not self.csat_weight + self.nps_weight + self.ces_weight:
            reason = (
                "is 0, as satisfaction.nps_weight and satisfaction.ces_weight are: nothing is left to say; give one a "
                "weight above 0, or turn it off: [metrics.overall_satisfaction] enabled = false"
            )
            refuse({"csat_weight": reason}, dict(self))
        return self
