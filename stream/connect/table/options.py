"""The map of a table: which column means what."""

from __future__ import annotations

from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from stream.connect.attributes import AttributeOptions
from stream.connect.cells import CellTimes
from stream.domain.events import LeaveReason, SurveyKind

Meaning: TypeAlias = Literal[
    "subject",
    "visit",
    "channel",
    "team",
    "priority",
    "agent",
    "created",
    "queued",
    "answered",
    "abandoned",
    "left_queue",
    "first_reply",
    "solved",
    "closed",
    "ended",
    "changed",
    "status",
    "surveyed",
    "score",
]
"""What a column may hold; those from ``created`` on, but for ``status`` and ``score``, are times."""


class TableOptions(CellTimes, AttributeOptions):
    """What a CSV's columns mean: a row is a ticket with the times of what happened, or (``changed``) one change."""

    columns: dict[Meaning, str] = Field({}, description="Meaning to the name of the column.")
    channel: str = Field("", description="Channel of all rows, where no column says it.")
    left_reason: LeaveReason = Field("transfer", description="Why contacts leave the queue that left_queue dates.")
    survey_kind: SurveyKind = Field("csat", description="Kind of the survey that score answers.")
    scale_min: float | None = Field(None, description="Worst score; not given: the default of the kind.")
    scale_max: float | None = Field(None, description="Best score.")
    pseudonym_key: str = Field("", description="Key of the agents' pseudonyms; empty: the source, which others know.")

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        held = self.columns
        if not held:
            raise ValueError("columns: a map of the columns is needed (--map FILE), subject at least")
        if "subject" not in held:
            raise ValueError("columns.subject is missing: the column with the number of the ticket or call")
        pairs = (("status", "changed"), ("score", "surveyed"))
        for one, other in (*pairs, *(reversed(pair) for pair in pairs)):
            if one in held and other not in held:
                raise ValueError(f"columns.{one} is given without columns.{other}: they go together")
        if "created" in held and not (self.channel or "channel" in held):
            raise ValueError("channel is missing: the column (columns.channel), or one name for all rows (channel)")
        return self
