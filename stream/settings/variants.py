"""A table ``[[variants]]``: a definition that differs from another by its settings alone."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from stream.metrics.spec import Knob, Variant

from .channel_seconds import AnswerWithin, ShortAbandon, seconds_by_channel
from .dimensions import check_where, ordered_where
from .section import Names, Section
from .top_boxes import TopBoxes, boxes_by_points


class VariantSettings(Section):
    """One variant: its name, what it is made of, and what differs."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,62}$",
        description="Name of its definition, gauges and facts: a-z, 0-9 and _, at most 63, starting with a letter.",
    )
    of: str = Field(description="Definition that it is a variant of, without version: one of METRICS.md, no level.")
    version: int = Field(1, ge=1, le=1_000_000, description="To be raised by whoever changes what it means.")
    where: Annotated[dict[str, Names], AfterValidator(check_where)] = Field(
        {}, description='Only facts of these: {team = "vip, gold"}, {channel = "phone"}; all where it is empty.'
    )
    short_abandon_seconds: ShortAbandon | None = Field(None, description="Instead of that of section definitions.")
    answer_within_seconds: AnswerWithin | None = Field(None, description="In the same way.")
    csat_top_boxes: TopBoxes | None = Field(None, description="In the same way.")

    def variant(self) -> Variant:
        """As the registry takes it."""
        return Variant(self.name, self.of, self.version, ordered_where(self.where), tuple(self._knobs().items()))

    def _knobs(self) -> dict[str, Knob]:
        knobs: dict[str, Knob] = {}
        spans = {"short_abandon": self.short_abandon_seconds, "answer_within": self.answer_within_seconds}
        for name, given in spans.items():
            if given is not None:
                knobs[f"{name}_seconds"], knobs[f"{name}_by_channel"] = seconds_by_channel(given)
        if self.csat_top_boxes is not None:
            knobs["csat_top_boxes"] = boxes_by_points(self.csat_top_boxes)
        return knobs

    @model_validator(mode="after")
    def _check_difference(self) -> Self:
        if not self.where and not self._knobs():
            raise ValueError(
                f"{self.name} differs from {self.of} in nothing; give where, or one of short_abandon_seconds, "
                "answer_within_seconds, csat_top_boxes"
            )
        return self
