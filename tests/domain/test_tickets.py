"""Tickets as they are stored, kept at hand, and forgotten. Times in seconds."""

from __future__ import annotations

import msgspec
import pytest

from stream.domain.definitions import Definitions
from stream.domain.derivation import Derivation
from stream.domain.events import HandedOff
from stream.domain.facts import Facts
from stream.domain.segments import segment_of
from stream.domain.ticket import Ticket
from stream.domain.ticket_rows import NO_LEVELS, decode_head, place_of_events
from stream.domain.tickets import Tickets
from stream.metrics import METRICS
from tests.domain.stories import US, Story

HOUR = 3600
HORIZON = 24 * HOUR
DERIVATION = Derivation(METRICS, Definitions())


def tickets(horizon: int = HORIZON, warm: int = 1000) -> Tickets:
    return Tickets(DERIVATION, horizon * US, warm)


def store(held: Tickets, story: Story, name: str = "T", again: Ticket | None = None) -> tuple[Ticket, bytes]:
    """Settle a ticket with this log, a new one or one that is there."""
    one = again or Ticket(DERIVATION.nothing)
    log = story.log
    derived = DERIVATION.anew("T", one, log)
    one.settled_as(derived.timeline, derived.facts, derived.statements, derived.row)
    one.resume(log, derived.row)
    held.keep(name, one, derived.row)
    return one, derived.row.content


def facts_of(one: Ticket) -> Facts:
    return {key: fact for facts in one.facts for key, fact in facts.items()}


def forgotten(held: Tickets, now_us: int) -> list[str]:
    return [name for name in held.expire(now_us) if name is not None]


SOLVED = Story().created(0).status(100, "solved")
OPEN = Story().created(0).status(100, "open")
WAITING = Story().queued(100)


def test_a_stored_ticket_comes_back_with_its_log_and_its_facts() -> None:
    held = tickets()
    _, row = store(held, SOLVED)
    anew = tickets()
    anew.restore("T", row)
    again = anew.get("T")
    assert again is not None
    assert (again.open(), facts_of(again)) == (SOLVED.log, SOLVED.facts)


def test_a_ticket_nobody_stored_is_not_known() -> None:
    assert tickets().get("T") is None


def test_its_row_says_which_levels_it_is_in() -> None:
    held = tickets()
    held.restore("T", store(held, Story().created(0, "phone").queued(5))[1])
    ((_, head),) = held.restored()
    levels = [(level.measure, level.since_us) for level in head.levels]
    assert {("in_time", 25 * US), ("open", 0), ("waiting", 5 * US)} <= set(levels)


def test_a_settled_ticket_is_forgotten_once_its_last_event_is_older_than_the_horizon() -> None:
    held = tickets()
    store(held, SOLVED)
    assert forgotten(held, (100 + HORIZON) * US) == []
    assert forgotten(held, (100 + HORIZON + HOUR) * US) == ["T"]
    assert (len(held), held.get("T")) == (0, None)


@pytest.mark.parametrize("story", [OPEN, WAITING], ids=["open", "waiting"])
def test_a_ticket_that_is_open_or_waits_is_never_forgotten(story: Story) -> None:
    held = tickets()
    store(held, story)
    assert forgotten(held, 1000 * HORIZON * US) == []
    assert held.get("T") is not None


def test_a_ticket_of_which_only_surveys_are_known_is_forgotten() -> None:
    held = tickets()
    store(held, Story().survey(100, 5))
    assert forgotten(held, (100 + HORIZON + HOUR) * US) == ["T"]


def test_an_open_ticket_is_forgotten_a_horizon_after_it_was_solved() -> None:
    held = tickets()
    store(held, OPEN)
    forgotten(held, 5 * HORIZON * US)
    store(held, Story().created(0).status(5 * HORIZON, "solved"))
    assert forgotten(held, (6 * HORIZON - 1) * US) == []
    assert forgotten(held, (6 * HORIZON + HOUR) * US) == ["T"]


def test_every_event_puts_off_the_day_it_is_forgotten() -> None:
    held = tickets()
    store(held, SOLVED)
    store(held, Story().created(0).status(100, "solved").message(HORIZON))
    assert forgotten(held, (100 + HORIZON + HOUR) * US) == []
    assert forgotten(held, (2 * HORIZON + HOUR) * US) == ["T"]


def test_a_restored_ticket_is_forgotten_like_any_other() -> None:
    held, anew = tickets(), tickets()
    anew.restore("T", store(held, SOLVED)[1])
    assert [name for name, _ in anew.restored()] == ["T"]
    assert forgotten(anew, (100 + HORIZON + HOUR) * US) == ["T"]


def test_without_a_horizon_nothing_is_forgotten() -> None:
    held = tickets(horizon=0)
    store(held, SOLVED)
    assert forgotten(held, 10**6 * HORIZON * US) == []


def test_tickets_not_used_for_long_are_let_go_and_read_again() -> None:
    held = tickets(warm=2)
    first, _ = store(held, SOLVED)
    held.warm("T", first)
    assert held.get("T") is first
    for number in range(6):
        held.warm(f"other {number}", Ticket(DERIVATION.nothing))
    again = held.get("T")
    assert again is not None
    assert again is not first
    assert (again.open(), again.facts) == (first.open(), first.facts)


def test_all_stored_tickets_can_be_read_in_turn() -> None:
    held = tickets()
    store(held, SOLVED, "A")
    store(held, OPEN, "B")
    assert dict(held) == {"A": SOLVED.log, "B": OPEN.log}


def test_discarding_a_ticket_that_is_not_there_is_fine() -> None:
    held = tickets()
    held.discard("T")
    assert len(held) == 0


def test_a_ticket_whose_last_event_becomes_an_earlier_one_is_asked_again_as_soon() -> None:
    held = tickets()
    one, _ = store(held, SOLVED)
    held.warm("T", one)
    store(held, Story().created(0).status(5 * HORIZON, "solved"), again=one)
    assert forgotten(held, (HORIZON + 2 * HOUR) * US) == []
    store(held, SOLVED, again=one)
    assert forgotten(held, (HORIZON + 3 * HOUR) * US) == ["T"]


@pytest.mark.parametrize("count", [0, 13, 14, 15, 200, 65_535, 70_000])
def test_a_row_is_the_msgpack_of_its_five_parts_however_many_events_it_has(count: int) -> None:
    events = [*Story().created(0).events, *(HandedOff(number, "", f"{number} /s") for number in range(1, count + 1))]
    one = Ticket(DERIVATION.nothing, 7)
    for event in events:
        one.add(event)
    levels = [("open", segment_of("email", "", ""), 0)]
    row = one.next_row(msgspec.msgpack.encode(levels))
    assert row.content == msgspec.msgpack.encode([count, False, levels, events, 7])
    assert row.content[row.begin : row.end] == b"".join(msgspec.msgpack.encode(event) for event in events)
    assert place_of_events(row.content, decode_head(row.content)) == (row.begin, row.end)


def test_a_row_of_before_there_were_floors_can_be_read_and_grows() -> None:
    no_levels: list[object] = []
    old = msgspec.msgpack.encode([100 * US, True, no_levels, SOLVED.log])
    held = tickets()
    held.restore("T", old)
    again = held.get("T")
    assert again is not None
    more = HandedOff(200 * US, "", "more /s")
    again.add(more)
    assert again.next_row(NO_LEVELS).content == msgspec.msgpack.encode(
        [200 * US, True, no_levels, [*SOLVED.log, more], 0]
    )
