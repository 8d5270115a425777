"""Zendesk's metric sets: minutes by the calendar, of each ticket.

A figure that is null was not reached. ``updated_at`` is when the set was written: what happened later is not in it.
(``/api/v2/ticket_metrics.json``; Zendesk "ticket metrics": ``reply_time_in_minutes`` and so on.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from stream.connect.fields import mapping, moment_us, number
from stream.reconcile.export import number_or_none
from stream.reconcile.figure import Figure, Reading, Theirs, first_response, resolution
from stream.reconcile.ticket import Ticket

_MINUTE_SECONDS: Final = 60.0
_MINUTES: Final = {
    "reply_time": "reply_time_in_minutes",
    "first_resolution": "first_resolution_time_in_minutes",
    "full_resolution": "full_resolution_time_in_minutes",
}


def _reopens(ticket: Ticket) -> float | None:
    return None if ticket.is_left_out or ticket.created_us is None else float(ticket.reopenings)


def _readings(ticket: Ticket, theirs: Theirs) -> Iterator[Reading]:
    yield "merged, spam or deleted: ours leaves it out", float(ticket.reopenings)


FIGURES: Final[tuple[Figure, ...]] = (
    first_response(_MINUTE_SECONDS, "reply_time", "first reply time, calendar"),
    resolution(_MINUTE_SECONDS, "first_resolution", "first resolution time, calendar", which="first"),
    resolution(_MINUTE_SECONDS, "full_resolution", "full resolution time, calendar", which="full"),
    Figure("reopens", "reopens", "times", 0.0, _reopens, _readings),
)


def is_metric_set(row: Mapping[str, Any]) -> bool:
    """True for one."""
    known = ("reopens", *_MINUTES.values(), *(f"{field}_calendar" for field in _MINUTES.values()))
    return "ticket_id" in row and any(field in row for field in known)


def theirs_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[Theirs]:
    """Tickets of metric sets; other objects are none."""
    for row in rows:
        ticket = number(row.get("ticket_id"))
        if not ticket or not is_metric_set(row):
            continue
        figures: dict[str, float | None] = {}
        for name, field in _MINUTES.items():
            if field in row or f"{field}_calendar" in row:
                minutes = number_or_none(mapping(row.get(field)).get("calendar", row.get(f"{field}_calendar")))
                figures[name] = None if minutes is None else minutes * _MINUTE_SECONDS
        if "reopens" in row:
            figures["reopens"] = number_or_none(row["reopens"])
        yield Theirs(ticket, figures, moment_us(row.get("updated_at")))
