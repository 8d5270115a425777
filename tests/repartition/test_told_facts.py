"""Facts of tickets that moved: told anew only where they are another's, or lie elsewhere."""

from __future__ import annotations

from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.moving import Moved
from stream.domain.segments import segment_of
from stream.domain.subjects import CUSTOMER_MARK
from stream.edge.kafka.partitioning import murmur2_partition
from stream.repartition.step import step_to
from stream.repartition.told_facts import ToldFacts
from stream.settings import load_settings

STEP = step_to(load_settings({"DESKPULSE_TOPICS__PARTITIONS": "4"}), 6)
SEGMENT = segment_of("phone", "", "")


def home(name: str, partitions: int) -> int:
    return murmur2_partition(name.encode(), partitions)


NAME = next(f"T{number}" for number in range(999) if (home(f"T{number}", 4), home(f"T{number}", 6)) == (1, 3))


def facts(*keys: str, second: int = 1) -> Facts:
    return {key: Fact(second * 1_000_000, SEGMENT, (Booking(Measure("m", "")),)) for key in keys}


def told(*moved: Moved) -> dict[tuple[int, str], bool]:
    """By partition and fact, whether it is told or taken back."""
    taken = ToldFacts(STEP)
    for one in moved:
        taken.take(one)
    return {(place, key.partition(b"|")[2].decode()): row is not None for (place, key), row in taken.rows.items()}


def test_facts_of_a_ticket_that_was_at_home_stay_where_they_are() -> None:
    assert told(Moved(NAME, 3, {1: facts("a")}, facts("a"))) == {}


def test_facts_of_two_parts_are_those_of_the_ticket_in_the_place_that_it_always_had() -> None:
    assert told(Moved(NAME, 3, {1: facts("a", "b"), 3: facts("c")}, facts("a", "d"))) == {
        (1, "a"): True,
        (1, "b"): False,
        (1, "d"): True,
        (3, "c"): False,
    }


def test_three_parts_come_one_after_the_other() -> None:
    first = Moved(NAME, 3, {1: facts("a")}, facts("a"))
    second = Moved(NAME, 3, {2: facts("b"), 3: facts("a")}, facts("c"))
    assert told(first, second) == {(1, "a"): False, (2, "b"): False, (1, "c"): True}


def test_a_ticket_that_lay_where_its_key_does_not_belong_takes_its_facts_along() -> None:
    assert told(Moved(NAME, 3, {0: facts("a")}, facts("a"))) == {(0, "a"): False, (1, "a"): True}


def test_customers_have_no_facts_there() -> None:
    assert told(Moved(CUSTOMER_MARK + "c", 2, {0: facts("a")}, facts("a"))) == {}


def test_a_ticket_whose_partition_has_become_its_own_has_its_facts_where_its_key_always_had_them() -> None:
    taken = ToldFacts(STEP)
    assert taken.is_elsewhere(NAME, 3)
    assert not taken.is_elsewhere(NAME, 1)
    assert not taken.is_elsewhere(NAME, 5)
    assert not taken.is_elsewhere(CUSTOMER_MARK + NAME, 3)
    assert told(Moved(NAME, 3, {3: facts("a")}, facts("a"))) == {(3, "a"): False, (1, "a"): True}
    # Another part of it comes there afterwards.
    both = (
        Moved(NAME, 3, {3: facts("a")}, facts("a")),
        Moved(NAME, 3, {1: facts("b"), 3: facts("a")}, facts("a", "c")),
    )
    assert told(*both) == {(3, "a"): False, (1, "a"): True, (1, "b"): False, (1, "c"): True}


def test_of_twice_as_many_partitions_none_becomes_a_tickets_own() -> None:
    twice = step_to(load_settings({"DESKPULSE_TOPICS__PARTITIONS": "3", "DESKPULSE_TOPICS__GROWN_FROM": "2"}), 6)
    for number in range(200):
        name, shard = f"T{number}", home(f"T{number}", 6)
        taken = ToldFacts(twice)
        assert not taken.is_elsewhere(name, shard)
        if shard < twice.fewer:
            assert told_at(taken, name, shard)


def told_at(taken: ToldFacts, name: str, shard: int) -> bool:
    """Whether a ticket that stays is told nothing of."""
    taken.take(Moved(name, shard, {shard: facts("a")}, facts("a")))
    return not taken.rows
