"""Simulated customers: of the contract, in order, the same for a seed, and nothing else changes by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import orjson

from stream.contract.customer_rules import CustomerRules
from stream.contract.decoder import Decoder
from stream.simulate.centre import contact_centre
from stream.simulate.customers import BAD_SHARE, with_customers
from stream.simulate.emit import SimulatedEvent

START_US = 1_767_571_200_000_000
DAY_US = 86_400_000_000


def contacts() -> list[SimulatedEvent]:
    return [*contact_centre(1, START_US, 4, end_us=START_US + DAY_US)]


def test_they_come_between_the_events_of_tickets_which_stay_what_they_are() -> None:
    bare = contacts()
    assert [*with_customers(iter(bare), "", 1)] == bare
    told = [*with_customers(iter(bare), "CHF", 1)]
    assert [item for item in told if item.topic != "customers"] == bare
    assert told == [*with_customers(iter(contacts()), "CHF", 1)]
    assert told != [*with_customers(iter(bare), "CHF", 2)]
    times = [item.time_us for item in told]
    assert times == sorted(times)


def test_they_are_of_the_contract_and_each_has_an_id_of_its_own() -> None:
    told = [item for item in with_customers(iter(contacts()), "CHF", 1) if item.topic == "customers"]
    decoder = Decoder(customers=CustomerRules({"CHF": 1_000_000_000}))
    for item in told:
        result = decoder.decode(orjson.dumps(item.event), item.key.encode(), (), 1 << 60)
        assert isinstance(result, tuple), (result, item.event)
    assert len({item.event["id"] for item in told}) == len(told)
    kinds = Counter(item.event["type"].rpartition(".")[2] for item in told)
    assert set(kinds) == {"joined", "updated", "purchase", "refund", "left", "removed"}
    assert kinds["removed"] <= kinds["left"] / 4, "rarely"


def of_few() -> Iterator[SimulatedEvent]:
    # Few customers: the contacts of fifty thousand would hardly ever come back within a day.
    for item in contacts():
        data = item.event["data"]
        if "customer_id" in data:
            data = {**data, "customer_id": f"C-{hash_of(item)}"}
        yield item._replace(event={**item.event, "data": data})


def test_who_has_a_ticket_has_joined_and_who_left_comes_back_with_the_next_unless_forgotten() -> None:
    members: set[str] = set()
    came_back = calls_of_forgotten = 0
    gone: set[str] = set()
    forgotten: set[str] = set()
    for item in with_customers(of_few(), "EUR", 1):
        kind = item.event["type"].removeprefix("support.")
        if kind == "customer.joined":
            assert item.key not in members
            came_back += item.key in gone
            members.add(item.key)
        elif kind == "customer.left":
            members.remove(item.key)
            gone.add(item.key)
        elif kind == "customer.removed":
            assert item.key in gone - members - forgotten
            forgotten.add(item.key)
        elif item.topic == "customers":
            assert item.key in members
        elif kind == "ticket.created":
            customer = item.event["data"]["customer_id"]
            assert (customer in members) != (customer in forgotten)
            calls_of_forgotten += customer in forgotten
    # Calls of these are what has to be kept without them.
    assert came_back > 0
    assert calls_of_forgotten > 0


def hash_of(item: SimulatedEvent) -> int:
    """One of fifty, the same for a ticket."""
    return int(item.key.rpartition("-")[2]) % 50


def test_a_bad_answer_makes_leaving_likelier() -> None:
    left: Counter[bool] = Counter()
    answers: Counter[bool] = Counter()
    is_bad = False
    for item in with_customers(iter(contacts()), "EUR", 1):
        kind, data = item.event["type"], item.event["data"]
        if kind == "support.survey.answered":
            is_bad = (data["score"] - data["scale_min"]) / (data["scale_max"] - data["scale_min"]) <= BAD_SHARE
            answers[is_bad] += 1
        elif kind == "support.customer.left":
            left[is_bad] += 1
    assert left[True] / answers[True] > 2 * left[False] / answers[False]
