"""What the detector is told, and what it needs to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from stream.domain.segments import FIELDS
from stream.domain.windows import COARSE_SECONDS, FINE_SECONDS, MIDDLE_SECONDS

LOOK_BACK_SECONDS: Final = 1800
"""An onset is looked for in this time before now."""

RECENT_SECONDS: Final = 3600
"""The recent baseline is this time before the look-back, which so cannot spoil it."""

DISPERSION_SECONDS: Final = 86_400
"""Of this time the variation of the 5-minute shares is taken."""

BASELINE_DAYS: Final = 14
"""The same hour is taken from so many days before."""


class SpikeRule(Struct, frozen=True):
    """``days_between_false_alarms``: of all watched groups together, at least, by chance alone.

    ``min_contacts`` and ``min_abandoned``: fewer since the onset are no spike, however unlikely.
    ``min_baseline_contacts``: with a baseline of fewer nothing is judged. ``critical_ratio``: from this multiple of the
    expected share an alert is critical. ``keep_days``: resolved alerts are forgotten, and deleted, after so long.
    ``dimensions``: names of what segments are made of.
    """

    group_bys: tuple[str, ...] = ("all", "channel", "team")
    days_between_false_alarms: float = 7.0
    min_contacts: int = 10
    min_abandoned: int = 5
    min_baseline_contacts: int = 100
    critical_ratio: float = 3.0
    keep_days: int = 30
    dimensions: tuple[str, ...] = FIELDS


def needed_retention() -> Mapping[int, int]:
    """Pane widths in seconds, and for how many seconds of the past panes of each are needed."""
    return {
        FINE_SECONDS: LOOK_BACK_SECONDS + 2 * FINE_SECONDS,
        MIDDLE_SECONDS: DISPERSION_SECONDS,
        COARSE_SECONDS: (BASELINE_DAYS + 1) * 86_400,
    }
