"""A ticket in use: its log as the bytes that are stored, what has been read of it, and the facts that are booked."""

from __future__ import annotations

from typing import Final, TypeAlias

from stream.compiled import mypyc_attr
from stream.domain.events import Event
from stream.domain.facts import Facts
from stream.domain.log import Insertion, insert, place
from stream.domain.statement_events import TakenBack
from stream.domain.statements import NOTHING, Statements
from stream.domain.ticket_rows import NO_LEVELS, array_head, decode_log, encode
from stream.domain.timeline import Timeline

NEVER_US: Final = 1 << 62
_MANY_EVENTS: Final = 64
"""From so many on ids are kept at hand: looking for one in the row takes a time that grows with it."""

_ROW_OF_FIVE: Final = b"\x95"
_AT_REST: Final = b"\xc3"
_UNDER_WAY: Final = b"\xc2"

Arrival: TypeAlias = tuple[Event, Insertion, object]
"""An event that came since the ticket was last settled, what became of it, and where it came from."""


@mypyc_attr(acyclic=True)
class Row:
    """A ticket's row, and where in it the encoded events lie. ``levels``: encoded; ``last_us``: of the last event."""

    __slots__ = ("begin", "content", "end", "last_us", "levels")

    def __init__(self, content: bytes, begin: int, end: int, levels: bytes, last_us: int) -> None:
        self.content = content
        self.begin = begin
        self.end = end
        self.levels = levels
        self.last_us = last_us


NO_ROW: Final = Row(b"", 0, 0, NO_LEVELS, 0)
"""Of a log that is empty: nothing is stored of it."""


@mypyc_attr(acyclic=True)
class Ticket:
    """No events are kept, but those that came since it was last settled; the log is decoded only where it has to be.

    ``timeline``: what was read of the log as it was last settled; None: nothing, or not this log. ``facts``: those that
    are booked, by metric. ``statements``: those that have been made. ``row``: what is stored. ``count``: events in the
    log. ``is_rewritten``: it is not the stored one with the arrivals behind it. ``arrivals``: since it was last
    settled, in their order.
    ``floor_seconds``: what is older was beyond the reopen horizon already when the ticket became known. It may have
    been counted for a ticket of this name that was forgotten since, and must not be counted again.
    ``scheduled_us``: it is asked whether the ticket may be forgotten as if this were its last event, or sooner.
    ``fresh_bytes``: at most so many have been added to the log since, where it has more than a few events.
    """

    __slots__ = (
        "_fresh",
        "_last_sequence",
        "_last_uid",
        "_log",
        "_uids",
        "arrivals",
        "count",
        "facts",
        "floor_seconds",
        "floor_us",
        "fresh_bytes",
        "is_rewritten",
        "last_us",
        "row",
        "scheduled_us",
        "statements",
        "timeline",
    )

    def __init__(self, facts: list[Facts], floor_seconds: int = 0) -> None:
        self.timeline: Timeline | None = None
        self.facts = facts
        self.statements: Statements = NOTHING
        self.row = NO_ROW
        self.floor_seconds = floor_seconds
        self.floor_us = floor_seconds * 1_000_000
        self.scheduled_us = NEVER_US
        self.arrivals: list[Arrival] = []
        self.fresh_bytes = 0
        self.is_rewritten = False
        self.count = 0
        self.last_us = 0
        self._last_sequence = self._last_uid = ""
        self._fresh: bytearray | None = None
        self._log: list[Event] | None = None
        self._uids: set[str] | None = None

    def resume(self, log: list[Event], row: Row) -> None:
        """Begin again where ``row`` was stored, which holds ``log``."""
        self.row = row
        self.count = len(log)
        self._uids = {event.uid for event in log} if len(log) >= _MANY_EVENTS else None
        self._fresh = self._log = None
        self.is_rewritten = False
        self._note_last(log)

    def _note_last(self, log: list[Event]) -> None:
        if log:
            last = log[-1]
            self.last_us, self._last_sequence, self._last_uid = last.time_us, last.sequence, last.uid

    # --- the log -----------------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """True while the events lie decoded in memory: until `close`, or until the ticket is settled."""
        return self._log is not None

    def open(self) -> list[Event]:
        """The log. It is decoded once, and then kept until the ticket is settled."""
        log = self._log
        if log is None:
            stored = self.row.content[self.row.begin : self.row.end]
            log = decode_log(b"".join((array_head(self.count), stored, self._fresh or b"")))
            if self._uids is None:
                self._uids = {event.uid for event in log}
            self._log = log
        return log

    def close(self) -> None:
        """Let the decoded events go, if they can be read again."""
        if not self.is_rewritten:
            self._log = None
            if self.count < _MANY_EVENTS:
                self._uids = None

    def holds(self, uid: str) -> bool:
        """True when the log has an event of this id."""
        if self._uids is None:
            if self.count < _MANY_EVENTS:
                text = encode(uid)
                if text not in self.row.content and (self._fresh is None or text not in self._fresh):
                    return False
            # Where the text stands in the row it may still be another field, or a part of one.
            self.open()
        return self._uids is not None and uid in self._uids

    def add(self, event: Event) -> None:
        """Put an event into the log that it does not hold."""
        time_us, sequence, uid = event.time_us, event.sequence, event.uid
        if (
            time_us > self.last_us
            or not self.count
            or (time_us == self.last_us and (sequence, uid) > (self._last_sequence, self._last_uid))
        ):
            if self.is_rewritten:
                self.open().append(event)
            else:
                encoded = encode(event)
                if self._fresh is None:
                    self._fresh = bytearray(encoded)
                else:
                    self._fresh += encoded
                if self._log is not None:
                    self._log.append(event)
            self.last_us, self._last_sequence, self._last_uid = time_us, sequence, uid
        else:
            place(self.open(), event)
            self.is_rewritten = True
        self.count += 1
        if self._uids is not None:
            self._uids.add(uid)

    def rewrite(self, log: list[Event]) -> None:
        """Put another log of as many events, with the same ids, in place of this one."""
        self._log = log
        self.is_rewritten = True

    def repeat(self, event: Event) -> Insertion:
        """What becomes of an event whose id the log holds already."""
        log = self.open()
        insertion = insert(log, event)
        if insertion is Insertion.CONFLICT:
            self.is_rewritten = True
            self._note_last(log)
            if type(event) is TakenBack:
                self.count -= 1
                if self._uids is not None:
                    self._uids.discard(event.uid)
        return insertion

    # --- the row -----------------------------------------------------------------------------------------------------

    def next_row(self, levels: bytes) -> Row:
        """What is to be stored of the log as it is; ``levels`` as encoded."""
        if self.is_rewritten:
            return self.row_of(self.open(), levels)
        row = self.row
        stored = row.content[row.begin : row.end]
        return self._lay_out(self.last_us, levels, self.count, stored, self._fresh or b"")

    def row_of(self, log: list[Event], levels: bytes) -> Row:
        """The same of another log."""
        if not log:
            return NO_ROW
        return self._lay_out(log[-1].time_us, levels, len(log), b"", b"".join([encode(event) for event in log]))

    def _lay_out(self, last_us: int, levels: bytes, count: int, stored: bytes, fresh: bytes | bytearray) -> Row:
        # A ticket that is in a level is never forgotten: nobody could take it out again.
        rest = _AT_REST if levels == NO_LEVELS else _UNDER_WAY
        floor = encode(self.floor_seconds)
        head = b"".join((_ROW_OF_FIVE, encode(last_us), rest, levels, array_head(count)))
        content = b"".join((head, stored, fresh, floor))
        return Row(content, len(head), len(content) - len(floor), levels, last_us)

    # --- settling ----------------------------------------------------------------------------------------------------

    def settled_as(self, timeline: Timeline | None, facts: list[Facts], statements: Statements, row: Row) -> None:
        """Facts of the log are booked, what it states is told, and the row is kept."""
        self.timeline = timeline
        self.facts = facts
        self.statements = statements
        self.row = row
        self._fresh = None
        self.is_rewritten = False
        self.close()
