"""A ticket's log kept as the bytes that are stored: what is in it, and what it costs to ask."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.domain import ticket as module
from stream.domain import ticket_rows
from stream.domain.events import Event, HandedOff, StatusChanged, TicketUpdated
from stream.domain.log import Insertion, insert
from stream.domain.shard import Shard
from stream.domain.ticket import Ticket
from stream.domain.ticket_rows import NO_LEVELS
from tests.domain.stories import shard
from tests.domain.strategies import told
from tests.domain.test_properties import EXAMPLES

quick = settings(deadline=None, max_examples=EXAMPLES)

UIDS = st.text(st.sampled_from(["1", " ", "/", "s", "ä", "\x80", "¤", "\U0001f4de", "\u0931"]), min_size=1, max_size=8)


def with_uid(time_us: int, uid: str, team: str = "") -> Event:
    return TicketUpdated(time_us, "", uid, "", team)


def settled(ticket: Ticket) -> Ticket:
    ticket.settled_as(None, [], {}, ticket.next_row(NO_LEVELS))
    return ticket


@pytest.mark.parametrize("is_settled", [False, True])
def test_an_id_that_stands_in_another_text_of_the_row_is_not_taken_for_an_event(is_settled: bool) -> None:
    ticket = Ticket([])
    # As UTF-8 the text ends with just the bytes that the id is stored as: "ä" ends with the head of a text of four.
    ticket.add(with_uid(1, "2 /s", team="ä1 /s"))
    if is_settled:
        settled(ticket)
    assert msgspec.msgpack.encode("1 /s") in ticket.next_row(NO_LEVELS).content
    assert not ticket.holds("1 /s")
    assert ticket.holds("2 /s")


@quick
@given(st.lists(st.tuples(UIDS, UIDS, st.integers(0, 3)), max_size=12), st.sets(UIDS, max_size=8), st.data())
def test_a_ticket_holds_just_the_ids_of_its_events(
    events: list[tuple[str, str, int]], others: set[str], data: st.DataObject
) -> None:
    ticket, held = Ticket([]), set[str]()
    for uid, team, time in events:
        assert ticket.holds(uid) == (uid in held)
        if uid not in held:
            ticket.add(with_uid(time, uid, team))
            held.add(uid)
        if data.draw(st.booleans()):
            settled(ticket)
    for uid in others | held:
        assert ticket.holds(uid) == (uid in held)


@quick
@given(told(tickets=1, events=30), st.data())
def test_the_log_is_what_inserting_one_by_one_gives(story: list[tuple[str, Event]], data: st.DataObject) -> None:
    log: list[Event] = []
    ticket = Ticket([])
    for _, event in story:
        if data.draw(st.booleans()):
            assert ticket.open() == log
        if ticket.count and ticket.holds(event.uid):
            assert ticket.repeat(event) is insert(log, event)
        else:
            ticket.add(event)
            assert insert(log, event) is Insertion.ADDED
        assert (ticket.count, ticket.last_us) == (len(log), log[-1].time_us)
        row = ticket.next_row(NO_LEVELS)
        assert row.content == msgspec.msgpack.encode([log[-1].time_us, True, [], log, 0])
        if data.draw(st.booleans()):
            settled(ticket)
            assert not ticket.is_open
    assert ticket.open() == log


def events_in(target: Shard, name: str) -> bool:
    ticket = target.tickets.get(name)
    assert ticket is not None
    return ticket.is_open or bool(ticket.arrivals)


def test_between_settlements_no_ticket_keeps_its_events() -> None:
    target = shard()
    first, late, again = HandedOff(5, "", "1 /s"), HandedOff(1, "", "2 /s"), HandedOff(5, "", "1 /s")
    for events in ([first], [late], [again], [StatusChanged(9, "", "1 /s", "open")], [HandedOff(9, "", "3 /s"), again]):
        for event in events:
            target.fold("T", event)
        target.settle(0)
        assert not events_in(target, "T")


def test_a_long_log_is_decoded_once_however_many_events_come_late_or_again(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = [0]
    decode = ticket_rows.decode_log

    def counting(log: Any) -> list[Event]:
        decoded[0] += 1
        return decode(log)

    monkeypatch.setattr(module, "decode_log", counting)
    target = shard()
    for number in range(500):
        target.fold("T", HandedOff(1000 + number, "", f"{number} /s"))
    target.settle(0)
    decoded[0] = 0
    for number in range(500):
        target.fold("T", HandedOff(1000 + number, "", f"{number} /s"))
    assert decoded[0] == 1
    target.settle(0)
    for number in range(500):
        target.fold("T", HandedOff(number, "", f"late {number} /s"))
    assert decoded[0] == 2
    target.settle(0)
    for number in range(500):
        target.fold("T", HandedOff(5000 + number, "", f"new {number} /s"))
    assert decoded[0] == 2
