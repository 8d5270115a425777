"""Which windows are published, and for which groups of tickets."""

from __future__ import annotations

import re
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from stream.domain.segments import dimensions_of
from stream.domain.windows import last, pane_seconds
from stream.domain.zones import check_zone

from .dimensions import check_groups
from .section import Names, Section, refuse

_SUFFIX_SECONDS = {"m": 60, "h": 3600, "d": 86400}
_LONGEST_SECONDS = 400 * 86400


def window_seconds(label: str) -> int:
    """Length of a rolling window such as ``"15m"`` or ``"30d"``; ValueError says what is allowed."""
    match = re.fullmatch(r"([1-9][0-9]{0,6})([mhd])", label)
    if match is None:
        raise ValueError(f"{label!r} is not a whole number followed by m, h or d, such as 15m, 24h or 30d")
    seconds = int(match[1]) * _SUFFIX_SECONDS[match[2]]
    if seconds > _LONGEST_SECONDS:
        raise ValueError(f"{label!r} is longer than 400d, the longest window")
    return seconds


def check_rolling(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels of rolling windows as given; ValueError says what is allowed."""
    lengths: dict[int, str] = {}
    for label in labels:
        seconds = window_seconds(label)
        pane = pane_seconds(seconds)
        if seconds % pane:
            raise ValueError(f"{label!r} is not a multiple of its {pane} s panes; give {_near(seconds, pane)}")
        if seconds in lengths:
            raise ValueError(f"{label!r} is there twice (also as {lengths[seconds]!r})")
        lengths[seconds] = label
    return labels


def _near(seconds: int, pane: int) -> str:
    unit, suffix = (3600, "h") if pane == 3600 else (60, "m")
    below = seconds // pane * pane
    return f"{below // unit}{suffix} or {(below + pane) // unit}{suffix}"


class WindowSettings(Section):
    """Section ``windows``."""

    rolling: Annotated[Names, AfterValidator(check_rolling)] = Field(
        ("5m", "15m", "1h", "24h", "7d", "30d"),
        description="Windows that end now: a number and m, h or d. Up to 1h they move by 10 s, up to 24h by "
        "5 min, longer ones by 1 h; each is a multiple of its step, at most 400d.",
    )
    today: bool = Field(True, description="Also publish the window from midnight (in time_zone) to now.")
    time_zone: Annotated[str, AfterValidator(check_zone)] = Field(
        "UTC", description="Time zone in which a day begins for the window today; a name of the IANA data."
    )
    last_answers: int = Field(
        100,
        ge=0,
        le=1000,
        description="Also publish CSAT, NPS and CES of so many answers, the newest, however long ago these were given: "
        "window last_100. 0: no such window.",
    )
    total: bool = Field(False, description="Also publish the window total, which never empties: for replay.")

    @property
    def rolling_seconds(self) -> dict[str, int]:
        """Label and length of every rolling window, in the order given."""
        return {label: window_seconds(label) for label in self.rolling}

    @property
    def of_answers(self) -> tuple[str, ...]:
        """Name of the window of the last answers, where there is one."""
        return (last(self.last_answers).name,) if self.last_answers else ()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of ``today``."""
        return ZoneInfo(self.time_zone)

    @model_validator(mode="after")
    def _check_some_window(self) -> Self:
        if not (self.rolling or self.today or self.total):
            refuse(
                {"rolling": "is empty, and windows.today and windows.total are off"},
                dict(self),
            )
        return self


class GroupSettings(Section):
    """Section ``group_by``."""

    names: Annotated[Names, AfterValidator(check_groups)] = Field(
        ("all", "channel", "team", "priority", "channel_team"),
        description="Groups to publish numbers for: all, or dimensions joined by _. Not set: those of these that "
        "dimensions makes.",
    )

    @property
    def fields(self) -> dict[str, tuple[str, ...]]:
        """Name of each group and the ticket fields it is made of: none for ``all``."""
        return {name: dimensions_of(name) for name in self.names}
