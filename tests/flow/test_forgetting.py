"""A customer that is to be forgotten: afterwards the id is in no topic that we write, and does not come back."""

from __future__ import annotations

import base64
import random
from typing import Any

import orjson
import pytest
from msgspec import structs

from stream.contract.customer_rules import PersonIds
from stream.domain.forgetting import Forgotten
from stream.domain.seeking import LOGS_AT_ONCE
from stream.edge.owners.shard_rows import SEGMENTS_KEY
from stream.edge.owners.statement_rows import customer_places_of
from stream.rules import customer_rules_of
from tests.flow.drive import Flow

PLANTED = "planted-4711"
SOURCES = ("tickets", "surveys", "customers")
OTHERS = ("anna", "ben", "cleo")


def flow(**settings: Any) -> Flow:
    counted = {"customers": {"enabled": True}, "topics": {"partitions": 3}}
    return Flow("2026-03-31T12:00:00Z", **{**counted, **settings})


def places_of(world: Flow, planted: str = PLANTED) -> list[tuple[str, int]]:
    """Topic and offset of every record but those of the sources that holds the id, as it is or as base64."""
    sources = {world.names[logical] for logical in SOURCES}
    found = []
    for (topic, _), log in sorted(world.logs.records.items()):
        if topic in sources:
            continue
        world.logs.compact(topic)
        for record in log:
            content = (record.key or b"") + (record.value or b"")
            if planted.encode() in content or planted.encode() in _carried(record.value):
                found.append((topic, record.offset))
    return found


def life_goes_on(world: Flow) -> Flow:
    """Something else in every partition: compaction never takes the last record of one."""
    for partition in range(world.settings.topics.partitions):
        customer = world.ticket_in(partition, "C")
        world.tell(f"M-{partition}", "ticket.created", "2026-03-31T11:59:00Z", channel="chat", customer_id=customer)
    return world.settle().settle()


def _carried(value: bytes | None) -> bytes:
    try:
        row = orjson.loads(value or b"null")
    except orjson.JSONDecodeError:
        return b""
    return b" ".join(
        base64.b64decode(content)
        for name, content in (row.items() if isinstance(row, dict) else ())
        if name.endswith("_base64") and content
    )


def a_desk(world: Flow, planted: str = PLANTED) -> Flow:
    """Customers with everything that there may be of them, in all partitions; one of them is ``planted``."""
    for customer in (planted, *OTHERS):
        world.tell(customer, "customer.joined", "2026-03-05T00:00:00Z", tier="gold", region="EMEA")
        world.tell(customer, "customer.purchase", "2026-03-06T00:00:00Z", amount="100", currency="EUR")
        for number in range(6):
            ticket = f"T-{OTHERS.index(customer) if customer in OTHERS else 9}-{number}"
            world.tell(ticket, "ticket.created", "2026-03-31T11:00:00Z", channel="chat", customer_id=customer)
            world.tell(ticket, "survey.answered", "2026-03-31T11:30:00Z", survey_id=f"S{number}", kind="csat", score=2)
    # Some name the customer in an update or a survey alone, some are spam, some get another customer.
    world.tell("U-1", "ticket.created", "2026-03-31T11:00:00Z", channel="email", customer_id="anna")
    world.tell("U-1", "ticket.updated", "2026-03-31T11:01:00Z", customer_id=planted)
    world.tell("U-2", "ticket.created", "2026-03-31T11:00:00Z", channel="email")
    answer: dict[str, Any] = {"survey_id": "S", "kind": "nps", "score": 3, "customer_id": planted}
    world.tell("U-2", "survey.answered", "2026-03-31T11:20:00Z", **answer)
    world.tell("U-3", "ticket.created", "2026-03-31T11:00:00Z", channel="email", customer_id=planted)
    world.tell("U-3", "ticket.removed", "2026-03-31T11:10:00Z", reason="spam")
    world.tell("U-4", "ticket.updated", "2026-03-31T11:10:00Z", customer_id=planted)
    world.tell("other-1", "customer.joined", "2026-03-05T00:00:00Z", tier="gold")
    world.tell("other-1", "customer.merged", "2026-03-07T00:00:00Z", into=planted)
    # Dead letters that hold the id.
    world.tell(planted, "customer.purchase", "2026-03-06T00:00:00Z", amount="x", currency="EUR")
    world.tell("U-5", "ticket.created", "2026-03-31T11:00:00Z", channel=7, customer_id=planted)
    world.send(b"customer " + planted.encode(), "U-6")
    return world


def test_nothing_of_a_customer_is_left_in_any_topic_that_we_write() -> None:
    with flow() as world:
        a_desk(world).settle()
        assert {topic for topic, _ in places_of(world)} >= {world.names["changelog"]}
        before = world.count("open_tickets", "now") or 0
        world.tell(PLANTED, "customer.removed", "2026-03-31T11:45:00Z").settle().settle()
        assert places_of(life_goes_on(world)) == []
        # Tickets stay counted, the customer is in no figure.
        assert world.count("open_tickets", "now") == before + 3
        assert (world.count("customers", "now"), world.count("customers_joined", "30d")) == (3, 3)
        assert world.row("revenue_per_customer", "30d")["sum"] == 300
        # Nor is it elsewhere once the state was loaded again, and everything is counted anew.
        world.restart(**world.settings.model_dump(exclude_defaults=True)).settle()
        assert places_of(life_goes_on(world)) == []
        assert world.row("revenue_per_customer", "30d")["sum"] == 300


def test_labels_that_nobody_else_has_are_left_in_the_list_of_names_alone() -> None:
    """docs/operations.md says so: a name of a group is nobody's, and it has no number any more."""
    labels = {name: f"{name}-of-{PLANTED}" for name in ("tier", "region", "segment")}
    with flow() as world:
        world.tell(PLANTED, "customer.joined", "2026-03-05T00:00:00Z", **labels)
        world.tell(PLANTED, "customer.purchase", "2026-03-06T00:00:00Z", amount="100", currency="EUR")
        world.tell(PLANTED, "customer.left", "2026-03-07T00:00:00Z", reason=f"reason-of-{PLANTED}")
        world.tell(PLANTED, "customer.joined", "2026-03-08T00:00:00Z", **labels)
        world.tell("T-1", "ticket.created", "2026-03-31T11:00:00Z", channel="chat", customer_id=PLANTED)
        world.tell("T-1", "survey.answered", "2026-03-31T11:30:00Z", survey_id="S", kind="csat", score=2)
        world.settle().settle()
        assert world.row("customers", "now", tier=labels["tier"])["value"] == 1
        world.tell(PLANTED, "customer.removed", "2026-03-31T11:45:00Z").settle().settle()
        life_goes_on(world)
        assert places_of(world, f"reason-of-{PLANTED}") == []
        names = world.names["changelog"]
        for label in labels.values():
            assert {topic for topic, _ in places_of(world, label)} == {names}
        held = [record.key for record in world.logs.of(names) if PLANTED.encode() in (record.value or b"")]
        assert held == [SEGMENTS_KEY]


def test_what_comes_later_does_not_bring_a_customer_back() -> None:
    with flow() as world:
        a_desk(world).settle()
        world.tell(PLANTED, "customer.removed", "2026-03-31T11:45:00Z").settle()
        for _ in range(2):
            world.tell(PLANTED, "customer.joined", "2026-03-31T11:50:00Z", tier="gold")
            world.tell(PLANTED, "customer.purchase", "2026-03-31T11:51:00Z", amount="7", currency="EUR")
            world.tell(PLANTED, "customer.removed", "2026-03-31T11:52:00Z")
            world.tell("late", "ticket.created", "2026-03-31T11:53:00Z", channel="chat", customer_id=PLANTED)
            world.tell("late", "ticket.updated", "2026-03-31T11:54:00Z", customer_id=PLANTED)
            world.tell("other-2", "customer.merged", "2026-03-31T11:54:00Z", into=PLANTED)
            world.settle().restart()
        assert places_of(life_goes_on(world)) == []
        assert (world.count("customers", "now"), world.count("customers_joined", "30d")) == (3, 3)
        assert world.tally()["forgotten"] == 6
        # The ticket is there, without its customer.
        assert "late|created" in world.facts()


def test_a_removal_may_come_before_anything_else_and_together_with_it() -> None:
    ends = []
    for seed in range(4):
        with flow() as world:
            world.tell(PLANTED, "customer.removed", "2026-03-31T11:45:00Z")
            a_desk(world)
            if seed:
                for (topic, _), log in world.logs.records.items():
                    if topic in (world.names["customers"], world.names["tickets"]):
                        order = sorted(log, key=lambda _: dice.random()) if (dice := random.Random(seed)) else log
                        log[:] = [
                            record._replace(offset=offset, timestamp=log[offset].timestamp)
                            for offset, record in enumerate(order)
                        ]
            world.settle().settle()
            assert places_of(life_goes_on(world)) == []
            rows = world.rows()
            ends.append({key: {**row, "revision": 0, "watermark": ""} for key, row in rows.items()})
    assert all(end == ends[0] for end in ends)


def test_a_shard_that_is_taken_over_in_the_midst_of_forgetting_looks_through_all_of_its_logs() -> None:
    with flow(topics={"partitions": 1}) as world:
        a_desk(world)
        for number in range(3 * LOGS_AT_ONCE):
            whose = PLANTED if not number % 50 else OTHERS[number % 3]
            world.tell(f"N-{number}", "ticket.created", "2026-03-31T11:00:00Z", channel="chat", customer_id=whose)
        world.settle()
        # One commit a time: nothing is heard that would lead to the next.
        world.held = {(world.names["customer_events"], 0)}
        world.tell(PLANTED, "customer.removed", "2026-03-31T11:45:00Z").settle()
        assert world.shards[0].state.forgotten.unsought
        assert len(places_of(world)) > 10
        # Nobody remembers how far it was; what comes meanwhile is taken in without the id.
        world.tell("late", "ticket.created", "2026-03-31T11:50:00Z", channel="chat", customer_id=PLANTED)
        world.tell(PLANTED, "customer.joined", "2026-03-31T11:50:00Z", tier="gold")
        world.restart()
        assert world.shards[0].state.forgotten.unsought
        world.held = set()
        while world.shards[0].state.forgotten.unsought:
            world.settle()
        assert places_of(life_goes_on(world)) == []
        assert (world.count("customers", "now"), world.tally()["forgotten"]) == (3, 1)


@pytest.mark.parametrize("mode", ["keep", "hash"])
def test_what_is_kept_to_know_a_customer_is_a_hash_that_needs_the_key(mode: str) -> None:
    key = "a key that nobody knows"
    with flow(privacy={"customers": mode, "key": key}) as world:
        a_desk(world).tell(PLANTED, "customer.removed", "2026-03-31T11:45:00Z").settle()
        kept = [r.key[2:].decode() for r in world.logs.of(world.names["changelog"]) if r.key and r.key[:2] == b"f|"]
        assert len(set(kept)) == 1
        assert Forgotten(b"").digest(PLANTED) not in kept
        assert places_of(life_goes_on(world)) == []
        assert world.row("customers", "now")["value"] == 3


def test_a_customer_with_as_many_events_as_there_may_be_is_forgotten_all_the_same() -> None:
    with flow(limits={"max_events_per_ticket": 10}) as world:
        world.tell(PLANTED, "customer.joined", "2026-03-05T00:00:00Z")
        for number in range(120):
            world.tell(PLANTED, "customer.purchase", "2026-03-06T00:00:00Z", amount=f"{number}.5", currency="EUR")
        world.settle()
        assert world.tally()["dead_letters/ticket_full"] > 0
        world.tell(PLANTED, "customer.removed", "2026-03-31T11:45:00Z").settle()
        assert places_of(life_goes_on(world)) == []
        assert not world.count("customers", "now")


# --- hashed ids ------------------------------------------------------------------------------------------------------


def counted(**settings: Any) -> tuple[dict[str, Any], dict[str, int]]:
    """Rows of customers of a desk, and the tally, where nobody was removed."""
    with flow(**settings) as world:
        a_desk(world).settle().settle()
        found = {
            key: {**row, "revision": 0, "watermark": ""}
            for key, row in world.rows().items()
            if row["by"] in ("all", "tier", "region")
        }
        return found, world.tally()


def test_hashed_customers_are_where_their_events_are_and_tickets_find_them() -> None:
    (kept, tally), (hashed, hashed_tally) = counted(), counted(privacy={"customers": "hash", "key": "k" * 16})
    # The key of an event is the id as it is sent; what tickets say goes to the same partition all the same.
    assert (hashed, hashed_tally) == (kept, tally)
    assert "misrouted" not in hashed_tally
    assert any(key.startswith("contacts_per_customer") for key in hashed)


def test_a_hashed_customer_is_forgotten_with_the_hash() -> None:
    with flow(privacy={"customers": "hash", "key": "k" * 16}) as world:
        a_desk(world).settle().settle()
        rules = structs.replace(customer_rules_of(world.settings), place_of=customer_places_of(world.settings).of_key)
        hashed = PersonIds(rules.ids, rules.key, 64, rules.place_of).kept(PLANTED)
        assert places_of(world, hashed)
        world.tell(PLANTED, "customer.removed", "2026-03-31T11:45:00Z").settle().settle()
        assert places_of(life_goes_on(world), hashed) == []
        assert world.row("customers", "now")["value"] == 3
