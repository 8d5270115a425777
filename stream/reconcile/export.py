"""The vendors' own exports: their objects without wrappings, and numbers in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any, Final

from stream.connect.envelopes import unwrapped
from stream.connect.fields import mapping, objects

_LISTS: Final = ("ticket_metrics", "ticket_metric_sets", "tickets", "metric_sets", "payload", "reporting_events")


def number_or_none(value: object) -> float | None:
    """A number, or a text that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if isfinite(found) else None


def objects_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Objects of pages, lines and tables; of a ticket with its metric set beside it (a side-load) the set."""
    for row in rows:
        for found in unwrapped(row):
            record = mapping(found.record.get("data")) or found.record
            lists = [name for name in _LISTS if isinstance(record.get(name), list | tuple)]
            for item in (item for name in lists for item in objects(record[name])):
                yield _inner(item)
            if not lists:
                yield _inner(record)


def _inner(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(item.get("metric_set")) or mapping(item.get("ticket_metric")) or item
