"""Targets that a part of the contacts has of its own: tables ``[[targets.by]]``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import AfterValidator, ConfigDict, Field, create_model, model_validator

from stream.domain.labels import clean_label
from stream.domain.segments import FIELDS, dimensions_of
from stream.domain.targets import OwnTargets
from stream.metrics.customer_headlines import CUSTOMER_HEADLINES
from stream.metrics.headlines import TARGETED, Headline, Unit

from .dimensions import wrong_dimensions
from .section import Section, refuse

MOST: Final[dict[Unit, int]] = {
    "ratio": 1,
    "seconds": 400 * 86_400,
    "count": 100_000_000,
    "points": 100,
    "money": 10**9,
}
"""The highest target there can be."""

_OF_CONTACTS: Final = tuple(headline for headline in TARGETED if headline not in CUSTOMER_HEADLINES)
_OF_CUSTOMERS: Final = frozenset(headline.setting for headline in TARGETED if headline in CUSTOMER_HEADLINES)
_SETTINGS: Final = ", ".join(headline.setting for headline in _OF_CONTACTS)


def _wrong(name: str, value: object) -> str | None:
    if name in _OF_CUSTOMERS:
        return (
            f"customers are in no part of the contacts, so none would be judged by it; set targets.{name}, which is "
            f"that of all customers; allowed here: {_SETTINGS}"
        )
    return _wrong_label(value)


def _wrong_label(value: object) -> str | None:
    if not isinstance(value, str):
        return f"no such setting; there are {_SETTINGS}, and dimensions, each with a name"
    return None if clean_label(value) == value else f"allowed: a name as it is exported, such as {clean_label(value)!r}"


def _check_label(value: str) -> str:
    if wrong := _wrong_label(value):
        raise ValueError(wrong)
    return value


class _OwnTargetSettings(Section):
    """One part: whose targets these are, and those that differ; what is no setting is a dimension (`problems_of`)."""

    model_config = ConfigDict(extra="allow")

    def own(self) -> OwnTargets:
        """As the pure core takes it: what is not given is left to others."""
        given: dict[str, Any] = {name: value for name, value in self if value is not None}
        part = {name: given[name] for name in given if name in FIELDS or name in (self.model_extra or {})}
        return OwnTargets(
            part, {headline.name: given[headline.setting] for headline in _OF_CONTACTS if headline.setting in given}
        )

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        extra = self.model_extra or {}
        refuse(((name, wrong) for name, value in extra.items() if (wrong := _wrong(name, value))), extra)
        own = self.own()
        if not own.part:
            raise ValueError(f"says not whose targets these are; it needs a dimension or more, such as {FIELDS[0]}")
        if not own.values:
            raise ValueError(f"has no target; it needs one or more of {_SETTINGS}")
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
        **{name: (_NAMES, Field(None, description=f"The {name} they are of.")) for name in FIELDS},
        **{headline.setting: target_field(headline, default=None) for headline in _OF_CONTACTS},
    )


def problems_of(own: Iterable[OwnTargets], groups: Collection[str], dimensions: Sequence[str]) -> Iterator[str]:
    """A part that is there twice, is of no dimension, or lies in no group that is published, so is never judged by."""
    published = [set(dimensions_of(name)) for name in groups]
    seen: list[OwnTargets] = []
    for number, one in enumerate(own, 1):
        wrong = [*wrong_dimensions(f"targets.by.{number}", one.part, dimensions, _SETTINGS.split(", "))]
        if wrong:
            yield from wrong
            continue
        part = ", ".join(f"{dimension}={name}" for dimension, name in one.part.items())
        if any(one.part == other.part for other in seen):
            yield f"targets.by.{number}: {part} is there already; put its targets into one table"
        group = "_".join(name for name in dimensions if name in one.part)
        if not any(one.part.keys() <= dimensions for dimensions in published):
            yield (
                f"targets.by.{number}: nothing is published by {' and '.join(one.part)}, so nothing would be judged by "
                f"the targets of {part}; add {group} to group_by.names ({','.join(groups)})"
            )
        seen.append(one)
