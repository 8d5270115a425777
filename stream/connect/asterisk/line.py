"""A line of ``queue_log`` without what is personal: the file's form, and that of the realtime table.

The file says epoch seconds (UTC), the table a local time as text: of one PBX take one of them, never both.
(asterisk main/logger.c ``ast_queue_log``, apps/app_queue.c.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from stream.connect.outcome import Broken
from stream.connect.pseudonym import Pseudonym
from stream.connect.zones import is_plausible, time_us

NO_CALL: Final = frozenset({"", "NONE", "REALTIME", "MANAGER", "CLI"})
"""What stands in place of a call id on lines that concern no call."""

_WAIT_FIELD: Final = {
    "CONNECT": 0,
    "ABANDON": 2,
    "EXITWITHTIMEOUT": 2,
    "EXITEMPTY": 2,
    "EXITWITHKEY": 3,
    "WITHDRAW": 2,
}
"""Which field of an event's own data holds the seconds waited."""

_MAX_WAIT_SECONDS: Final = 7 * 86_400
_TABLE_TIMES: Final = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S")


class Line(Struct, frozen=True, array_like=True):
    """One line. ``waited_seconds`` is None where the line does not say; ``key`` is the digit of an EXITWITHKEY."""

    time_us: int
    call: str
    queue: str
    event: str
    agent: str = ""
    waited_seconds: int | None = None
    key: str = ""


def line_of_file(text: str, place: str, pseudonym: Pseudonym) -> Line | Broken:
    """Read a line of the file: ``seconds|callid|queue|agent|EVENT|data...``."""
    fields = text.rstrip("\r\n").split("|")
    if len(fields) < 5:
        return Broken(place, f"{len(fields)} fields, where a line of queue_log has 5 at least")
    seconds = _whole(fields[0])
    if seconds is None or not is_plausible(seconds * 1_000_000):
        return Broken(place, "its first field is not a time in seconds since 1970")
    return _line(seconds * 1_000_000, fields[1:5], fields[5:], pseudonym)


def line_of_table(row: Mapping[str, Any], number: int, zone: ZoneInfo, pseudonym: Pseudonym) -> Line | Broken:
    """Read a row of the realtime table: ``time, callid, queuename, agent, event`` and ``data1...`` or ``data``.

    ``zone`` is that of the PBX; in the hour that autumn has twice, the first of the two is taken.
    """
    text = str(row.get("time") or "")
    for form in _TABLE_TIMES:
        try:
            found_us = time_us(text, form, zone)
        except ValueError:
            continue
        if not is_plausible(found_us):
            break
        head = [str(row.get(name) or "") for name in ("callid", "queuename", "agent", "event")]
        data = [str(row.get(f"data{place}") or "") for place in range(1, 6)]
        if not any(data) and row.get("data"):
            data = str(row["data"]).split("|")
        return _line(found_us, head, data, pseudonym)
    return Broken(f"row {number}", "its time is not YYYY-MM-DD HH:MM:SS")


def _line(time_us: int, head: Sequence[str], data: Sequence[str], pseudonym: Pseudonym) -> Line:
    call, queue, member, event = (field.strip() for field in head)
    event = event.upper()
    place = _WAIT_FIELD.get(event)
    waited = _whole(data[place]) if place is not None and place < len(data) else None
    if waited is not None and waited > _MAX_WAIT_SECONDS:
        waited = None
    agent = pseudonym(member) if member not in NO_CALL else ""
    key = data[0].strip()[:1] if event == "EXITWITHKEY" and data else ""
    return Line(time_us, call, queue, event, agent, waited, key)


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
