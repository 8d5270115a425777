"""What two sets of rows say otherwise, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from msgspec import Struct

from stream.compare.history import RowKey
from stream.domain.row_numbers import FIELDS, kind_of, number_of
from stream.domain.rows import Row
from stream.errors import ConfigError


class Side(Struct, frozen=True):
    """What one side says: how many it counted, and the number (spans in seconds, a ratio as a share); None: no row."""

    count: int
    number: float | None


class Difference(Struct, frozen=True):
    """One row on both sides. ``kind``: of the row. ``metric``, ``definition``: its names, both where they differ.

    ``fields``: what in it is not the same; empty where a side has no such row.
    """

    metric: str
    definition: str
    by: str
    group: str
    kind: str
    one: Side | None
    other: Side | None
    fields: tuple[str, ...] = ()

    @property
    def change(self) -> float | None:
        """The number of the other side less that of the one; None where either has none."""
        if self.one is None or self.other is None or self.one.number is None or self.other.number is None:
            return None
        return self.other.number - self.one.number


def differences(one: Mapping[RowKey, Row], other: Mapping[RowKey, Row], by: str, now_us: int) -> Iterator[Difference]:
    """The rows of ``by`` that do not say the same, in the order of ``one``, then those that only ``other`` has.

    Whatever a row says counts, its percentiles and intervals too, not only the number that is shown.
    """
    for key in (*one, *(key for key in other if key not in one)):
        metric, definition, of, group = key
        if of == by and one.get(key) != other.get(key):
            mine, theirs = one.get(key), other.get(key)
            kind = kind_of(mine or other[key])
            fields = _fields(mine, theirs) if mine and theirs else ()
            yield Difference(metric, definition, by, group, kind, _side(mine, now_us), _side(theirs, now_us), fields)


def between(rows: Mapping[RowKey, Row], definitions: tuple[str, str], by: str, now_us: int) -> Iterator[Difference]:
    """The rows of two definitions (``name@version``) side by side, equal ones too.

    ConfigError: no row has that definition, or the two are of different kinds.
    """
    sides = [{key: row for key, row in rows.items() if key[1] == definition} for definition in definitions]
    for definition, found in zip(definitions, sides, strict=True):
        if not found:
            known = sorted({key[1] for key in rows})
            close = " or ".join(get_close_matches(definition, known, n=3, cutoff=0.3)) or ", ".join(known)
            raise ConfigError(
                f"--definition {definition}: nothing was counted by it. Did you mean {close}? `deskpulse metrics` "
                "lists them all, and which metrics are on"
            )
    kinds = [kind_of(next(iter(found.values()))) for found in sides]
    if kinds[0] != kinds[1]:
        raise ConfigError(
            f"--definition: {definitions[0]} is a {kinds[0]}, {definitions[1]} a {kinds[1]}: they cannot be compared"
        )
    metric = " / ".join(dict.fromkeys(key[0] for found in sides for key in found))
    by_group = [{key[3]: row for key, row in found.items() if key[2] == by} for found in sides]
    for group in sorted(by_group[0].keys() | by_group[1].keys()):
        mine, theirs = (_side(found.get(group), now_us) for found in by_group)
        yield Difference(metric, " / ".join(definitions), by, group, kinds[0], mine, theirs)


def _fields(mine: Row, theirs: Row) -> tuple[str, ...]:
    return tuple(name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name))


def _side(row: Row | None, now_us: int) -> Side | None:
    if row is None:
        return None
    return Side(row["count"], number_of(row, FIELDS[kind_of(row)][0], now_us))
