"""What Prometheus gets of the numbers; the topic and ``/api`` have all."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from .dimensions import check_groups
from .section import Names, Section

EVERYTHING: Final = "*"


def _check_some_groups(names: tuple[str, ...]) -> tuple[str, ...]:
    return names if names in ((), (EVERYTHING,)) else check_groups(names)


def _check_counters(name: str) -> str:
    return name if name == "none" else check_groups((name,))[0]


def _check_series(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if is_pattern(name):
            try:
                re.compile(name[1:-1])
            except re.error as error:
                raise ValueError(f"{name!r} is no regular expression: {error}") from None
        elif not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"{name!r} is neither the name of a series nor a regular expression between two /")
    return names


def is_pattern(name: str) -> bool:
    """Whether a name is a regular expression: it stands between two ``/``."""
    return len(name) > 2 and name[0] == name[-1] == "/"


Series = Annotated[Names, AfterValidator(_check_series)]


class ExportSettings(Section):
    """Section ``export``."""

    windows: Names = Field(
        (),
        description="Windows of the gauges on /metrics: those of windows.rolling, and today, total; * for all. "
        "Empty: as METRICS.md says of each row. Levels have none, and are always there.",
    )
    group_bys: Annotated[Names, AfterValidator(_check_some_groups)] = Field(
        (),
        description="Groups of the gauges on /metrics, of those in group_by.names, and tier, region, segment of "
        "customers; * for all. Empty: as METRICS.md says of each row, and none by priority.",
    )
    definitions: Names = Field(
        (),
        description="Definitions with gauges on /metrics, without version; * for all. Empty: as METRICS.md says.",
    )
    counters_by: Annotated[str, AfterValidator(_check_counters)] = Field(
        "channel_team",
        description="Counters and histograms on /metrics are summed by this; none: there are none.",
    )
    series_allow: Series = Field(
        (),
        description="Only these series of the numbers are on /metrics: names, or regular expressions such as "
        "/deskpulse_csat_.*/. Empty: all. Series about Deskpulse itself are always there.",
    )
    series_deny: Series = Field((), description="These are not, whatever else is said; written in the same way.")
