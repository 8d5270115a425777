"""Answers, resolution, risk and churn of customers, from bytes to rows: worlds worked out by hand."""

from __future__ import annotations

from typing import Any

from tests.flow.drive import Flow

COUNTED = {"customers": {"enabled": True}, "topics": {"partitions": 3}}


def flow(**settings: Any) -> Flow:
    return Flow("2026-03-31T12:00:00Z", **{**COUNTED, **settings})


def asks(world: Flow, ticket: str, customer: str, day: int) -> Flow:
    """A ticket of ``customer``, of that day in March at noon."""
    data = {"channel": "chat", "customer_id": customer}
    return world.tell(ticket, "ticket.created", f"2026-03-{day:02}T12:00:00Z", **data)


def solves(world: Flow, ticket: str, day: int) -> Flow:
    return world.tell(ticket, "ticket.status", f"2026-03-{day:02}T13:00:00Z", status="solved")


def answers(world: Flow, ticket: str, day: int, score: float, kind: str = "nps", **more: Any) -> Flow:
    """To the ticket's survey, on the scale 0 to 10, or 1 to 5."""
    low, high = (0, 10) if kind == "nps" else (1, 5)
    data = {"survey_id": f"{kind}-{ticket}", "kind": kind, "score": score, "scale_min": low, "scale_max": high, **more}
    return world.tell(ticket, "survey.answered", f"2026-03-{day:02}T18:00:00Z", **data)


# --- answers ---------------------------------------------------------------------------------------------------------


def test_a_customer_has_one_vote_the_latest() -> None:
    with flow() as world:
        # a: 3, then 10. b: 9, then 5. c: 8. Of answers it is (2 - 2) / 5, of customers (1 - 1) / 3; then b is content.
        for ticket, customer, day, score in (("1", "a", 3, 3), ("2", "a", 9, 10), ("3", "b", 4, 9), ("4", "b", 8, 5)):
            answers(asks(world, ticket, customer, day), ticket, day, score)
        answers(asks(world, "5", "c", 5), "5", 5, 8).settle()
        row = world.row("customer_nps", "30d")
        assert (row["numerator"], row["subtrahend"], row["denominator"], row["value"]) == (1, 1, 3, 0)
        assert world.row("nps", "30d")["denominator"] == 5
        answers(world, "4", 10, 9).settle()
        row = world.row("customer_nps", "30d")
        assert (row["numerator"], row["subtrahend"], row["denominator"]) == (2, 0, 3)
        # It was withdrawn: the one before holds again.
        world.tell("4", "survey.withdrawn", "2026-03-11T00:00:00Z", survey_id="nps-4", kind="nps").settle()
        assert world.row("customer_nps", "30d")["numerator"] == 2
        world.tell("2", "survey.withdrawn", "2026-03-11T00:00:00Z", survey_id="nps-2", kind="nps").settle()
        row = world.row("customer_nps", "30d")
        assert (row["numerator"], row["subtrahend"], row["denominator"]) == (1, 1, 3)


def test_good_and_bad_follow_the_scale() -> None:
    with flow() as world:
        for number, score in enumerate((5, 4, 3, 1)):
            answers(asks(world, f"{number}", f"c{number}", 5), f"{number}", 6, score, "csat")
        world.settle()
        top = world.row("customer_csat", "30d", "top_boxes_of_customers")
        good = world.row("customer_csat", "30d", "good_bad_of_customers")
        assert ((top["numerator"], top["denominator"]), (good["numerator"], good["denominator"])) == ((2, 4), (2, 3))


def test_an_answer_goes_where_its_customer_is_though_the_customer_joins_later() -> None:
    with flow() as world:
        answers(asks(world, "1", "", 5), "1", 6, 10, customer_id="a").settle()
        assert world.row("customer_nps", "30d", tier="")["numerator"] == 1
        world.tell("a", "customer.joined", "2026-03-20T00:00:00Z", tier="gold").settle()
        assert world.row_if_any("customer_nps", "30d", tier="") is None
        assert world.row("customer_nps", "30d", tier="gold")["numerator"] == 1


def test_of_two_that_were_merged_the_later_answer_counts() -> None:
    with flow() as world:
        answers(asks(world, "1", "a", 5), "1", 9, 2)
        answers(asks(world, "2", "b", 5), "2", 7, 10).settle()
        assert world.row("customer_nps", "30d")["denominator"] == 2
        world.tell("a", "customer.merged", "2026-03-20T00:00:00Z", into="b").settle()
        row = world.row("customer_nps", "30d")
        assert (row["numerator"], row["subtrahend"], row["denominator"]) == (0, 1, 1)


# --- first-contact resolution ----------------------------------------------------------------------------------------


def resolution(world: Flow) -> dict[str, tuple[int, int]]:
    """By definition: numerator and denominator."""
    rows = {name: world.row("first_contact_resolution", "30d", name) for name in ("of_decided", "at_least", "at_most")}
    return {name: (row["numerator"], row["denominator"]) for name, row in rows.items()}


def test_done_and_no_other_contact_within_days_is_resolved_and_provisional_until_then() -> None:
    with flow(definitions={"repeat_days": 7}) as world:
        # a: done on the 5th, again on the 10th, done on the 11th; b: done on the 20th; c: done on the 29th; d: open.
        for ticket, customer, day in (("1", "a", 5), ("2", "a", 10), ("3", "b", 20), ("4", "c", 29)):
            solves(asks(world, ticket, customer, day), ticket, day)
        asks(world, "5", "d", 6).settle()
        assert resolution(world) == {"of_decided": (2, 3), "at_least": (2, 4), "at_most": (3, 4)}
        assert world.count("first_contact_undecided", "30d") == 1
        # The clock decides, without an event.
        world.advance(5.2 * 86_400)
        assert resolution(world)["of_decided"] == resolution(world)["at_most"]
        assert world.row("first_contact_resolution", "30d", "of_decided")["numerator"] == 3
        assert not world.count("first_contact_undecided", "30d")


def test_a_contact_that_comes_within_days_takes_the_resolution_back() -> None:
    with flow() as world:
        solves(asks(world, "1", "a", 28), "1", 28).settle()
        assert resolution(world)["at_most"] == (1, 1)
        asks(world, "2", "a", 30).settle()
        assert resolution(world) == {"of_decided": (0, 1), "at_least": (0, 1), "at_most": (0, 1)}
        # It was somebody else's.
        world.tell("2", "ticket.updated", "2026-03-30T13:00:00Z", customer_id="b").settle()
        assert resolution(world)["at_most"] == (1, 1)
        # And the first is open again: it says nothing.
        world.tell("1", "ticket.status", "2026-03-30T14:00:00Z", status="open").settle()
        assert world.row_if_any("first_contact_resolution", "30d", "at_most") is None


# --- at risk ---------------------------------------------------------------------------------------------------------


def at_risk(world: Flow) -> int:
    return world.count("customers_at_risk", "now") or 0


def test_at_risk_is_whose_latest_answer_is_bad_while_a_ticket_is_open() -> None:
    with flow() as world:
        answers(solves(asks(world, "1", "a", 3), "1", 3), "1", 4, 2).settle()
        assert at_risk(world) == 0
        asks(world, "2", "a", 10).settle()
        row = world.row("customers_at_risk", "now")
        assert (row["value"], row["oldest"]) == (1, "2026-03-10T12:00:00Z")
        assert at_risk(world.restart()) == 1
        solves(world, "2", 11).settle()
        assert at_risk(world) == 0
        world.tell("2", "ticket.status", "2026-03-12T00:00:00Z", status="open").settle()
        assert at_risk(world) == 1
        # A later good answer ends it, of whichever kind.
        answers(world, "1", 13, 5, "csat").settle()
        assert at_risk(world) == 0


def test_who_left_is_at_risk_no_more() -> None:
    with flow() as world:
        world.tell("a", "customer.joined", "2026-01-01T00:00:00Z", tier="gold")
        answers(asks(world, "1", "a", 3), "1", 4, 2).settle()
        assert world.count("customers_at_risk", "now", tier="gold") == 1
        world.tell("a", "customer.left", "2026-03-20T00:00:00Z").settle()
        assert at_risk(world) == 0
        world.tell("a", "customer.joined", "2026-03-21T00:00:00Z").settle()
        assert at_risk(world) == 1


# --- churn by answer -------------------------------------------------------------------------------------------------


def churn(world: Flow, after: str) -> tuple[int, int]:
    row = world.row("churn_after_answer", "30d", f"after_{after}")
    return row["numerator"], row["denominator"]


def test_churn_after_a_bad_answer_against_after_a_good_one_and_none() -> None:
    with flow(definitions={"churn_days": 14}) as world:
        for number in range(10):
            world.tell(f"c{number}", "customer.joined", "2026-01-01T00:00:00Z")
        # Bad: c0 to c3, of which two leave within 14 days, and one later. Good: c4 to c6, one leaves. None: c7 to c9.
        for number, score in enumerate((0, 3, 6, 5, 9, 10, 10)):
            answers(asks(world, f"{number}", f"c{number}", 4), f"{number}", 5, score)
        for number, day in ((0, 6), (1, 19), (2, 25), (4, 10), (7, 10)):
            world.tell(f"c{number}", "customer.left", f"2026-03-{day:02}T00:00:00Z")
        world.settle()
        # c2 left 19 days after its answer: it left without one, though it gave one in the window.
        assert (churn(world, "bad"), churn(world, "good"), churn(world, "none")) == ((2, 4), (1, 3), (2, 3))
        # One that joined a day later than it answered was no customer.
        answers(asks(world, "x", "new", 20), "x", 20, 1)
        world.tell("new", "customer.joined", "2026-03-21T00:00:00Z").settle()
        assert churn(world, "bad") == (2, 4)
