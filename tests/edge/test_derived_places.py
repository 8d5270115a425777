"""A row of a derived topic stays in its partition, however often the sources get more of them."""

from __future__ import annotations

import pytest

from stream.edge.kafka.partitioning import murmur2_partition
from stream.edge.owners.derived_places import DerivedPlaces
from stream.settings import TopicSettings

NAMES = [f"T-{number}" for number in range(500)]


def home(name: str, partitions: int) -> int:
    return murmur2_partition(name.encode(), partitions)


def topics(*counts: int) -> TopicSettings:
    return TopicSettings(partitions=counts[-1], grown_from=counts[:-1])


@pytest.mark.parametrize("later", [(4, 8), (4, 8, 12), (4, 6), (4, 6, 1000), (1, 3)])
def test_facts_of_a_ticket_stay_where_they_were_at_first(later: tuple[int, ...]) -> None:
    for name in NAMES:
        first = DerivedPlaces(home(name, later[0]), topics(later[0])).of_facts(name)
        places = DerivedPlaces(home(name, later[-1]), topics(*later))
        assert places.of_facts(name) == first
        assert first in places.all_of_facts


def test_what_lies_elsewhere_than_its_key_says_has_its_facts_where_its_shard_has_its_letters() -> None:
    assert DerivedPlaces(3, topics(4)).of_facts(next(name for name in NAMES if home(name, 4) == 1)) == 3
    assert DerivedPlaces(7, topics(4, 8)).of_facts(next(name for name in NAMES if home(name, 8) == 1)) == 3


def test_dead_letters_of_a_new_shard_have_a_partition() -> None:
    assert [DerivedPlaces(number, topics(4, 10)).letters for number in range(10)] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert [DerivedPlaces(number, topics(3)).letters for number in range(3)] == [0, 1, 2]


def test_of_a_multiple_only_one_partition_is_read() -> None:
    assert DerivedPlaces(6, topics(4, 8)).all_of_facts == [2]
    assert DerivedPlaces(5, topics(4, 6)).all_of_facts == [0, 1, 2, 3]
