"""A section ``[metrics.<name>]``: where a metric is published, if not where all are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, Field

from stream.domain.subjects import SUBJECTS
from stream.metrics import registry
from stream.metrics.spec import Metric

from .dimensions import check_groups, groups_of
from .section import Names, Section
from .windows import GroupSettings, WindowSettings, check_rolling, window_seconds

NOT_ROLLING: Final = ("today", "quarter", "total")


def _check_windows(names: tuple[str, ...]) -> tuple[str, ...]:
    check_rolling(tuple(name for name in names if name not in NOT_ROLLING))
    return names


def _check_groups(names: tuple[str, ...]) -> tuple[str, ...]:
    return check_groups(names) if names else names


class MetricSettings(Section):
    """What is not said is as it is for all metrics, or as the metric itself has it (METRICS.md)."""

    enabled: bool = Field(
        True,
        description="false: the metric costs nothing. When it is turned on again, it is booked anew from the tickets.",
    )
    windows: Annotated[Names, AfterValidator(_check_windows)] = Field(
        (),
        description="Its windows: a number and m, h or d, such as 90d, and today, quarter, total. Instead of those in "
        "section windows, and not only of those. What reaches further back begins with what the tickets hold.",
    )
    groups: Annotated[Names, AfterValidator(_check_groups)] = Field(
        (), description="Its groups, instead of those in group_by.names, and not only of those."
    )


Chosen: TypeAlias = Mapping[str, MetricSettings]
"""By name of the metric, those of which anything is said."""

_AS_ALL: Final = MetricSettings()


def of_metric(metric: Metric, chosen: Chosen) -> MetricSettings:
    """What is said of a metric."""
    return chosen.get(metric.name, _AS_ALL)


def general_windows(general: WindowSettings) -> tuple[str, ...]:
    """Names of the windows that are for all metrics."""
    return (*general.rolling, *(["today"] * general.today), *(["total"] * general.total))


def windows_of_metric(metric: Metric, general: WindowSettings, chosen: Chosen) -> tuple[str, ...]:
    """Names of the windows that its rows are published in."""
    of_all = (*general.rolling, *(["today"] * general.today))
    usual = (*(metric.windows or of_all), *metric.more_windows, *(["total"] * general.total))
    named = of_metric(metric, chosen).windows or usual
    return tuple(dict.fromkeys((*named, *(general.of_answers if metric.answers else ()))))


def dimensions_of_metric(name: str, of_tickets: Sequence[str]) -> Sequence[str]:
    """What the groups of the metric ``name`` are made of."""
    found = [metric.subject for metric in registry().metrics if metric.name == name]
    return next((subject.dimensions for subject in SUBJECTS if subject.name in found), ()) or of_tickets


def groups_of_metric(
    metric: Metric, general: GroupSettings, chosen: Chosen, dimensions: Sequence[str]
) -> tuple[str, ...]:
    """Names of the groups that its rows are published for."""
    return (
        of_metric(metric, chosen).groups
        or groups_of(metric.group_bys, dimensions_of_metric(metric.name, dimensions))
        or general.names
    )


def enabled(metrics: Sequence[Metric], chosen: Chosen) -> Iterator[Metric]:
    """The metrics that are published."""
    return (metric for metric in metrics if of_metric(metric, chosen).enabled)


def published_windows(metrics: Sequence[Metric], general: WindowSettings, chosen: Chosen) -> tuple[str, ...]:
    """Names of all windows: those of the section as they stand there, then what metrics add, the shortest first."""
    named = {name for metric in enabled(metrics, chosen) for name in windows_of_metric(metric, general, chosen)}
    added = sorted(named - {*general.rolling, *NOT_ROLLING, *general.of_answers}, key=window_seconds)
    flags = (("today", general.today), ("quarter", False), ("total", general.total))
    of_answers = [name for name in general.of_answers if name in named]
    return (*general.rolling, *added, *(name for name, is_on in flags if is_on or name in named), *of_answers)


def published_groups(
    metrics: Sequence[Metric], general: GroupSettings, chosen: Chosen, dimensions: Sequence[str]
) -> tuple[str, ...]:
    """Names of all groups: those of the section as they stand there, then what metrics add."""
    shown = enabled(metrics, chosen)
    added = (name for metric in shown for name in groups_of_metric(metric, general, chosen, dimensions))
    return tuple(dict.fromkeys((*general.names, *added)))


def problems_of(metrics: Sequence[Metric], chosen: Chosen) -> Iterator[str]:
    """What is wrong with the names, in words."""
    known = [metric.name for metric in metrics]
    unknown = [name for name in chosen if name not in known]
    return (f"metrics.{name}: there is no such metric; there are {', '.join(known)}" for name in unknown)
