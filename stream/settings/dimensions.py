"""The dimensions of this installation, and whether all that names some names those."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from stream.domain.labels import clean_label
from stream.domain.segments import ALL, FIELDS, MOST_DIMENSIONS, dimensions_of, ordered_group_by
from stream.metrics.headlines import TARGETED

from .section import Names, Section

_NAME: Final = re.compile(r"[a-z][a-z0-9]{0,31}")
_GROUP: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
_TAKEN: Final = frozenset(
    (
        *("all", "by", "none", "other", "window", "definition", "metric", "measure", "percentile", "quantile", "le"),
        *("fact", "minutes", "limit", "job", "instance", "alertname", "severity"),
        *("page", "tiles", "rotate", "lang", "theme", "kiosk", "token"),
        *(headline.setting for headline in TARGETED),
    )
)
"""Labels of series, and words of settings, queries and addresses of pages, that a dimension would be taken for."""

_NO_COUNTERS: Final = "none"
_ANY: Final = "*"


def _check_dimensions(names: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(names) <= MOST_DIMENSIONS:
        raise ValueError(f"names {len(names)} dimensions; allowed: 1 to {MOST_DIMENSIONS}")
    for position, name in enumerate(names):
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} is no name of a dimension; allowed: a-z and 0-9, at most 32, starting with a letter (_ "
                "joins dimensions to groups)"
            )
        if name in _TAKEN:
            raise ValueError(f"{name!r} is a word of series, settings or queries already; give the dimension another")
        if name in names[:position]:
            raise ValueError(f"{name!r} is there twice")
    return names


DimensionNames = Annotated[Names, AfterValidator(_check_dimensions)]


def check_groups(names: Sequence[str]) -> tuple[str, ...]:
    """Names of groups as given, whatever the dimensions are; ValueError says what is allowed."""
    if not names:
        raise ValueError("at least one group is needed, such as all")
    for position, name in enumerate(names):
        if not _GROUP.fullmatch(name):
            raise ValueError(f"{name!r} is neither all, nor dimensions joined by _ in their order")
        if name in names[:position]:
            raise ValueError(f"{name!r} is there twice")
    return tuple(names)


def check_where(where: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """A filter on dimensions as given, whatever these are; ValueError says what is allowed."""
    for dimension, names in where.items():
        if not names:
            raise ValueError(f"{dimension} names nothing; allowed: one name or more")
        for name in names:
            if clean_label(name) != name:
                meant = clean_label(name)
                raise ValueError(f"{dimension}={name!r}; allowed: a name as it is exported, such as {meant!r}")
    return where


def ordered_where(where: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A filter as the pure core takes it: in one order, however it was written."""
    names = [*(name for name in FIELDS if name in where), *sorted(where.keys() - set(FIELDS))]
    return tuple((name, where[name]) for name in names)


def covers(wide: Mapping[str, tuple[str, ...]], narrow: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a filter lets everything through that the other one does."""
    return all(dimension in narrow and set(narrow[dimension]) <= set(names) for dimension, names in wide.items())


def wrong_group(name: str, dimensions: Sequence[str]) -> str | None:
    """What is wrong with the name of a group where these are the dimensions."""
    meant = ordered_group_by(name, dimensions)
    if meant == name:
        return None
    hint = f"; did you mean {meant!r}?" if meant else ""
    return f"{name!r} is not all, nor {', '.join(dimensions)} joined by _ in this order{hint}"


def wrong_groups(groups: Iterable[tuple[str, Iterable[str]]], dimensions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Of settings (key, names of groups) those with a name that is of other dimensions, and what is wrong."""
    for key, names in groups:
        for name in names:
            if name not in (_ANY, _NO_COUNTERS) and (wrong := wrong_group(name, dimensions)):
                yield key, wrong


def wrong_dimensions(
    key: str, named: Iterable[str], dimensions: Sequence[str], also: Iterable[str] = ()
) -> Iterator[str]:
    """In sentences: of the dimensions that a table names those that there are not; ``also``: its settings."""
    for name in named:
        if name not in dimensions:
            further = "".join(f", {setting}" for setting in also)
            yield f"{key}.{name}: {name!r} is no dimension; allowed: {', '.join(dimensions)}{further}"


def groups_of(names: Iterable[str], dimensions: Sequence[str]) -> tuple[str, ...]:
    """Of the names of groups those that these dimensions make."""
    return tuple(name for name in names if wrong_group(name, dimensions) is None)


def with_usual_groups(given: Any, usual: Mapping[str, Section]) -> Any:
    """What is given to the model, with groups that are not given as far as the given dimensions make them."""
    if not isinstance(given, Mapping) or "dimensions" not in given:
        return given
    named = given["dimensions"]
    dimensions = [part.strip() for part in named.split(",")] if isinstance(named, str) else named
    if not isinstance(dimensions, list | tuple):
        return given
    made = dict(given)
    for section, field in (("group_by", "names"), ("alerts", "group_by"), ("export", "counters_by")):
        held = made.get(section, {})
        if isinstance(held, Section):
            held = {name: getattr(held, name) for name in held.model_fields_set}
        if isinstance(held, Mapping) and field not in held:
            made[section] = {**held, field: _of_usual(getattr(usual[section], field), dimensions)}
    return made


def _of_usual(names: str | tuple[str, ...], dimensions: Sequence[str]) -> str | tuple[str, ...]:
    if isinstance(names, tuple):
        return groups_of(names, dimensions)
    kept = [name for name in dimensions if name in dimensions_of(names)]
    return "_".join(kept) or ALL
