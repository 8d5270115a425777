"""Whether answers stand for all tickets, from bytes to rows: in any order, told twice, late, and taken back."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.flow.drive import Flow

NOW = "2026-03-31T12:00:00Z"
SETTINGS = {"topics": {"partitions": 3}}

Move = Callable[[Flow], Flow]


def flow(**settings: Any) -> Flow:
    return Flow(NOW, **{**SETTINGS, **settings})


def ticket(world: Flow, name: str, channel: str, day: int, *, answered: bool, sent: bool = True) -> Flow:
    """Created, asked and solved on that day in March, and answered the day after."""
    world.tell(name, "ticket.created", f"2026-03-{day:02}T09:00:00Z", channel=channel)
    world.tell(name, "ticket.status", f"2026-03-{day:02}T10:00:00Z", status="solved")
    survey = {"survey_id": f"s-{name}", "kind": "csat"}
    if sent:
        world.tell(name, "survey.sent", f"2026-03-{day:02}T11:00:00Z", **survey)
    if answered:
        world.tell(name, "survey.answered", f"2026-03-{day + 1:02}T11:00:00Z", score=4, **survey)
    return world


def distance(world: Flow, against: str = "resolved") -> tuple[float | None, int, int, int]:
    """The distance, the answers, what they are drawn from, and over how many segments."""
    metric = "survey_sampling_distance" if against == "resolved" else "survey_nonresponse_distance"
    row = world.row(metric, "30d", f"answered_against_{against}")
    return row["value"], row["count"], row["population"], row["segments"]


def test_who_is_never_asked_and_who_never_answers() -> None:
    with flow() as world:
        # E-mail: 4 tickets, 4 asked, 2 answered. Chat: 4, 2 asked, both answered. Phone: 2, never asked.
        for number in range(4):
            ticket(world, f"e{number}", "email", 10, answered=number < 2)
            ticket(world, f"c{number}", "chat", 11, answered=number < 2, sent=number < 2)
        ticket(world, "p0", "phone", 12, answered=False, sent=False)
        ticket(world, "p1", "phone", 12, answered=False, sent=False).settle()
        # Tickets 4, 4, 2 of 10, answers 2, 2, 0 of 4: (10 + 10 + 20) / 2. Surveys 4 and 2 of 6, answers half and half.
        assert distance(world) == (0.2, 4, 10, 3)
        value, *others = distance(world, "sent")
        assert others == [4, 6, 2]
        assert value == pytest.approx(1 / 6)
        # The window has neither of what is older, and of a segment alone there is nothing to compare.
        row = world.row("survey_sampling_distance", "30d", "answered_against_resolved", channel="email")
        assert (row["value"], row["by_chance"], row["population"]) == (0.0, 0.0, 4)


def test_what_is_taken_back_reopened_or_moved_is_counted_where_it_is_now() -> None:
    with flow() as world:
        for name, channel, answered in (("1", "email", True), ("2", "email", False), ("3", "chat", True)):
            ticket(world, name, channel, 10, answered=answered)
        ticket(world, "4", "chat", 10, answered=False).settle()
        assert distance(world) == (0.0, 2, 4, 2)
        world.tell("3", "survey.withdrawn", "2026-03-20T00:00:00Z", survey_id="s-3", kind="csat").settle()
        assert distance(world) == (0.5, 1, 4, 2)
        world.tell("4", "ticket.status", "2026-03-21T00:00:00Z", status="open").settle()
        assert distance(world)[1:] == (1, 3, 2)
        world.tell("3", "ticket.updated", "2026-03-22T00:00:00Z", channel="email").settle()
        assert distance(world) == (0.0, 1, 3, 1)
        assert distance(world.restart()) == (0.0, 1, 3, 1)


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_twice_late_and_with_restarts_it_is_the_same(seed: int) -> None:
    def told(ticket: str, event: str, at: str, /, **data: Any) -> Move:
        return lambda world: world.tell(ticket, event, at, **data)

    moves: list[Move] = []
    for number in range(8):
        name, channel = f"T{number}", ("email", "chat", "phone")[number % 3]
        survey = {"survey_id": f"s-{name}", "kind": "csat"}
        moves.append(told(name, "ticket.created", "2026-03-10T09:00:00Z", channel=channel))
        moves.append(told(name, "ticket.status", "2026-03-10T10:00:00Z", status="solved"))
        moves.append(told(name, "survey.sent", "2026-03-10T11:00:00Z", **survey))
        if number % 2:
            moves.append(told(name, "survey.answered", "2026-03-10T12:00:00Z", score=4, **survey))
    moves.append(told("T1", "survey.withdrawn", "2026-03-11T00:00:00Z", survey_id="s-T1", kind="csat"))
    moves.append(told("T2", "ticket.updated", "2026-03-11T00:00:00Z", channel="email"))
    moves.append(told("T6", "ticket.removed", "2026-03-11T00:00:00Z", reason="spam"))
    chance = random.Random(seed)
    order = [*moves, *chance.sample(moves, 6)]
    chance.shuffle(order)
    with flow() as world:
        for number, move in enumerate(order):
            move(world)
            if number % 5 == 4:
                world.settle()
            if number % 17 == 16:
                world.restart()
        world.settle()
        # Tickets: e-mail T0, T2, T3; chat T1, T4, T7; phone T5. Answers: T3, T5, T7, of each one.
        value, *others = distance(world)
        assert others == [3, 7, 3]
        assert value == pytest.approx((3 / 7 - 1 / 3 + 3 / 7 - 1 / 3 + 1 / 3 - 1 / 7) / 2)
        row = world.row("surveys_sent_against_usual", "30d")
        # All were sent three weeks ago.
        assert (row["count"], row["latest"], row["usual"], row["days"]) == (7, 0, 0.0, 21)
