"""Targets that a part of the contacts has of its own: tables ``[[targets.by]]``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, create_model, model_validator

from stream.domain.labels import clean_label
from stream.domain.segments import DIMENSIONS, dimensions_of
from stream.domain.targets import OwnTargets
from stream.metrics.headlines import HEADLINES, Headline, Unit

from .section import Section

MOST: Final[dict[Unit, int]] = {"ratio": 1, "seconds": 400 * 86_400, "count": 100_000_000}
"""The highest target there can be."""


def _check_label(value: str) -> str:
    if clean_label(value) != value:
        raise ValueError(f"allowed: a name as it is exported, such as {clean_label(value)!r}")
    return value


class _OwnTargetSettings(Section):
    """One part: whose targets these are, and those that differ."""

    def own(self) -> OwnTargets:
        """As the pure core takes it: what is not given is left to others."""
        given: dict[str, Any] = {name: value for name, value in self if value is not None}
        part = {name: given[name] for name in given if name in DIMENSIONS}
        return OwnTargets(
            part, {headline.name: given[headline.setting] for headline in HEADLINES if headline.setting in given}
        )

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        own = self.own()
        if not own.part:
            raise ValueError(f"says not whose targets these are; it needs one or more of {', '.join(DIMENSIONS)}")
        if not own.values:
            names = ", ".join(headline.setting for headline in HEADLINES)
            raise ValueError(f"has no target; it needs one or more of {names}")
        return self


def target_field(headline: Headline, *, default: float | None) -> Any:
    """Type and field of a headline's target, for a model; None is no target of its own."""
    kind: Any = int if headline.unit == "count" else float
    field = Field(default, ge=0, le=MOST[headline.unit], description=headline.wanted)
    return (kind | None if default is None else kind, field)


if TYPE_CHECKING:
    OwnTargetSettings = _OwnTargetSettings
else:
    _NAMES = Annotated[str, AfterValidator(_check_label)] | None
    OwnTargetSettings = create_model(
        "OwnTargetSettings",
        __base__=_OwnTargetSettings,
        __doc__=_OwnTargetSettings.__doc__,
        **{name: (_NAMES, Field(None, description=f"The {name} they are of.")) for name in DIMENSIONS},
        **{headline.setting: target_field(headline, default=None) for headline in HEADLINES},
    )


def problems_of(own: Iterable[OwnTargets], groups: Collection[str]) -> Iterator[str]:
    """A part that is there twice, or that lies in no group that is published: nothing would be judged by it."""
    published = [set(dimensions_of(name)) for name in groups]
    seen: list[OwnTargets] = []
    for number, one in enumerate(own, 1):
        part = ", ".join(f"{dimension}={name}" for dimension, name in one.part.items())
        if any(one.part == other.part for other in seen):
            yield f"targets.by.{number}: {part} is there already; put its targets into one table"
        if not any(one.part.keys() <= dimensions for dimensions in published):
            yield (
                f"targets.by.{number}: nothing is published by {' and '.join(one.part)}, so nothing would be judged by "
                f"the targets of {part}; add {'_'.join(one.part)} to group_by.names ({','.join(groups)})"
            )
        seen.append(one)
