"""Tickets as they are stored, kept at hand, and forgotten. Times in seconds."""

from __future__ import annotations

import pytest

from stream.domain import tickets as module
from stream.domain.definitions import Definitions
from stream.domain.tickets import Ticket, Tickets
from stream.domain.timeline import Timeline
from stream.metrics import facts_of
from tests.domain.stories import US, Story

HOUR = 3600
HORIZON = 24 * HOUR


def tickets(horizon: int = HORIZON) -> Tickets:
    return Tickets(lambda log: facts_of(Timeline(log, Definitions()), Definitions()), horizon * US)


def ticket(story: Story) -> Ticket:
    return Ticket(story.log, story.facts)


def forgotten(held: Tickets, now_us: int) -> list[str]:
    return [name for name in held.expire(now_us) if name is not None]


SOLVED = Story().created(0).status(100, "solved")
OPEN = Story().created(0).status(100, "open")
WAITING = Story().queued(100)


def test_a_stored_ticket_comes_back_with_its_log_and_its_facts() -> None:
    held = tickets()
    row = held.store("T", ticket(SOLVED))
    anew = tickets()
    anew.restore("T", row)
    again = anew.get("T")
    assert again is not None
    assert (again.log, again.facts) == (SOLVED.log, SOLVED.facts)


def test_a_ticket_nobody_stored_is_not_known() -> None:
    assert tickets().get("T") is None


def test_its_row_says_which_levels_it_is_in() -> None:
    held = tickets()
    head = held.restore("T", held.store("T", ticket(Story().created(0, "phone").queued(5))))
    assert [(level.measure, level.since_us) for level in head.levels] == [("open", 0), ("waiting", 5 * US)]


def test_a_settled_ticket_is_forgotten_once_its_last_event_is_older_than_the_horizon() -> None:
    held = tickets()
    held.store("T", ticket(SOLVED))
    assert forgotten(held, (100 + HORIZON) * US) == []
    assert forgotten(held, (100 + HORIZON + HOUR) * US) == ["T"]
    assert (len(held), held.get("T")) == (0, None)


@pytest.mark.parametrize("story", [OPEN, WAITING], ids=["open", "waiting"])
def test_a_ticket_that_is_open_or_waits_is_never_forgotten(story: Story) -> None:
    held = tickets()
    held.store("T", ticket(story))
    assert forgotten(held, 1000 * HORIZON * US) == []
    assert held.get("T") is not None


def test_a_ticket_of_which_only_surveys_are_known_is_forgotten() -> None:
    held = tickets()
    held.store("T", ticket(Story().survey(100, 5)))
    assert forgotten(held, (100 + HORIZON + HOUR) * US) == ["T"]


def test_an_open_ticket_is_forgotten_a_horizon_after_it_was_solved() -> None:
    held = tickets()
    held.store("T", ticket(OPEN))
    forgotten(held, 5 * HORIZON * US)
    held.store("T", ticket(Story().created(0).status(5 * HORIZON, "solved")))
    assert forgotten(held, (6 * HORIZON - 1) * US) == []
    assert forgotten(held, (6 * HORIZON + HOUR) * US) == ["T"]


def test_every_event_puts_off_the_day_it_is_forgotten() -> None:
    held = tickets()
    held.store("T", ticket(SOLVED))
    held.store("T", ticket(Story().created(0).status(100, "solved").message(HORIZON)))
    assert forgotten(held, (100 + HORIZON + HOUR) * US) == []
    assert forgotten(held, (2 * HORIZON + HOUR) * US) == ["T"]


def test_a_restored_ticket_is_forgotten_like_any_other() -> None:
    held, anew = tickets(), tickets()
    anew.restore("T", held.store("T", ticket(SOLVED)))
    assert forgotten(anew, (100 + HORIZON + HOUR) * US) == ["T"]


def test_without_a_horizon_nothing_is_forgotten() -> None:
    held = tickets(horizon=0)
    held.store("T", ticket(SOLVED))
    assert forgotten(held, 10**6 * HORIZON * US) == []


def test_tickets_not_used_for_long_are_let_go_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WARM_TICKETS", 2)
    held = tickets()
    first = ticket(SOLVED)
    held.store("T", first)
    held.warm("T", first)
    assert held.get("T") is first
    for number in range(6):
        held.warm(f"other {number}", ticket(OPEN))
    again = held.get("T")
    assert again is not None
    assert again is not first
    assert (again.log, again.facts) == (first.log, first.facts)


def test_all_stored_tickets_can_be_read_in_turn() -> None:
    held = tickets()
    held.store("A", ticket(SOLVED))
    held.store("B", ticket(OPEN))
    assert dict(held) == {"A": SOLVED.log, "B": OPEN.log}


def test_discarding_a_ticket_that_is_not_there_is_fine() -> None:
    held = tickets()
    held.discard("T")
    assert len(held) == 0


def test_a_ticket_whose_last_event_becomes_an_earlier_one_is_asked_again_as_soon() -> None:
    held = tickets()
    held.warm("T", one := ticket(SOLVED))
    held.store("T", one)
    one.log = Story().created(0).status(5 * HORIZON, "solved").log
    held.store("T", one)
    assert forgotten(held, (HORIZON + 2 * HOUR) * US) == []
    one.log = SOLVED.log
    held.store("T", one)
    assert forgotten(held, (HORIZON + 3 * HOUR) * US) == ["T"]
