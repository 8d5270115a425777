"""Customers that are asked again soon, from bytes to rows: worlds worked out by hand, in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.flow.drive import Flow

COUNTED = {"customers": {"enabled": True}, "topics": {"partitions": 3}}
NOW = "2026-03-31T12:00:00Z"


def flow(**settings: Any) -> Flow:
    return Flow(NOW, **{**COUNTED, **settings})


def sends(world: Flow, ticket: str, customer: str, day: int, kind: str = "csat") -> Flow:
    """A ticket of ``customer``, and a survey of it, of that day in March."""
    world.tell(ticket, "ticket.created", f"2026-03-{day:02}T09:00:00Z", channel="chat", customer_id=customer)
    return world.tell(ticket, "survey.sent", f"2026-03-{day:02}T12:00:00Z", survey_id=f"s-{ticket}", kind=kind)


def again(world: Flow, window: str = "30d", **segment: str) -> tuple[int, int]:
    """Surveys that came too soon, of all."""
    row = world.row_if_any("customers_asked_again", window, **segment)
    return (0, 0) if row is None else (row["numerator"], row["denominator"])


def test_a_survey_within_days_of_one_before_is_one_too_many_whichever_shards_the_tickets_are_in() -> None:
    with flow(definitions={"survey_rest_days": 7}) as world:
        # a: 2nd, 9th (7 days later: too soon), 17th (8 days). b: two kinds on a day. c: once. Nobody's: in no figure.
        for ticket, customer, day in (("1", "a", 2), ("2", "a", 9), ("3", "a", 17), ("4", "b", 5), ("6", "c", 5)):
            sends(world, ticket, customer, day)
        sends(world, "5", "b", 5, "nps")
        sends(world, "7", "", 5).settle()
        assert len({world.partition_of(ticket) for ticket in "123"}) > 1
        assert again(world) == (2, 6)
        row = world.row("customers_asked_again", "30d")
        assert row["low"] < row["value"] < row["high"]
        # One that is told late, and lies between two.
        sends(world, "8", "a", 12).settle()
        assert again(world) == (4, 7)
        assert again(world, "7d") == (0, 0)


def test_the_rest_is_thirty_days_unless_set_and_another_one_is_booked_anew() -> None:
    with flow() as world:
        sends(sends(world, "1", "a", 1), "2", "a", 31)
        sends(sends(world, "3", "b", 1), "4", "b", 30).settle()
        # The ones before are older than the window.
        assert again(world) == (2, 2)
        world.restart(**COUNTED, definitions={"survey_rest_days": 29})
        assert again(world) == (1, 2)


def test_a_survey_that_moves_to_another_customer_leaves_the_one_and_joins_the_other() -> None:
    with flow() as world:
        world.tell("a", "customer.joined", "2026-01-01T00:00:00Z", tier="gold")
        world.tell("b", "customer.joined", "2026-01-01T00:00:00Z", tier="silver")
        sends(sends(sends(world, "1", "a", 10), "2", "a", 12), "3", "b", 14).settle()
        assert (again(world, tier="gold"), again(world, tier="silver")) == ((1, 2), (0, 1))
        world.tell("2", "ticket.updated", "2026-03-20T00:00:00Z", customer_id="b").settle()
        assert (again(world, tier="gold"), again(world, tier="silver")) == ((0, 1), (1, 2))
        # Somebody else answers: it was sent to them. Taken back, it is the ticket's customer's again.
        answer: dict[str, Any] = {"survey_id": "s-2", "kind": "csat", "score": 4}
        world.tell("2", "survey.answered", "2026-03-21T00:00:00Z", customer_id="a", **answer).settle()
        assert (again(world, tier="gold"), again(world, tier="silver")) == ((1, 2), (0, 1))
        world.tell("2", "survey.withdrawn", "2026-03-22T00:00:00Z", survey_id="s-2", kind="csat").settle()
        assert (again(world, tier="gold"), again(world, tier="silver")) == ((0, 1), (1, 2))


def test_surveys_of_one_that_was_merged_are_the_others_and_of_one_that_is_removed_nobodys() -> None:
    with flow() as world:
        sends(sends(world, "1", "a", 10), "2", "b", 11).settle()
        assert again(world) == (0, 2)
        world.tell("a", "customer.merged", "2026-03-20T00:00:00Z", into="b").settle()
        assert again(world) == (1, 2)
        sends(world, "3", "a", 25).settle()
        assert again(world) == (2, 3)
        world.tell("b", "customer.removed", "2026-03-26T00:00:00Z").settle()
        assert again(world) == (0, 0)


def test_a_ticket_that_is_spam_had_no_survey_until_it_is_restored() -> None:
    with flow() as world:
        sends(sends(world, "1", "a", 10), "2", "a", 12).settle()
        world.tell("2", "ticket.removed", "2026-03-13T00:00:00Z", reason="spam").settle()
        assert again(world) == (0, 1)
        world.tell("2", "ticket.restored", "2026-03-14T00:00:00Z").settle()
        assert again(world) == (1, 2)
        assert again(world.restart()) == (1, 2)


def test_what_was_sent_before_customers_were_counted_is_told_when_they_are() -> None:
    without = {"topics": {"partitions": 3}}
    with Flow(NOW, **without) as world:
        sends(sends(world, "1", "a", 10), "2", "a", 12).settle()
        world.restart(**COUNTED)
        assert again(world) == (1, 2)
        # While nobody counts them the second gets another customer.
        world.restart(**without, pipeline={"settings_revision": 1, "publish_rows_seconds": 0})
        world.tell("2", "ticket.updated", "2026-03-13T00:00:00Z", customer_id="b").settle()
        world.restart(**COUNTED, pipeline={"settings_revision": 2, "publish_rows_seconds": 0})
        assert again(world) == (0, 2)


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_twice_and_with_restarts_it_is_the_same(seed: int) -> None:
    moves: list[Callable[[Flow], Flow]] = [
        lambda world: sends(world, "1", "a", 3),
        lambda world: sends(world, "2", "a", 9),
        lambda world: sends(world, "3", "b", 10),
        lambda world: sends(world, "4", "", 11),
        lambda world: sends(world, "5", "c", 12),
        lambda world: world.tell("3", "ticket.updated", "2026-03-11T00:00:00Z", customer_id="a"),
        lambda world: world.tell("4", "ticket.updated", "2026-03-12T00:00:00Z", customer_id="b"),
        lambda world: world.tell("5", "ticket.removed", "2026-03-12T18:00:00Z", reason="spam"),
        lambda world: world.tell("b", "customer.merged", "2026-03-20T00:00:00Z", into="a"),
    ]
    chance = random.Random(seed)
    told = [*moves, *chance.sample(moves, 3)]
    chance.shuffle(told)
    with flow() as world:
        for number, move in enumerate(told):
            move(world).settle()
            if number % 4 == 3:
                world.restart()
        assert again(world) == (3, 4)
