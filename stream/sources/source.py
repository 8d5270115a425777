"""What a source is: a name, the columns it needs, and a pure function from rows to events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from stream.errors import ConfigError

Row: TypeAlias = Mapping[str, str]
CloudEvent: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """One kind of file ``deskpulse convert`` can read."""

    name: str
    title: str
    columns: tuple[str, ...]
    events: Callable[[Iterable[Row]], Iterator[CloudEvent]]


def wrong_cell(subject: str, column: str, value: str, expected: str) -> ConfigError:
    """The error for a cell that cannot be read: which ticket, which column, what was expected."""
    return ConfigError(
        f"ticket {subject}: column {column} holds {value[:40]!r}, expected {expected}. "
        f"Correct the row, or leave it out, and convert again."
    )


def integer(row: Row, column: str, subject: str) -> int:
    """The cell as a whole number."""
    try:
        return int(row[column])
    except ValueError:
        raise wrong_cell(subject, column, row[column], "a whole number") from None
