"""What tickets told of customers is gone with its topic: all of it is told once more, and nothing is counted twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

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
