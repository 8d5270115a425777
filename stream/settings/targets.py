"""What the numbers should be: the wallboard, `/metrics`, the alert rules and the dashboards all read these."""

from __future__ import annotations

from pydantic import Field

from .section import Section

_LONGEST_SECONDS = 400 * 86_400


class TargetSettings(Section):
    """Section ``targets``: 0 means that there is no target."""

    service_level_ratio: float = Field(
        0.8,
        ge=0,
        le=1,
        description="Service level to reach at least: answered within definitions.answer_within_seconds.",
    )
    abandonment_ratio: float = Field(0.05, ge=0, le=1, description="Abandonment to stay at or below.")
    csat_ratio: float = Field(0.8, ge=0, le=1, description="CSAT (top boxes) to reach at least.")
    first_response_seconds: float = Field(
        3600.0, ge=0, le=_LONGEST_SECONDS, description="90 % of first responses should come within this time."
    )
    resolution_seconds: float = Field(
        172_800.0, ge=0, le=_LONGEST_SECONDS, description="90 % of full resolutions should come within this time."
    )
    longest_wait_seconds: float = Field(
        120.0, ge=0, le=_LONGEST_SECONDS, description="No contact should wait longer than this."
    )
    waiting_contacts: int = Field(0, ge=0, le=1_000_000, description="Contacts that should wait at most at one time.")
    open_tickets: int = Field(0, ge=0, le=100_000_000, description="Tickets that should be open at most.")
    min_samples: int = Field(
        20, ge=1, le=1_000_000, description="A window with fewer samples is not judged: too few to tell."
    )
