"""Markdown of the page of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

Numbers: TypeAlias = Mapping[str, Any]

NONE: Final = "-"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(' --- ' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def figure(value: float) -> str:
    """As a person reads it: three digits, or all of a large one."""
    if isinstance(value, int) or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def with_unit(value: float | None, unit: str) -> str:
    """The same, of what may be missing."""
    if value is None:
        return NONE
    return f"{figure(value)} {unit}".strip()
