"""Settings of which there may be any number, in a file only: ``[calendars.office]``, ``[[sla.policies]]``.

`TABLES` says where they stand in the file and in the model, and what one of them holds. Everything else follows from
there: reading and refusing them, and their part of `deskpulse settings --format toml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .benchmarks import BenchmarkSettings
from .calendars import CalendarSettings
from .metrics import MetricSettings
from .own_targets import OwnTargetSettings
from .ratio_alerts import RatioAlertSettings
from .section import Section
from .sla import SlaSettings
from .variants import VariantSettings

TablePath: TypeAlias = tuple[str, ...]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_NAMES_ALLOWED: Final = "a-z, 0-9, '_' and '-', at most 63, starting with a letter or digit"
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class TableKind:
    """One kind. ``is_named``: ``[path.name]``, a mapping in the model; otherwise ``[[path]]``, a tuple.

    ``meaning`` is said above its example in the reference; ``example``: name, where it has one.
    """

    path: TablePath
    model: type[Section]
    meaning: str
    is_named: bool = False
    example: str = ""

    @property
    def key(self) -> str:
        """Dotted path."""
        return ".".join(self.path)


TABLES: Final = (
    TableKind(
        ("alerts", "ratios"),
        RatioAlertSettings,
        "Ratios that are watched for being worse than usual, by the same test as abandonment (docs/alerting.md).",
    ),
    TableKind(
        ("benchmarks",),
        BenchmarkSettings,
        "What others reach, as series, and as a line and a distance beside the number; nothing is judged by it. "
        "The name is yours.",
        is_named=True,
        example="united_states",
    ),
    TableKind(
        ("calendars",),
        CalendarSettings,
        "Business hours, each with a name of its own; one that is called default is for whoever has no other.",
        is_named=True,
        example="office",
    ),
    TableKind(
        ("metrics",),
        MetricSettings,
        "Where a metric is published, if not where all are; the names are those of METRICS.md.",
        is_named=True,
        example="csat",
    ),
    TableKind(
        ("targets", "by"),
        OwnTargetSettings,
        "Targets that differ for a channel, a team, a priority or a combination; 0: none there. Of several that hold "
        "for a group that with the most dimensions is taken, of equally many the first.",
    ),
    TableKind(
        ("sla",),
        SlaSettings,
        "What was promised to whom: first reply, next reply, resolution. A new or changed one is booked anew; "
        "one with valid_from leaves alone what was promised before.",
    ),
    TableKind(
        ("variants",),
        VariantSettings,
        "Definitions that differ from others by a filter or by other knobs. A new or changed one is booked anew "
        "from the tickets.",
    ),
)
TABLE_PATHS: Final = frozenset(kind.path for kind in TABLES)


def take_tables(
    table: Mapping[str, object], file: Path, problems: list[str]
) -> tuple[dict[str, object], dict[TablePath, Any]]:
    """Take all of `TABLES` out of a file: the rest of it, and what was read, by path. All problems are told."""
    rest = dict(table)
    found = {kind.path: _take(kind, rest, file, problems) for kind in TABLES}
    return rest, {path: value for path, value in found.items() if value}


def _take(kind: TableKind, rest: dict[str, object], file: Path, problems: list[str]) -> Any:
    *sections, last = kind.path
    inner = rest
    for section in sections:
        child = inner.get(section)
        if not isinstance(child, Mapping):
            return None
        inner[section] = inner = dict(child)
    given = inner.pop(last, None)
    if given is None:
        return None
    entries = _entries(kind, given)
    if entries is None or len(entries) > _MOST:
        wanted = f"[{kind.key}.{kind.example or 'name'}]" if kind.is_named else f"[[{kind.key}]]"
        problems.append(f"{kind.key} ({file}): write {wanted}, at most {_MOST} of them")
        return None
    made: dict[str, Section] = {}
    for name, values in entries.items():
        key = f"{kind.key}.{name}"
        if kind.is_named and not _NAME.fullmatch(name):
            problems.append(f"{key} ({file}): allowed in a name: {_NAMES_ALLOWED}")
            continue
        try:
            made[name] = kind.model.model_validate(values)
        except ValidationError as error:
            problems += dict.fromkeys(_problem(kind, key, values, file, details) for details in error.errors())
    return made if kind.is_named else tuple(made.values())


def _entries(kind: TableKind, given: object) -> dict[str, Mapping[str, object]] | None:
    pairs: list[tuple[str, object]] = []
    if kind.is_named and isinstance(given, Mapping):
        pairs = [*given.items()]
    elif not kind.is_named and isinstance(given, list):
        pairs = [(str(number), values) for number, values in enumerate(given, 1)]
    else:
        return None
    entries = {name: values for name, values in pairs if isinstance(values, Mapping)}
    return entries if len(entries) == len(pairs) else None


def _problem(kind: TableKind, key: str, values: Mapping[str, object], file: Path, details: ErrorDetails) -> str:
    where = [str(part) for part in details["loc"]]
    fields = kind.model.model_fields
    reason = details["msg"].removeprefix("Value error, ")
    if not where:
        return f"{key} ({file}): {reason}"
    info = fields.get(where[0])
    if info is None and details["type"] != "cross_check":
        return f"{key}.{where[0]} ({file}): no such setting; there are {', '.join(fields)}"
    if where[0] not in values:
        return f"{key}.{where[0]} ({file}) is not set: {(info and info.description) or reason}"
    shown = repr(values[where[0]])
    return f"{key}.{'.'.join(where)}={shown[:200]} ({file}): {reason}"


def put_tables(found: Mapping[TablePath, Any], into: dict[str, Any]) -> dict[str, Any]:
    """Put what `take_tables` found where the model has it."""
    for path, value in found.items():
        inner = into
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
    return into
