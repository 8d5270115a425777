"""When the abandonment of a group counts as a spike."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from .dimensions import check_groups
from .ratio_alerts import RatioAlertSettings
from .section import Names, Section


class AlertSettings(Section):
    """Section ``alerts``: see docs/alerting.md."""

    enabled: bool = Field(
        True,
        description="Look for spikes of abandonment and publish them. Where no window is longer than 24 h, switching "
        "it changes what is kept, which is booked anew.",
    )
    group_by: Annotated[Names, AfterValidator(check_groups)] = Field(
        ("all", "channel", "team"),
        description="Groups to watch: all, or dimensions joined by _. Each one more makes all slower. Not set: those "
        "of these that dimensions makes.",
    )
    days_between_false_alarms: float = Field(
        7.0, ge=0.1, le=3650, description="All groups together alarm falsely at most once in so many days."
    )
    min_contacts: int = Field(
        10, ge=2, le=1_000_000, description="Fewer contacts answered or abandoned since the onset are no spike."
    )
    min_abandoned: int = Field(
        5, ge=1, le=1_000_000, description="Fewer contacts abandoned since the onset are no spike."
    )
    min_baseline_contacts: int = Field(
        100, ge=0, le=1_000_000, description="A group is judged once its baseline stands on so many contacts."
    )
    critical_ratio: float = Field(
        3.0, ge=1, le=100, description="From this multiple of the expected abandonment a spike is critical."
    )
    keep_days: int = Field(30, ge=1, le=3650, description="Days after which a resolved alert is deleted.")
    ratios: tuple[RatioAlertSettings, ...] = ()
    """Tables ``[[alerts.ratios]]``, read by `tables`."""
