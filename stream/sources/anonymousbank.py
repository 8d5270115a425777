"""Telephone calls with waiting and abandonment, one row per call: the Technion "Anonymous Bank" layout.

A call enters the voice menu (``vru_*``), may queue (``q_*``) and may be served (``ser_*``). Clock times are
local, H:MM:SS, without a day: ``0:00:00`` in both times of a step means that the step did not happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent, Row, Source, wrong_cell

# Asia/Jerusalem in summer, which is all of August 1999: other months of this data need their own.
UTC_OFFSET = "+0300"
DAY_SECONDS = 86_400
HALF_DAY_SECONDS = 43_200
NEVER = "0:00:00"
OUTCOMES = ("AGENT", "HANG", "PHANTOM")

# Order of a call's events where their times are equal.
CREATED, QUEUED, LEFT, ENDED = range(4)


def events(rows: Iterable[Row]) -> Iterator[CloudEvent]:
    """The events of each call, call after call in the order of the rows; PHANTOM calls give none."""
    seen: dict[str, int] = {}
    agents: dict[str, str] = {}
    for row in rows:
        call = f"{row['date']}-{row['vru+line']}-{row['call_id']}"
        if row["outcome"] not in OUTCOMES:
            raise wrong_cell(call, "outcome", row["outcome"], " or ".join(OUTCOMES))
        if row["outcome"] == "PHANTOM":
            continue
        # The key is unique in the published months; if a file repeats it, the calls must not fold into one.
        seen[call] = seen.get(call, 0) + 1
        ticket = call if seen[call] == 1 else f"{call}-{seen[call]}"
        # Servers are first names in the file. The pipeline needs to tell agents apart, not to know them.
        agent = agents.setdefault(row["server"], f"agent-{len(agents) + 1}")
        yield from _call(row, ticket, agent)


def _call(row: Row, ticket: str, agent: str) -> Iterator[CloudEvent]:
    times = _placed(row, ticket)
    midnight = _midnight(row, ticket)

    def event(kind: str, seconds: int, order: int, data: dict[str, str] | None = None) -> CloudEvent:
        time = (midnight + timedelta(seconds=seconds)).isoformat()
        name = kind.removeprefix("ticket.")
        return cloud_event("/anonymousbank", f"{ticket}-{name}", kind, ticket, time, sequence=order, data=data)

    created = times["vru_entry"]
    end = times["vru_exit"]
    yield event(
        "ticket.created",
        created,
        CREATED,
        {"channel": "phone", "team": row["type"], "priority": row["priority"], "opened_by": "customer"},
    )
    if "q_start" in times:
        end = times["q_exit"]
        yield event("ticket.queued", times["q_start"], QUEUED)
    if row["outcome"] == "AGENT":
        answered = times.get("ser_start", end)
        yield event("ticket.answered", answered, LEFT, {"agent_id": agent})
        end = max(answered, times.get("ser_exit", answered))
    elif "q_start" in times:
        # Some hang-ups carry a service span too: the customer was gone, so the span is not service.
        yield event("ticket.abandoned", end, LEFT)
    yield event("ticket.ended", max(created, end), ENDED)


def _placed(row: Row, ticket: str) -> dict[str, int]:
    """Seconds since the midnight before the call, for every step that happened.

    A clock time more than twelve hours before the one before it belongs to the next day. The start of service
    may also lie a second or two *before* the queue's exit (two systems, two clocks), on the other side of
    midnight.
    """
    times: dict[str, int] = {}
    previous = None
    for start, end in (("vru_entry", "vru_exit"), ("q_start", "q_exit"), ("ser_start", "ser_exit")):
        if start != "vru_entry" and row[start] == row[end] == NEVER:
            continue
        for column in (start, end):
            seconds = _clock(row, column, ticket)
            if previous is not None:
                seconds += previous - previous % DAY_SECONDS
                if previous - seconds > HALF_DAY_SECONDS:
                    seconds += DAY_SECONDS
                elif column == "ser_start" and seconds - previous > HALF_DAY_SECONDS:
                    seconds -= DAY_SECONDS
            times[column] = previous = seconds
    return times


def _clock(row: Row, column: str, ticket: str) -> int:
    try:
        hours, minutes, seconds = map(int, row[column].split(":"))
    except ValueError:
        raise wrong_cell(ticket, column, row[column], "a clock time H:MM:SS") from None
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60):
        raise wrong_cell(ticket, column, row[column], "a clock time from 0:00:00 to 23:59:59")
    return hours * 3600 + minutes * 60 + seconds


def _midnight(row: Row, ticket: str) -> datetime:
    try:
        return datetime.strptime(f"{row['date']} {UTC_OFFSET}", "%y%m%d %z")
    except ValueError:
        raise wrong_cell(ticket, "date", row["date"], "a day YYMMDD") from None


SOURCE = Source(
    name="anonymousbank",
    title='calls of the Technion "Anonymous Bank" data (one row per call)',
    columns=(
        "vru+line",
        "call_id",
        "priority",
        "type",
        "date",
        "vru_entry",
        "vru_exit",
        "q_start",
        "q_exit",
        "outcome",
        "ser_start",
        "ser_exit",
        "server",
    ),
    events=events,
)
