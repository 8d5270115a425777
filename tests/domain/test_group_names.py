"""Names for the whole installation: half of the places at once, then so many a minute, never more than there are."""

from __future__ import annotations

from stream.domain.group_names import GroupNames
from stream.domain.segments import THREE, segment_of

MINUTE_US = 60_000_000
NOW_US = 1_773_133_200_000_000


def segments(count: int, first: int = 0) -> list[str]:
    return [segment_of("chat", f"team {number}", "") for number in range(first, first + count)]


def admitted(names: GroupNames, wanted: list[str], now_us: int | None = NOW_US) -> int:
    return sum(names.admit(segment, now_us) for segment in wanted)


def test_half_of_the_places_are_given_at_once_and_then_so_many_a_minute() -> None:
    names = GroupNames(100, 10)
    assert admitted(names, segments(1000)) == 50
    assert admitted(names, segments(1000), NOW_US + MINUTE_US) == 60
    assert admitted(names, segments(1000), NOW_US + 60 * MINUTE_US) == 100
    assert len(names) == 100


def test_after_a_quiet_while_half_may_come_at_once_again() -> None:
    names = GroupNames(100, 1)
    assert admitted(names, segments(10)) == 10
    assert admitted(names, segments(100, first=10), NOW_US + 600 * MINUTE_US) == 50


def test_a_name_once_given_is_kept() -> None:
    names = GroupNames(2, 0)
    first, second = segments(2)
    assert names.admit(first, NOW_US)
    assert not names.admit(second, NOW_US)
    assert names.admit(first, NOW_US)
    assert (names.take_changed(), names.take_changed()) == ({first: True}, {})


def test_the_rate_does_not_hold_where_there_is_none() -> None:
    assert admitted(GroupNames(100, None), segments(1000)) == 100
    assert admitted(GroupNames(100, 0), segments(1000), None) == 100


def test_other_always_has_its_name_and_takes_no_place() -> None:
    names = GroupNames(1, 0)
    assert names.admit(THREE.other, NOW_US)
    assert admitted(names, segments(1)) == 1
    assert len(names) == 1


def test_restored_names_take_places_and_are_not_new() -> None:
    names = GroupNames(3, None)
    assert [names.restore(segment) for segment in segments(4)] == [True, True, True, False]
    assert names.take_changed() == {}
    assert admitted(names, segments(5)) == 3


def test_a_clock_that_is_set_back_gives_and_takes_nothing() -> None:
    names = GroupNames(4, 60)
    assert admitted(names, segments(3)) == 2
    assert admitted(names, segments(3), NOW_US - MINUTE_US) == 2
    assert admitted(names, segments(3), NOW_US - MINUTE_US + 1_000_000) == 3


def test_a_freed_name_gives_its_place_to_another_and_other_is_never_freed() -> None:
    names = GroupNames(1, None)
    first, second = segments(2)
    assert admitted(names, [first, second]) == 1
    assert list(names) == [first]
    names.free(second)
    names.free(THREE.other)
    assert (first in names, second in names, THREE.other in names) == (True, False, True)
    names.free(first)
    assert names.take_changed() == {first: False}
    assert admitted(names, [second]) == 1
    assert list(names) == [second]
