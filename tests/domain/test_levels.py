"""Levels: how many tickets are in a state, and since when the oldest is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.domain.cells import Cell
from stream.domain.levels import MOST_LISTED, LevelClock, Levels, sum_levels, with_lost
from stream.domain.segments import segment_of

US = 1_000_000
PHONE, CHAT = segment_of("phone", "", ""), segment_of("chat", "", "")


def levels(*entries: tuple[str, int]) -> Levels:
    held = Levels()
    for ticket, since_us in entries:
        held.enter("waiting", PHONE, ticket, since_us)
    return held


def test_a_level_is_the_number_of_its_tickets_and_the_oldest_start() -> None:
    assert levels(("T1", 50), ("T2", 20), ("T3", 70)).cells(PHONE) == {"waiting": Cell(3, 20)}


def test_when_the_oldest_leaves_the_next_one_is_oldest() -> None:
    held = levels(("T1", 50), ("T2", 20), ("T3", 70))
    held.leave("waiting", PHONE, "T2")
    assert held.cells(PHONE) == {"waiting": Cell(2, 50)}


def test_when_another_leaves_the_oldest_stays() -> None:
    held = levels(("T1", 50), ("T2", 20))
    held.leave("waiting", PHONE, "T1")
    assert held.cells(PHONE) == {"waiting": Cell(1, 20)}


def test_a_ticket_that_comes_back_counts_from_its_new_start() -> None:
    held = levels(("T1", 20), ("T2", 50))
    held.leave("waiting", PHONE, "T1")
    held.enter("waiting", PHONE, "T1", 90)
    assert held.cells(PHONE) == {"waiting": Cell(2, 50)}


def test_a_ticket_may_be_in_two_levels() -> None:
    held = levels(("T1", 20))
    held.enter("open", PHONE, "T1", 10)
    held.leave("waiting", PHONE, "T1")
    assert held.cells(PHONE) == {"open": Cell(1, 10)}


def test_segments_are_apart() -> None:
    held = levels(("T1", 20))
    held.enter("waiting", CHAT, "T2", 30)
    assert (held.cells(PHONE), held.cells(CHAT)) == ({"waiting": Cell(1, 20)}, {"waiting": Cell(1, 30)})


def test_changed_segments_are_given_out_once_and_none_says_empty() -> None:
    held = levels(("T1", 20))
    assert list(held.take_changed()) == [(PHONE, {"waiting": Cell(1, 20)})]
    assert list(held.take_changed()) == []
    held.leave("waiting", PHONE, "T1")
    assert list(held.take_changed()) == [(PHONE, None)]


def test_all_levels_can_be_given_out_again() -> None:
    held = levels(("T1", 20))
    list(held.take_changed())
    held.mark_all_changed()
    assert list(held.take_changed()) == [(PHONE, {"waiting": Cell(1, 20)})]


def listed(*entries: tuple[str, int], tells_starts: bool = False) -> Levels:
    """Due at a time to come; a minute before it is soon."""
    stages = {"later": ((-60 * US, "soon"), (0, "late"))}
    held = Levels(stages, tells_starts=tells_starts, listed=frozenset({"soon", "late"}))
    for ticket, due in entries:
        held.enter("later", PHONE, ticket, due * US)
    return held


def test_of_levels_told_by_name_the_first_members_are_given_out_when_they_change_and_none_says_empty() -> None:
    held = listed(("T1", 100), ("T2", 70), ("T3", 90), ("T4", 400))
    assert list(held.take_listed()) == []
    held.advance(50 * US)
    soon = ((70 * US, "T2"), (90 * US, "T3"), (100 * US, "T1"))
    assert list(held.take_listed()) == [(("soon", PHONE), soon)]
    held.advance(60 * US)
    assert list(held.take_listed()) == [], "nobody moved"
    held.advance(71 * US)
    assert list(held.take_listed()) == [(("late", PHONE), soon[:1]), (("soon", PHONE), soon[1:])]
    held.leave("later", PHONE, "T2")
    assert list(held.take_listed()) == [(("late", PHONE), None)]


def test_members_are_told_up_to_a_bound_the_first_ones_whatever_came_and_went() -> None:
    held = listed(*((f"T{number}", 1000 - number) for number in range(3 * MOST_LISTED)))
    held.advance(1000 * US)
    for number in range(0, 3 * MOST_LISTED, 2):
        held.leave("later", PHONE, f"T{number}")
        held.enter("later", PHONE, f"T{number}", (2000 + number) * US)
    ((_, first),) = [told for told in held.take_listed() if told[0][0] == "late"]
    odd = range(3 * MOST_LISTED - 1, 0, -2)
    assert first is not None
    assert [ticket for _, ticket in first] == [f"T{number}" for number in odd][:MOST_LISTED]
    assert held.cells(PHONE)["late"].count == len(odd), "looking takes nobody out"


def waiting_by_name(count: int) -> Levels:
    held = Levels(listed=frozenset({"waiting"}))
    for number in range(count):
        held.enter("waiting", PHONE, f"T{number}", number * US)
    return held


def test_who_comes_and_goes_behind_the_bound_has_nobody_told_again() -> None:
    held = waiting_by_name(MOST_LISTED + 2)
    assert len(list(held.take_listed())) == 1
    held.enter("waiting", PHONE, "last", 9000 * US)
    held.leave("waiting", PHONE, f"T{MOST_LISTED}")
    assert list(held.take_listed()) == []
    assert [cells for _, cells in held.take_changed()] == [{"waiting": Cell(MOST_LISTED + 2, 0)}]
    held.leave("waiting", PHONE, f"T{MOST_LISTED - 1}")
    ((_, told),) = held.take_listed()
    assert told is not None
    assert told[-1] == ((MOST_LISTED + 1) * US, f"T{MOST_LISTED + 1}")
    held.leave("waiting", PHONE, "T0")
    held.enter("waiting", PHONE, "behind", 9001 * US)
    ((_, told),) = held.take_listed()
    assert told is not None
    assert told[-1] == (9000 * US, "last")


@given(
    st.lists(st.tuples(st.integers(0, 2 * MOST_LISTED), st.integers(0, 40)), min_size=1, max_size=200),
    st.integers(1, 9),
)
def test_whoever_comes_and_goes_the_first_members_are_what_was_told_last(
    moves: list[tuple[int, int]], every: int
) -> None:
    held = waiting_by_name(MOST_LISTED - 5)
    since = {f"T{number}": number * US for number in range(MOST_LISTED - 5)}
    told: object = None
    for count, (number, second) in enumerate(moves):
        name = f"T{number}"
        if name in since:
            held.leave("waiting", PHONE, name)
            del since[name]
        else:
            held.enter("waiting", PHONE, name, second * US)
            since[name] = second * US
        if not count % every:
            told = next((members for _, members in held.take_listed()), told)
            assert told == tuple(sorted((at, name) for name, at in since.items())[:MOST_LISTED])


def test_where_now_is_told_by_events_those_who_may_become_so_are_told_too() -> None:
    held = listed(("T1", 100), tells_starts=True)
    assert list(held.take_listed()) == [(("later", PHONE), ((100 * US, "T1"),))]
    clock = LevelClock({"later": ((-60 * US, "soon"), (0, "late"))})
    assert [clock.at("later", 100 * US, now * US) for now in (30, 50, 101)] == ["later", "soon", "late"]
    assert clock.at("open", 100 * US, 101 * US) == "open"


def test_a_level_that_is_gone_is_told_as_empty_with_all_that_it_may_have_become() -> None:
    held = listed()
    held.mark_changed("later", PHONE)
    held.mark_changed("open", PHONE)
    # Also what is not told by name: it may have been, by rules of before.
    gone = ("late", "later", "open", "soon")
    assert list(held.take_listed()) == [((name, PHONE), None) for name in gone]


def test_of_a_level_that_is_told_by_name_no_more_nobody_is_told() -> None:
    held = listed(("T1", 100))
    held.mark_changed("later", PHONE)
    assert dict(held.take_listed())[("later", PHONE)] is None


def test_the_front_stays_as_small_as_the_level_whatever_comes_and_goes() -> None:
    held = levels(("stays", 1))
    for time_us in range(10_000):
        held.enter("waiting", PHONE, "T", 10 + time_us)
        held.leave("waiting", PHONE, "T")
    members = held._members[PHONE]["waiting"]
    assert len(members.front) < 200
    assert held.cells(PHONE) == {"waiting": Cell(1, 1)}


HOUR_US = 3_600_000_000


def test_who_is_in_a_level_for_too_long_is_lost_by_the_clock_alone() -> None:
    held = Levels(with_lost(12 * HOUR_US, {}))
    for ticket, since_us in (("T1", 0), ("T2", HOUR_US), ("T3", 2 * HOUR_US)):
        held.enter("waiting", PHONE, ticket, since_us)
    list(held.take_changed())
    held.advance(12 * HOUR_US)
    assert list(held.take_changed()) == []
    held.advance(12 * HOUR_US + 1)
    assert list(held.take_changed()) == [(PHONE, {"waiting": Cell(2, HOUR_US), "lost": Cell(1, 0)})]
    held.advance(20 * HOUR_US)
    assert list(held.take_changed()) == [(PHONE, {"lost": Cell(3, 0)})]


def test_who_was_lost_leaves_like_the_others() -> None:
    held = Levels(with_lost(HOUR_US, {}))
    held.enter("waiting", PHONE, "T1", 0)
    held.advance(2 * HOUR_US)
    held.leave("waiting", PHONE, "T1")
    assert held.cells(PHONE) == {}
    held.enter("waiting", PHONE, "T1", 2 * HOUR_US)
    held.advance(2 * HOUR_US)
    assert held.cells(PHONE) == {"waiting": Cell(1, 2 * HOUR_US)}


def test_one_who_waits_since_long_before_is_lost_at_the_next_look() -> None:
    held = Levels(with_lost(HOUR_US, {}))
    held.enter("waiting", PHONE, "T1", 9 * HOUR_US)
    held.advance(9 * HOUR_US)
    held.enter("waiting", PHONE, "T2", 0)
    held.advance(9 * HOUR_US)
    assert held.cells(PHONE) == {"waiting": Cell(1, 9 * HOUR_US), "lost": Cell(1, 0)}


def test_open_tickets_are_never_lost() -> None:
    held = Levels(with_lost(HOUR_US, {}))
    held.enter("open", PHONE, "T1", 0)
    held.advance(99 * HOUR_US)
    assert held.cells(PHONE) == {"open": Cell(1, 0)}


def test_cells_that_tell_starts_are_parted_by_a_later_clock() -> None:
    held = Levels(with_lost(HOUR_US, {}), tells_starts=True)
    for ticket, seconds in (("T1", 10), ("T2", 20), ("T3", 20.25)):
        held.enter("waiting", PHONE, ticket, round(seconds * US))
    cells = held.cells(PHONE)
    assert cells["waiting"].bins == {10: 1, 20: 2}
    clock = LevelClock(with_lost(HOUR_US, {}))
    assert clock.read_off(cells, HOUR_US + 10 * US) == {"waiting": Cell(3, 10 * US)}
    assert clock.read_off(cells, HOUR_US + 11 * US) == {"lost": Cell(1, 10 * US), "waiting": Cell(2, 20 * US)}
    assert clock.read_off(cells, HOUR_US + 21 * US) == {"lost": Cell(3, 10 * US)}


def test_the_starts_of_any_number_of_members_are_few() -> None:
    held = Levels(with_lost(10_000 * HOUR_US, {}), tells_starts=True)
    for number in range(1000):
        held.enter("waiting", PHONE, f"T{number}", number * US)
    assert len(held.cells(PHONE)["waiting"].bins or {}) == 2


def test_levels_of_several_parts_are_added_and_the_oldest_is_the_oldest_of_all() -> None:
    parts = [{"waiting": Cell(2, 50)}, {"waiting": Cell(1, 20), "lost": Cell(1, 5)}, {}]
    assert sum_levels(parts) == {"waiting": Cell(3, 20), "lost": Cell(1, 5)}


AGES = {"young": ((HOUR_US, "hour"), (4 * HOUR_US, "hours"), (24 * HOUR_US, "day"))}


def test_members_grow_older_by_the_clock_alone_each_at_its_time() -> None:
    held = Levels(AGES)
    held.enter("young", PHONE, "T1", 0)
    held.enter("young", PHONE, "T2", 2 * HOUR_US)
    held.advance(HOUR_US)
    assert held.cells(PHONE) == {"young": Cell(2, 0)}
    held.advance(HOUR_US + 1)
    assert held.cells(PHONE) == {"young": Cell(1, 2 * HOUR_US), "hour": Cell(1, 0)}
    held.advance(5 * HOUR_US)
    assert held.cells(PHONE) == {"hour": Cell(1, 2 * HOUR_US), "hours": Cell(1, 0)}
    list(held.take_changed())
    held.advance(6 * HOUR_US)
    assert list(held.take_changed()) == []
    held.advance(99 * HOUR_US)
    assert list(held.take_changed()) == [(PHONE, {"day": Cell(2, 0)})]


def test_one_who_comes_old_is_old_at_the_next_look_and_leaves_from_where_it_is() -> None:
    held = Levels(AGES)
    held.advance(50 * HOUR_US)
    held.enter("young", PHONE, "T1", 20 * HOUR_US)
    held.advance(50 * HOUR_US)
    assert held.cells(PHONE) == {"day": Cell(1, 20 * HOUR_US)}
    assert held.holds("young", PHONE, "T1")
    held.leave("young", PHONE, "T1")
    assert (held.cells(PHONE), held.holds("young", PHONE, "T1")) == ({}, False)
    held.enter("young", PHONE, "T1", 49 * HOUR_US)
    held.advance(50 * HOUR_US)
    assert held.cells(PHONE) == {"young": Cell(1, 49 * HOUR_US)}


def test_what_is_to_come_is_counted_by_how_soon_it_is() -> None:
    due = {"later": ((-HOUR_US, "soon"), (0, "past"))}
    held = Levels(due)
    held.enter("later", PHONE, "T1", 3 * HOUR_US)
    held.enter("later", PHONE, "T2", 2 * HOUR_US)
    held.advance(HOUR_US + 1)
    assert held.cells(PHONE) == {"later": Cell(1, 3 * HOUR_US), "soon": Cell(1, 2 * HOUR_US)}
    held.advance(2 * HOUR_US)
    held.advance(2 * HOUR_US + 1)
    assert held.cells(PHONE) == {"soon": Cell(1, 3 * HOUR_US), "past": Cell(1, 2 * HOUR_US)}


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 90), st.booleans()), max_size=30),
    st.lists(st.integers(0, 120), max_size=6).map(sorted),
    st.integers(0, 120),
)
def test_however_often_the_clock_was_looked_at_the_ages_are_those_of_the_last_look(
    moves: list[tuple[int, int, bool]], looks: list[int], last: int
) -> None:
    held, starts = Levels(AGES), Levels(AGES, tells_starts=True)
    members: dict[str, int] = {}
    for number, (name, since, stays) in enumerate(moves):
        ticket = f"T{name}"
        for each in (held, starts):
            if ticket in members:
                each.leave("young", PHONE, ticket)
            if stays:
                each.enter("young", PHONE, ticket, since * HOUR_US)
            if number < len(looks):
                held.advance(looks[number] * HOUR_US)
        members.pop(ticket, None)
        if stays:
            members[ticket] = since * HOUR_US
    now = max(last, *looks, 0) * HOUR_US
    held.advance(now)
    wanted: dict[str, Cell] = {}
    for since_us in members.values():
        age = now - since_us
        stage = ["young", "hour", "hours", "day"][sum(age > bound * HOUR_US for bound in (1, 4, 24))]
        cell = wanted.setdefault(stage, Cell(0, since_us))
        cell.count, cell.sum = cell.count + 1, min(cell.sum, since_us)
    assert held.cells(PHONE) == wanted
    assert LevelClock(AGES).read_off(starts.cells(PHONE), now) == wanted
