"""What tickets told of customers is gone with its topic: all of it is told once more, and nothing is counted twice."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from stream.domain.events import Event
from stream.domain.ticket_rows import decode_head, decode_log
from tests.flow.drive import Flow, MemoryTransactions

CUSTOMERS = ("anna", "ben", "cleo", "dora")
Left = tuple[Any, ...]


def flow(on_gap: str = "count") -> Flow:
    world = Flow(
        "2026-03-31T12:00:00Z",
        customers={"enabled": True},
        topics={"partitions": 3},
        pipeline={"on_gap": on_gap},
    )
    world.topic_ids = {"customer_events": "the first"}
    return world.restart()


def morning(world: Flow) -> Flow:
    """Contacts, answers, a ticket that gets another customer, one that loses an answer, and a merged customer."""
    for customer in CUSTOMERS:
        world.tell(customer, "customer.joined", "2026-03-05T00:00:00Z", tier="gold")
        for number in range(4):
            ticket = f"T-{customer}-{number}"
            world.tell(ticket, "ticket.created", "2026-03-31T10:00:00Z", channel="chat", customer_id=customer)
            world.tell(ticket, "survey.answered", "2026-03-31T10:30:00Z", survey_id="S", kind="csat", score=number + 1)
    world.tell("T-anna-0", "ticket.updated", "2026-03-31T10:40:00Z", customer_id="ben")
    world.tell("T-anna-1", "ticket.removed", "2026-03-31T10:41:00Z", reason="spam")
    world.tell("dora", "customer.merged", "2026-03-31T10:42:00Z", into="cleo")
    return world


def noon(world: Flow) -> Flow:
    """What takes back some of that, and more of it."""
    world.tell("T-ben-0", "ticket.updated", "2026-03-31T11:40:00Z", customer_id="cleo")
    world.tell("T-dora-1", "ticket.removed", "2026-03-31T11:41:00Z", reason="spam")
    world.tell("T-anna-2", "survey.answered", "2026-03-31T11:42:00Z", survey_id="S", kind="csat", score=5)
    world.tell("T-new", "ticket.created", "2026-03-31T11:43:00Z", channel="chat", customer_id="dora")
    world.tell("ben", "customer.merged", "2026-03-31T11:44:00Z", into="anna")
    return world


def left(world: Flow) -> Left:
    """Published rows, the logs of tickets and customers as they are stored, and what the topic says that holds."""
    rows = {key: {**row, "revision": 0, "watermark": ""} for key, row in world.rows().items()}
    return rows, *(
        {
            key: value
            for key, value in {record.key: record.value for record in world.logs.of(world.names[logical])}.items()
            if key is not None and key.startswith(beginning) and value is not None
        }
        for logical, beginning in (("changelog", b"t|"), ("customer_events", b""))
    )


@pytest.fixture(scope="module")
def undisturbed() -> Left:
    with flow() as world:
        noon(morning(world).settle()).settle()
        assert world.row("contacts_per_customer", "24h")["count"] > 0
        return left(world)


def test_before_a_start_all_is_told_once_more(undisturbed: Left) -> None:
    with flow() as world:
        morning(world).settle()
        world.make_anew("customer_events").restart()
        assert world.tally()["gaps"] == 3
        noon(world).settle()
        assert left(world) == undisturbed


def test_what_was_not_read_when_the_topic_went_is_told_by_the_new_one(
    undisturbed: Left,
) -> None:
    """None of it, as the customers' shards had not come to it; and under workers that write on before they notice."""
    with flow() as world:
        world.held = {(world.names["customer_events"], partition) for partition in range(3)}
        morning(world).settle()
        world.make_anew("customer_events")
        noon(world).settle()
        world.held = set()
        world.move([0]).move([2]).restart()
        assert left(world) == undisturbed


def test_each_shard_that_is_taken_over_tells_anew_once(undisturbed: Left) -> None:
    with flow() as world:
        noon(morning(world).settle()).settle()
        for _ in range(2):
            world.make_anew("customer_events").restart()
        assert world.tally()["gaps"] == 6
        told = len(list(world.logs.of(world.names["customer_events"])))
        world.restart()
        assert len(list(world.logs.of(world.names["customer_events"]))) == told
        assert world.tally()["gaps"] == 6
        assert left(world) == undisturbed


def evening(world: Flow) -> Flow:
    """A ticket of one who was merged gets another customer."""
    world.tell("T-dora-2", "ticket.updated", "2026-03-31T11:50:00Z", customer_id="ben")
    return world


def test_what_one_who_was_merged_took_back_in_the_topic_that_is_gone_is_taken_back_again() -> None:
    with flow() as world:
        evening(morning(world).settle()).settle()
        expected = left(world)
    with flow() as world:
        morning(world).settle()
        other = (world.names["customer_events"], world.partition_of("cleo"))
        assert world.partition_of("dora") != other[1]
        world.held = {other}
        evening(world).settle()
        world.make_anew("customer_events")
        world.held = set()
        world.restart()
        found = left(world)
    # The topic has one word more: to take back what the other does not have.
    assert found[:2] == expected[:2]


Told = tuple[str, str, str, dict[str, Any]]


def any_day(dice: random.Random) -> list[Told]:
    """Of seven customers, most of whom are merged, and tickets that go from one to another, in any order."""
    customers = [f"c{number}" for number in range(7)]
    told: list[Told] = []

    def say(name: str, event: str, /, **data: Any) -> None:
        time = f"2026-03-31T{dice.randrange(1, 11):02}:{dice.randrange(60):02}:{dice.randrange(60):02}Z"
        told.append((name, event, time, data))

    for customer in customers:
        say(customer, "customer.joined", tier=dice.choice(["gold", "silver"]))
    for customer in dice.sample(customers, 5):
        for _ in range(dice.randrange(1, 3)):
            say(customer, "customer.merged", into=dice.choice(customers))
    for number in range(12):
        name = f"T-{number}"
        say(name, "ticket.created", channel="chat", customer_id=dice.choice(customers))
        for _ in range(dice.randrange(4)):
            say(name, "ticket.updated", customer_id=dice.choice(customers))
        for kind in dice.sample(["removed", "restored"], dice.randrange(3)):
            say(name, f"ticket.{kind}", **({"reason": "spam"} if kind == "removed" else {}))
        for _ in range(dice.randrange(3)):
            more = {"customer_id": dice.choice(customers)} if dice.randrange(2) else {}
            score = dice.randrange(1, 6)
            say(name, "survey.answered", survey_id=f"S{dice.randrange(2)}", kind="csat", score=score, **more)
    dice.shuffle(told)
    return told


def logs_of(world: Left) -> dict[bytes, list[Event]]:
    """Of tickets and customers, as stored. What was too old when a ticket became known depends on the order of all."""
    return {key: decode_log(decode_head(row).log) for key, row in world[1].items()}


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 19, 115, 127, 189])
def test_however_customers_were_merged_and_whenever_the_topic_went(seed: int) -> None:
    """Each part of the day is read by some of the customers' shards; then the topic goes, under workers or not.

    The last four are days on which a merged customer's shard heard in one settlement that a statement that it did not
    know is taken back, and the statement.
    """
    dice = random.Random(seed)
    told = any_day(dice)
    with flow() as world:
        for name, kind, time, data in told:
            world.tell(name, kind, time, **data)
        world.settle()
        expected = left(world)
    with flow() as world:
        topic = world.names["customer_events"]
        while told:
            count = dice.randrange(1, 25)
            part, told = told[:count], told[count:]
            for name, kind, time, data in part:
                world.tell(name, kind, time, **data)
            places = [(topic, partition) for partition in range(3)]
            world.held = set(dice.sample(places, dice.randrange(4)))
            if dice.randrange(3):
                world.settle()
            if not dice.randrange(3):
                world.make_anew("customer_events")
                if dice.randrange(2):
                    world.held = set()
                world.restart()
        world.held = set()
        world.settle()
        found = left(world)
    assert found[0] == expected[0]
    assert logs_of(found) == logs_of(expected)
    assert found[2] == expected[2]


class DeathError(Exception):
    """The process is gone."""


@pytest.mark.parametrize("writes", [0, 1, 2, 5])
def test_who_dies_while_telling_has_told_nothing_twice(
    undisturbed: Left, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    monkeypatch.setattr("stream.edge.owners.shard_telling._STATED_AT_ONCE", 2)
    with flow() as world:
        morning(world).settle()
        world.make_anew("customer_events")
        left_to_write = iter([True] * writes)
        write = MemoryTransactions.write

        async def dying(
            self: MemoryTransactions,
            rows: Mapping[tuple[str, int], Iterable[tuple[bytes, bytes | None]]],
            offsets: object,
        ) -> None:
            if not next(left_to_write, False):
                raise DeathError
            await write(self, rows, offsets)

        with monkeypatch.context() as patched:
            patched.setattr(MemoryTransactions, "write", dying)
            with pytest.raises(DeathError):
                world.restart()
        world.restart()
        assert list(world.logs.of(world.names["customer_events"]))
        noon(world).settle()
        assert left(world) == undisturbed


def test_unless_told_to_go_on_the_worker_ends_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with flow(on_gap="stop") as world:
        morning(world).settle()
        ends: list[tuple[object, ...]] = []

        def end(*said: object) -> None:
            ends.append(said)
            raise DeathError

        monkeypatch.setattr("stream.edge.owners.intake.end_process", end)
        with pytest.raises(DeathError):
            world.make_anew("customer_events").restart()
        ((sentence, code),) = ends
        assert code == 4
        assert f"{world.names['customer_events']} was deleted and created anew" in str(sentence)
        assert "Set pipeline.on_gap to 'count' to go on from the beginning of the new one" in str(sentence)
