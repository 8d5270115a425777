"""A ticket system's audit log, one row per change: UCI data set 498 (ServiceNow incidents).

Each row is the whole incident after a change at ``sys_updated_at``. ``resolved_at`` and ``closed_at`` hold
the final values on every row, so they never date an event: a status is dated by the row that shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby

from stream.errors import ConfigError
from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent, Row, Source, integer, wrong_cell

MISSING = "?"
STATUSES = {
    "New": "new",
    "Active": "open",
    "Awaiting User Info": "pending",
    "Awaiting Vendor": "on_hold",
    "Awaiting Problem": "on_hold",
    "Awaiting Evidence": "on_hold",
    "Resolved": "solved",
    "Closed": "closed",
}


def events(rows: Iterable[Row]) -> Iterator[CloudEvent]:
    """The events of each incident, incident after incident; the rows of an incident must stand together."""
    seen: set[str] = set()
    for number, incident in groupby(rows, key=lambda row: row["number"]):
        if number in seen:
            raise ConfigError(
                f"ticket {number}: its rows do not stand together, so its changes cannot be told apart. "
                f"Sort the file by the column number and convert again."
            )
        seen.add(number)
        yield from _incident(number, list(incident))


def _incident(number: str, rows: Sequence[Row]) -> Iterator[CloudEvent]:
    # Times are to the minute, so many rows share one: the modification counter orders them, then the file.
    ordered = sorted(
        rows, key=lambda row: (_time(row, "sys_updated_at", number), integer(row, "sys_mod_count", number))
    )
    routing = _routing(ordered[0])
    opened = _time(ordered[0], "opened_at", number)
    created = {**routing, "channel": routing.get("channel", "unknown"), "opened_by": "customer"}
    yield cloud_event("/uci498", f"{number}-created", "ticket.created", number, opened, sequence=0, data=created)
    for rank, row in enumerate(ordered, start=1):
        time = _time(row, "sys_updated_at", number)
        changed = {name: value for name, value in _routing(row).items() if routing.get(name) != value}
        if changed:
            routing |= changed
            yield cloud_event(
                "/uci498",
                f"{number}-{rank}-updated",
                "ticket.updated",
                number,
                time,
                sequence=2 * rank - 1,
                data=changed,
            )
        # A state we do not know goes out as it stands: the pipeline dead-letters it and names it.
        status = STATUSES.get(row["incident_state"], row["incident_state"])
        yield cloud_event(
            "/uci498",
            f"{number}-{rank}-status",
            "ticket.status",
            number,
            time,
            sequence=2 * rank,
            data={"status": status},
        )


def _routing(row: Row) -> dict[str, str]:
    """What the row says of channel, team and priority; a missing value says nothing."""
    cells = {
        "channel": row["contact_type"].lower(),
        "team": row["assignment_group"],
        "priority": row["priority"],
    }
    return {name: value for name, value in cells.items() if value not in ("", MISSING)}


def _time(row: Row, column: str, number: str) -> str:
    try:
        return _rfc3339(row[column])
    except ValueError:
        raise wrong_cell(number, column, row[column], "a time d/m/YYYY HH:MM") from None


@lru_cache(maxsize=65_536)
def _rfc3339(text: str) -> str:
    # The file names no zone; spans are what is measured, so UTC serves.
    return datetime.strptime(f"{text} +0000", "%d/%m/%Y %H:%M %z").strftime("%Y-%m-%dT%H:%M:%SZ")


SOURCE = Source(
    name="uci498",
    title="incidents of UCI data set 498 (one row per change)",
    columns=(
        "number",
        "incident_state",
        "sys_mod_count",
        "opened_at",
        "sys_updated_at",
        "contact_type",
        "priority",
        "assignment_group",
    ),
    events=events,
)
