"""What is refused, or counted together, so that state stays bounded."""

from __future__ import annotations

from pydantic import Field

from .section import Section


class LimitSettings(Section):
    """Section ``limits``: what is refused or folded together so that state stays bounded."""

    max_event_bytes: int = Field(1_048_576, ge=1024, le=104_857_600, description="Larger events are dead letters.")
    max_id_characters: int = Field(
        256,
        ge=16,
        le=4096,
        description="An event with a longer id, source, subject or survey_id is a dead letter.",
    )
    future_tolerance_seconds: float = Field(
        600.0, ge=0, le=604_800, description="Events further ahead of the clock are dead letters."
    )
    max_events_per_ticket: int = Field(
        2000,
        ge=10,
        le=1_000_000,
        description="Further messages of one ticket are not kept; of the rest it takes ten times as many.",
    )
    max_segments: int = Field(
        1000,
        ge=1,
        le=100_000,
        description="Further combinations of dimensions in one partition count as 'other'; what memory "
        "bears. When it is changed, everything is booked anew.",
    )
    max_groups: int = Field(
        1000,
        ge=1,
        le=100_000,
        description="The same for all partitions together: so many have numbers of their own.",
    )
    new_groups_per_minute: float = Field(
        30.0,
        ge=0,
        le=100_000,
        description="Of these, half may come at once, then so many a minute; further ones count as 'other' until they "
        "are used again later.",
    )
