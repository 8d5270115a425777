"""What tickets and surveys tell of their customers, from bytes to rows: worlds worked out by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.flow.drive import Flow

COUNTED = {"customers": {"enabled": True}, "topics": {"partitions": 3}}
NOW = "2026-03-31T12:00:00Z"


def flow(**settings: Any) -> Flow:
    return Flow(NOW, **{**COUNTED, **settings})


def asks(world: Flow, ticket: str, customer: str, day: int, **more: Any) -> Flow:
    """A ticket of ``customer``, of that day in March at noon."""
    return world.tell(
        ticket, "ticket.created", f"2026-03-{day:02}T12:00:00Z", channel="chat", customer_id=customer, **more
    )


def contacts(world: Flow, window: str = "30d", **segment: str) -> tuple[float, int]:
    """Contacts, and customers that had any."""
    row = world.row_if_any("contacts_per_customer", window, **segment)
    return (0, 0) if row is None else (row["sum"], row["count"])


def repeats(world: Flow, window: str = "30d") -> tuple[int, int]:
    """Contacts that are repeated, of all."""
    row = world.row("repeat_contact_rate", window)
    return row["numerator"], row["denominator"]


def test_contacts_are_counted_by_customer_whichever_shard_has_the_ticket() -> None:
    with flow() as world:
        for customer, tickets in (("a", 3), ("b", 1), ("c", 2)):
            for number in range(tickets):
                asks(world, f"{customer}-{number}", customer, 10 + number)
        asks(world, "nobody's", "", 11)
        world.settle()
        assert len({world.partition_of(f"a-{number}") for number in range(3)}) > 1
        assert contacts(world) == (6, 3)
        assert world.row("contacts_per_customer", "30d")["mean"] == 2


def test_a_customer_counts_once_in_each_window_that_has_a_contact() -> None:
    with flow() as world:
        asks(asks(world, "1", "a", 10), "2", "a", 29)
        asks(world, "3", "b", 12).settle()
        assert (contacts(world, "7d"), contacts(world, "30d")) == ((1, 1), (3, 2))


def test_a_repeat_comes_within_days_of_the_contact_before() -> None:
    with flow(definitions={"repeat_days": 7}) as world:
        # a: 1st, 8th (7 days later, a repeat), 16th (8 days, none). b: twice on a day.
        for ticket, customer, day in (("1", "a", 2), ("2", "a", 9), ("3", "a", 17), ("4", "b", 5), ("5", "b", 5)):
            asks(world, ticket, customer, day)
        world.settle()
        assert repeats(world) == (2, 5)
        # An agent who calls is no contact.
        asks(world, "6", "b", 6, opened_by="agent").settle()
        assert repeats(world) == (2, 5)
        # One that comes late and lies between two makes a repeat of the second.
        asks(world, "7", "a", 12).settle()
        assert repeats(world) == (4, 6)


def test_a_ticket_that_gets_another_customer_is_taken_from_the_one_and_given_to_the_other() -> None:
    with flow() as world:
        world.tell("a", "customer.joined", "2026-01-01T00:00:00Z", tier="gold")
        world.tell("b", "customer.joined", "2026-01-01T00:00:00Z", tier="silver")
        asks(world, "1", "a", 10).settle()
        assert (contacts(world, tier="gold"), contacts(world, tier="silver")) == ((1, 1), (0, 0))
        world.tell("1", "ticket.updated", "2026-03-11T00:00:00Z", customer_id="b").settle()
        assert (contacts(world, tier="gold"), contacts(world, tier="silver")) == ((0, 0), (1, 1))
        # What was said before, and comes late, changes nothing.
        world.tell("1", "ticket.updated", "2026-03-10T18:00:00Z", customer_id="a").settle()
        assert (contacts(world, tier="gold"), contacts(world, tier="silver")) == ((0, 0), (1, 1))


def test_a_customer_that_only_lost_a_ticket_leaves_no_row_behind() -> None:
    with flow() as world:
        asks(world, "1", "a", 10).settle()
        world.tell("1", "ticket.updated", "2026-03-11T00:00:00Z", customer_id="b").settle()
        last = {record.key: record.value for record in world.logs.of(world.names["changelog"])}
        assert [key for key, value in last.items() if key and key[:3] == b"t|\x1e" and value is not None] == [
            b"t|\x1eb"
        ]
        assert contacts(world.restart()) == (1, 1)


def test_a_ticket_that_is_spam_is_no_contact_until_it_is_restored() -> None:
    with flow() as world:
        asks(world, "1", "a", 10).settle()
        world.tell("1", "ticket.removed", "2026-03-10T13:00:00Z", reason="spam").settle()
        assert contacts(world) == (0, 0)
        world.tell("1", "ticket.restored", "2026-03-10T14:00:00Z").settle()
        assert contacts(world) == (1, 1)


def test_a_contact_before_its_customer_joined_is_where_the_customer_is_then() -> None:
    with flow() as world:
        asks(world, "1", "a", 10).settle()
        assert contacts(world, tier="") == (1, 1)
        world.tell("a", "customer.joined", "2026-03-12T00:00:00Z", tier="gold").settle()
        assert (contacts(world, tier=""), contacts(world, tier="gold")) == ((0, 0), (1, 1))


def test_tickets_of_one_that_was_merged_are_the_others() -> None:
    with flow() as world:
        asks(asks(asks(world, "1", "a", 10), "2", "b", 11), "3", "c", 12).settle()
        assert contacts(world) == (3, 3)
        world.tell("a", "customer.merged", "2026-03-20T00:00:00Z", into="b").settle()
        assert contacts(world) == (3, 2)
        world.tell("b", "customer.merged", "2026-03-21T00:00:00Z", into="c").settle()
        assert contacts(world) == (3, 1)
        assert repeats(world) == (2, 3)
        # What the first gets from then on comes through both.
        asks(world, "4", "a", 25).settle()
        assert (contacts(world), repeats(world)) == ((4, 1), (2, 4))
        world.tell("1", "ticket.removed", "2026-03-26T00:00:00Z", reason="spam").settle()
        assert contacts(world) == (3, 1)
        # It had been merged into another one before, as is known by now: nothing changes.
        world.tell("a", "customer.merged", "2026-03-19T00:00:00Z", into="z").settle()
        assert contacts(world) == (3, 1)
        # And now into another one for good.
        world.tell("a", "customer.merged", "2026-03-27T00:00:00Z", into="z").settle()
        assert contacts(world) == (3, 2)


@pytest.mark.parametrize("circle", ["a", "ab", "abc"])
def test_customers_that_were_merged_in_a_circle_end(circle: str) -> None:
    with flow() as world:
        for number, name in enumerate(circle):
            asks(world, f"{number}", name, 10 + number)
            into = circle[(number + 1) % len(circle)]
            world.tell(name, "customer.merged", f"2026-03-20T00:00:0{number}Z", into=into)
        world.settle()
        # All of them were merged: nobody is left to count for.
        assert contacts(world) == (0, 0)


def test_a_long_chain_of_merged_ones_ends_at_the_last() -> None:
    with flow() as world:
        asks(world, "1", "c0", 10)
        for number in range(8):
            world.tell(f"c{number}", "customer.merged", "2026-03-20T00:00:00Z", into=f"c{number + 1}")
        world.settle()
        assert contacts(world) == (1, 1)


def test_a_removed_customer_passes_nothing_on() -> None:
    with flow() as world:
        asks(world, "1", "a", 10)
        world.tell("a", "customer.merged", "2026-03-20T00:00:00Z", into="b").settle()
        assert contacts(world) == (1, 1)
        world.tell("a", "customer.removed", "2026-03-21T00:00:00Z").settle()
        assert contacts(world) == (0, 0)


def test_customers_that_are_counted_from_now_on_are_told_of_the_tickets_there_are() -> None:
    without = {"topics": {"partitions": 3}}
    with Flow(NOW, **without) as world:
        asks(asks(world, "1", "a", 10), "2", "a", 12).settle()
        world.restart(**COUNTED)
        assert (contacts(world), repeats(world)) == ((2, 1), (1, 2))
        # While nobody counts them a ticket gets another customer.
        world.restart(**without, pipeline={"settings_revision": 1, "publish_rows_seconds": 0})
        world.tell("2", "ticket.updated", "2026-03-13T00:00:00Z", customer_id="b").settle()
        world.restart(**COUNTED, pipeline={"settings_revision": 2, "publish_rows_seconds": 0})
        assert (contacts(world), repeats(world)) == ((2, 2), (0, 2))


def test_a_restart_tells_nobody_anything_again() -> None:
    with flow() as world:
        asks(world, "1", "a", 10).settle()
        before = len(list(world.logs.of(world.names["customer_events"])))
        world.restart()
        asks(world, "2", "b", 10).settle()
        assert len(list(world.logs.of(world.names["customer_events"]))) == before + 1


def test_other_rules_of_what_is_done_tell_all_anew() -> None:
    with flow() as world:
        world.tell("1", "ticket.created", "2026-03-10T12:00:00Z", channel="phone", customer_id="a").settle()
        before = len(list(world.logs.of(world.names["customer_events"])))
        world.restart(**COUNTED, definitions={"ended_while_waiting": "left"})
        assert len(list(world.logs.of(world.names["customer_events"]))) == before + 1
        assert contacts(world) == (1, 1)


def test_what_no_shard_writes_is_a_dead_letter_and_the_rest_goes_on() -> None:
    with flow(topics={"partitions": 1}) as world:
        topic = world.names["customer_events"]
        for key, value in (
            (b"a\x1econtact\x1f1\x1f", b"no statement"),
            (b"a", b"\x92\x01\xc0"),
            (None, None),
            (b"\xff\x1econtact\x1f1\x1f", None),
            (b"a\x1econtact\x1f1\x1f", b"\x92\x02\xc0"),
        ):
            world.logs.append(topic, 0, key, value)
        asks(world, "1", "a", 10).settle()
        assert contacts(world) == (1, 1)
        assert world.tally() == {"events": 1, "dead_letters/invalid_value": 5}


def test_what_is_told_counts_as_no_event_and_moves_no_time() -> None:
    with flow() as world:
        asks(world, "1", "a", 10).settle()
        assert world.tally() == {"events": 1}
        of_customer = world.shards[world.partition_of("a")]
        assert world.partition_of("1") != of_customer.partition
        assert (of_customer.state.newest_us, "customer_events" in of_customer.reading.newest_us) == (0, False)
        assert of_customer.lag == 0


def test_who_is_told_of_something_that_is_not_read_yet_lags() -> None:
    with flow() as world:
        world.held = {(world.names["customer_events"], number) for number in range(3)}
        asks(world, "1", "a", 10).settle()
        assert contacts(world) == (0, 0)
        watermark = world.watermark
        world.settle()
        assert world.shards[world.partition_of("a")].lag == 1
        world.held = set()
        assert contacts(world.settle()) == (1, 1)
        assert world.watermark >= watermark == NOW


def test_an_id_that_stands_for_everybody_takes_no_more_than_a_ticket_does() -> None:
    with flow(limits={"max_events_per_ticket": 10}, topics={"partitions": 1}) as world:
        for number in range(12):
            asks(world, f"{number}", "everybody", 10)
        world.settle()
        assert contacts(world) == (10, 1)
        assert world.tally() == {"events": 12, "statements_not_kept": 2}
        # What it has goes on changing, and makes room.
        world.tell("1", "ticket.removed", "2026-03-11T00:00:00Z", reason="spam").settle()
        asks(world, "12", "everybody", 12).settle()
        assert contacts(world) == (10, 1)
        assert world.tally()["statements_not_kept"] == 2


def test_ids_that_are_hashed_lead_to_the_customers_own_shard() -> None:
    hashed = {"privacy": {"customers": "hash", "key": "sixteen characters"}, "topics": {"partitions": 7}}
    with flow(**hashed) as world:
        for name in ("a", "b", "c", "d"):
            world.tell(name, "customer.joined", "2026-01-01T00:00:00Z", tier="gold")
            asks(world, f"of {name}", name, 10)
        world.tell("d", "customer.merged", "2026-03-20T00:00:00Z", into="a").settle()
        assert (contacts(world, tier="gold"), world.count("customers", "now", tier="gold")) == ((4, 3), 3)
        assert world.tally() == {"events": 9}
        assert not any(b"sixteen" in (record.key or b"") for record in world.logs.of(world.names["customer_events"]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_any_repetition_and_restarts_give_the_same_rows(seed: int) -> None:
    ends = []
    for shuffled in (False, True):
        dice = random.Random(seed)
        with flow() as world:
            events: list[tuple[str, str, float, dict[str, Any]]] = []
            for number in range(250):
                ticket, customer = f"t{dice.randrange(60)}", f"c{dice.randrange(12)}"
                kind = dice.choice(["created", "created", "updated", "status", "merged", "joined"])
                at = -dice.randrange(25 * 86_400) - number / 1000
                if kind == "created":
                    events.append((ticket, "ticket.created", at, {"channel": "chat", "customer_id": customer}))
                elif kind == "updated":
                    events.append((ticket, "ticket.updated", at, {"customer_id": customer}))
                elif kind == "status":
                    events.append((ticket, "ticket.status", at, {"status": dice.choice(["open", "solved"])}))
                elif kind == "joined":
                    events.append((customer, "customer.joined", at, {"tier": dice.choice(["gold", "silver"])}))
                elif number % 5 == 0:
                    events.append((customer, "customer.merged", at, {"into": f"c{dice.randrange(12)}"}))
            told = [(*event, f"e{number}") for number, event in enumerate(events)]
            if shuffled:
                dice.shuffle(told)
                told += told[:80]
            for place, (name, kind, at, data, identity) in enumerate(told):
                world.tell(name, kind, at, identity=identity, **data)
                if shuffled and place % 23 == 0:
                    world.settle()
                if shuffled and place % 71 == 0:
                    world.restart()
            world.settle()
            rows = {key: {**row, "revision": 0, "watermark": ""} for key, row in world.rows().items()}
            ends.append({key: row for key, row in rows.items() if row["count"] or row.get("numerator")})
    assert any(key.startswith("repeat_contact_rate") for key in ends[0])
    assert ends[0] == ends[1]
