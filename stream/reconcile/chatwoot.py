"""Chatwoot's reporting events: seconds from the creation, one row for each response and each resolution.

Every change to resolved is a row, timed from the creation: the first and the last are compared, and their number.
(``/api/v1/accounts/{a}/reporting_events``; app/listeners/reporting_event_listener.rb.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from stream.connect.fields import moment_us, number, text
from stream.reconcile.export import number_or_none
from stream.reconcile.figure import Figure, Reading, Theirs, first_response, resolution
from stream.reconcile.ticket import Ticket

_SECONDS: Final = 2.0
_RESOLVED: Final = "conversation_resolved"


def _resolutions(ticket: Ticket) -> float | None:
    return None if ticket.is_left_out or ticket.created_us is None else float(len(ticket.resolutions))


def _readings(ticket: Ticket, theirs: Theirs) -> Iterator[Reading]:
    yield "merged, spam or deleted: ours leaves it out", float(len(ticket.resolutions))


FIGURES: Final[tuple[Figure, ...]] = (
    first_response(_SECONDS, "first_response", "first response time"),
    resolution(_SECONDS, "first_resolution", "first resolution time", which="first"),
    resolution(_SECONDS, "last_resolution", "last resolution time", which="full"),
    Figure("resolutions", "resolutions", "times", 0.0, _resolutions, _readings),
)


def is_reporting_event(row: Mapping[str, Any]) -> bool:
    """True for one."""
    return {"name", "value", "conversation_id"} <= row.keys()


def theirs_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[Theirs]:
    """Conversations of reporting events. The newest row of all says when the export was made."""
    responses: dict[str, float] = {}
    resolved: dict[str, list[tuple[int, float]]] = {}
    newest_us: int | None = None
    seen: dict[str, None] = {}
    for row in rows:
        conversation, value = number(row.get("conversation_id")), number_or_none(row.get("value"))
        at_us = moment_us(row.get("event_end_time")) or moment_us(row.get("created_at"))
        if not is_reporting_event(row) or not conversation or value is None:
            continue
        seen[conversation] = None
        newest_us = at_us if newest_us is None else max(newest_us, at_us or 0)
        name = text(row.get("name"))
        if name == "first_response":
            responses[conversation] = value
        elif name == _RESOLVED:
            resolved.setdefault(conversation, []).append((at_us or 0, value))
    for conversation in seen:
        times = [value for _, value in sorted(resolved.get(conversation, []))]
        figures = {
            "first_response": responses.get(conversation),
            "first_resolution": times[0] if times else None,
            "last_resolution": times[-1] if times else None,
            "resolutions": float(len(times)),
        }
        yield Theirs(conversation, figures, newest_us)
