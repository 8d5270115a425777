"""Asterisk: calls that wait in queues, from ``queue_log``, the file or the realtime table.

A call is a ticket on the channel ``phone``; each entry into a queue is a visit. Caller ids, names and extensions are
never read; members become pseudonyms. Asterisk's own "abandoned" also counts timeouts, empty queues and withdrawals,
so its figures differ on purpose. (asterisk apps/app_queue.c; formats of the current source and of those before
version 12.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, cast
from zoneinfo import ZoneInfo

from pydantic import Field

from stream.connect.asterisk.call import events_of_call
from stream.connect.asterisk.follower import CallFollower
from stream.connect.asterisk.line import NO_CALL, Line, line_of_file, line_of_table
from stream.connect.options import Options
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.pseudonym import pseudonyms
from stream.connect.vendor import Account, Layout, Record, Vendor
from stream.connect.zones import ZoneName
from stream.domain.events import LeaveReason
from stream.domain.labels import clean_label

_TABLE_COLUMNS: Final = frozenset({"time", "callid", "queuename", "agent", "event"})


class AsteriskOptions(Options):
    """Options of Asterisk beside those of every vendor: ``teams`` names queues."""

    zone: ZoneName = Field(
        "", description="Time zone of the PBX (Europe/Berlin); needed for the table, whose times are local."
    )
    pseudonym_key: str = Field("", description="Key of the members' pseudonyms; empty: the source, which others know.")
    keys: dict[str, LeaveReason] = Field(
        {}, description="What leaving by a key means: 'support:1' or, for all queues, '1' to callback, voicemail, ..."
    )


def translate(record: Record, account: Account) -> Iterator[Outcome]:
    """Outcomes of one call: ``lines`` in the order of the log, ``read_to_us`` where the log goes on."""
    options = cast(AsteriskOptions, account.options)

    def team(queue: str) -> str:
        return options.teams.get(queue, queue)

    def key_reason(queue: str, key: str) -> str:
        return options.keys.get(f"{queue}:{key}") or options.keys.get(key) or "transfer"

    if "outcome" in record:
        yield cast(Outcome, record["outcome"])
        return
    yield from events_of_call(record["lines"], account.source, team, key_reason, record.get("read_to_us"))


def calls(lines: Iterable[Line | Broken]) -> Iterator[Record]:
    """Records of calls, by their first line, once all lines are read; what concerns no call is told at once."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        if isinstance(line, Broken):
            yield {"outcome": line}
        elif line.call in NO_CALL:
            yield {"outcome": Passed(clean_label(line.event[:64]) or "no event")}
        else:
            found.setdefault(line.call, []).append(line)
    for held in found.values():
        yield {"lines": in_order(held)}


def in_order(lines: Sequence[Line]) -> list[Line]:
    """Lines by time; of one time in the order of the log. Several files may be read in any order."""
    return sorted(lines, key=lambda line: line.time_us)


def lines_of(rows: Iterable[Mapping[str, object]], account: Account) -> Iterator[Line | Broken]:
    """Lines of the file (rows that hold a ``line``, and its ``place`` for messages) or of the table."""
    options = cast(AsteriskOptions, account.options)
    pseudonym = pseudonyms(options.pseudonym_key or account.source)
    zone = ZoneInfo(options.zone) if options.zone else None
    for number, row in enumerate(rows, 1):
        text = row.get("line")
        if isinstance(text, str):
            if text.strip():
                yield line_of_file(text, str(row.get("place") or f"line {number}"), pseudonym)
        elif zone is not None:
            yield line_of_table(row, number, zone, pseudonym)
        else:
            yield Broken(f"row {number}", "its time is local: the option zone says of which time zone")


def follow(account: Account) -> CallFollower:
    """A follower of the file."""
    return CallFollower(lambda rows: lines_of(rows, account), lambda record: translate(record, account))


VENDOR = Vendor(
    name="asterisk",
    title="Asterisk queue_log: calls and their waits, the file or the realtime table",
    options=AsteriskOptions,
    translate=translate,
    follow=follow,
    layouts=(
        Layout(
            name="queue_log",
            title="the file /var/log/asterisk/queue_log",
            recognises=lambda names: list(names) == ["line"],
            records=lambda rows, account: calls(lines_of(rows, account)),
        ),
        Layout(
            name="queue_log table",
            title="an export of the realtime table queue_log",
            recognises=lambda names: set(names) >= _TABLE_COLUMNS,
            records=lambda rows, account: calls(lines_of(rows, account)),
        ),
    ),
)
