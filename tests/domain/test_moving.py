"""Moving: more shards hold together what fewer held, and each what it would hold had there always been so many."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.domain.counters import RETRACTED
from stream.domain.customer_events import CustomerRemoved
from stream.domain.events import Event
from stream.domain.limits import Limits
from stream.domain.moving import Moved, Moving, all_of
from stream.domain.shard import Shard
from stream.domain.shard_rules import ShardRules
from stream.domain.windows import TOTAL, PanePlan, rolling
from tests.domain.folding import DAY, START
from tests.domain.folding import told as story_told
from tests.domain.owners import plain, plain_levels, plain_panes
from tests.domain.stories import Story, rules
from tests.domain.strategies import START_SECONDS, US, told, told_of_customers
from tests.domain.test_properties import EXAMPLES, RULES

NOW_US = (START_SECONDS + 600_000) * US
COUNTS = st.sampled_from([(1, 2), (2, 4), (2, 3), (3, 5), (2, 6)])
quick = settings(deadline=None, max_examples=EXAMPLES)

Told = Iterable[tuple[str, Event]]


def home(name: str, shards: int) -> int:
    return zlib.crc32(name.encode()) % shards


def built(shards: int, story: Told, rules: ShardRules = RULES) -> dict[int, Shard]:
    """Each with the events of its tickets."""
    made = {number: Shard(rules) for number in range(shards)}
    fold(made, story)
    return made


def fold(shards: dict[int, Shard], story: Told, now_us: int = NOW_US) -> None:
    for name, event in story:
        shards[home(name, len(shards))].fold(name, event)
    for shard in shards.values():
        shard.settle(now_us)


def moved(before: dict[int, Shard], shards: int, now_us: int = NOW_US) -> tuple[dict[int, Shard], list[Moved], Moving]:
    """The same with more shards, stored and loaded again."""
    grown = {number: before.get(number) or Shard(before[0].rules) for number in range(shards)}
    work = Moving(grown, lambda name: home(name, shards), dict.fromkeys(grown, now_us))
    done = list(work.steps())
    return {number: loaded(shard, now_us) for number, shard in grown.items()}, done, work


def loaded(shard: Shard, now_us: int) -> Shard:
    held = all_of(shard, now_us)
    anew = Shard(shard.rules)
    for name, row in held.tickets:
        anew.restore_ticket(name, row)
    for key, cells in held.panes:
        assert cells
        anew.restore_pane(key, cells)
    for segment, counted in held.counters:
        anew.counters.restore(segment, counted)
    for name, answers in held.answers:
        anew.answers.restore(name, answers)
    for digest, is_sought in held.forgotten:
        anew.restore_forgotten(digest, is_sought)
    anew.admission.restore(held.segments or ())
    anew.newest_us = shard.newest_us
    anew.finish_restore()
    anew.levels.advance(now_us)
    assert {segment: plain(cells) for segment, cells in held.levels if cells} == plain_levels(anew)
    return anew


def content(shard: Shard) -> tuple[Any, ...]:
    tickets = {name: shard.tickets.stored_row(name) for name in shard.tickets.names()}
    return plain_panes(shard), plain_levels(shard), tickets, dict(shard.answers.rows()), dict(shard.answers.told())


def counted(shards: Iterable[Shard], *, net: bool = False) -> Counter[tuple[str, str]]:
    """By segment and measure. ``net``: without what was taken back."""
    total: Counter[tuple[str, str]] = Counter()
    for shard in shards:
        for segment, cells in shard.counters:
            for name, cell in cells.items():
                if net and name.startswith(RETRACTED):
                    total[segment, name.removeprefix(RETRACTED)] -= cell.count
                else:
                    total[segment, name] += cell.count
    return Counter({key: count for key, count in total.items() if count})


def booked(shards: Iterable[Shard]) -> Counter[tuple[int, int, str]]:
    """By width, start and measure, whatever the segment and the shard."""
    total: Counter[tuple[int, int, str]] = Counter()
    for shard in shards:
        for (width, start, _), cells in shard.panes:
            for name, cell in cells.items():
                total[width, start, name] += cell.count
    return Counter({key: count for key, count in total.items() if count})


@quick
@given(COUNTS, told(tickets=6, events=20), told_of_customers(events=8), st.integers(0, 20))
def test_each_shard_is_what_it_would_be_had_there_always_been_so_many(
    counts: tuple[int, int], story: list[tuple[str, Event]], customers: list[tuple[str, Event]], cut: int
) -> None:
    before, after = counts
    first, second = [*story[:cut], *customers[::2]], [*story[cut:], *customers[1::2]]
    shards = built(before, first)
    carried = counted(shards.values())
    grown, done, _ = moved(shards, after)
    fresh = built(after, first)
    assert {number: content(shard) for number, shard in grown.items()} == {
        number: content(shard) for number, shard in fresh.items()
    }
    assert counted(grown.values()) == carried
    assert {one.name for one in done} == {name for name, _ in first if home(name, before) != home(name, after)}
    # They go on as the others do.
    for ones in (grown, fresh):
        fold(ones, second)
    assert {number: content(shard) for number, shard in grown.items()} == {
        number: content(shard) for number, shard in fresh.items()
    }


@quick
@given(COUNTS, told(tickets=4, events=20), st.data())
def test_a_ticket_that_lies_in_several_shards_becomes_one(
    counts: tuple[int, int], story: list[tuple[str, Event]], data: st.DataObject
) -> None:
    before, after = counts
    shards = {number: Shard(RULES) for number in range(before)}
    for name, event in story:
        shards[data.draw(st.integers(0, before - 1))].fold(name, event)
    for shard in shards.values():
        shard.settle(NOW_US)
    grown, done, _ = moved(shards, after)
    fresh = built(after, story)
    assert {number: content(shard) for number, shard in grown.items()} == {
        number: content(shard) for number, shard in fresh.items()
    }
    assert counted(grown.values(), net=True) == counted(fresh.values(), net=True)
    for one in done:
        assert one.home not in one.before or len(one.before) == 2


def test_what_tickets_gave_that_are_forgotten_stays() -> None:
    plan = PanePlan.for_windows((rolling("1h", 3600), rolling("30d", 30 * DAY), TOTAL))
    chosen = rules(plan=plan, reopen_horizon_seconds=7 * DAY)
    now_us = (START + 20 * DAY + 10) * US
    shards = {number: Shard(chosen) for number in range(2)}
    names = [f"T{number}" for number in range(40)]
    for at, some in ((0, names[:20]), (20 * DAY, names[20:])):
        story = Story().created(at, "phone").queued(at + 1).answered(at + 30).status(at + 60, "solved")
        fold(shards, [(name, event) for name in some for event in story_told(story)], (START + at + 100) * US)
    for shard in shards.values():
        shard.expire(now_us)
    assert sum(len(shard.tickets) for shard in shards.values()) == 20
    held, carried = booked(shards.values()), counted(shards.values())
    grown, done, work = moved(shards, 5, now_us)
    assert (work.tickets, work.leaving) == (20, len(done))
    assert booked(grown.values()) == held
    assert held[0, 0, "answered"] == 40
    assert counted(grown.values()) == carried


@pytest.mark.parametrize("most", [1, 2])
def test_where_segments_have_no_name_of_their_own_nothing_is_lost(most: int) -> None:
    chosen = rules(limits=Limits(max_segments=most))
    shards = {number: Shard(chosen) for number in range(2)}
    for number in range(30):
        story = Story().created(number, ["phone", "chat", "email"][number % 3]).queued(number).answered(number + 5)
        fold(shards, [(f"T{number}", event) for event in story_told(story)], (START + 100) * US)
    held = booked(shards.values())
    grown, _, _ = moved(shards, 4, (START + 100) * US)
    assert booked(grown.values()) == held
    assert all(len(shard.admission) <= most for shard in grown.values())


def test_a_ticket_that_a_metric_cannot_read_moves_and_what_is_booked_of_it_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shards = built(
        2, [(f"T{number}", event) for number in range(9) for event in story_told(Story().created(0, "chat"))]
    )
    held = booked(shards.values())

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("stream.domain.moving.timeline_of", broken)
    grown, done, work = moved(shards, 4)
    assert len(work.failures) == len(done) > 0
    assert booked(grown.values()) == held
    assert {name: number for number, shard in grown.items() for name in shard.tickets.names()} == {
        f"T{number}": home(f"T{number}", 4) for number in range(9)
    }


def test_what_was_counted_of_the_parts_of_a_ticket_is_counted_once() -> None:
    """One part is at home already: the other one takes away what the two say together otherwise."""
    story = story_told(Story().created(0, "phone").queued(1).abandoned(10).queued(20).answered(30))
    parts = {0: [*story[:2], *story[3:]], 1: story[:3]}
    name = next(name for name in map(str, range(99)) if home(name, 2) == 1 and home(name, 4) == 1)
    shards = {number: Shard(RULES) for number in range(2)}
    for number, events in parts.items():
        for event in events:
            shards[number].fold(name, event)
        shards[number].settle((START + 100) * US)
    grown, _, work = moved(shards, 4, (START + 100) * US)
    assert work.merged_total == 1
    fresh = Shard(RULES)
    for event in story:
        fresh.fold(name, event)
    fresh.settle((START + 100) * US)
    assert counted(grown.values(), net=True) == counted([fresh], net=True)
    assert content(grown[1]) == content(loaded(fresh, (START + 100) * US))


def test_tickets_that_stay_are_told_of_where_they_are_wanted() -> None:
    shards = built(
        2, [(f"T{number}", event) for number in range(9) for event in story_told(Story().created(0, "chat"))]
    )
    grown = {number: shards.get(number) or Shard(RULES) for number in range(4)}
    work = Moving(grown, lambda name: home(name, 4), dict.fromkeys(grown, NOW_US))
    at_home = {name for number in range(2) for name in shards[number].tickets.names() if home(name, 4) == number}
    assert {one.name for one in work.staying(lambda name, number: True)} == at_home
    assert not [*work.staying(lambda name, number: False)]
    assert len(at_home) + work.leaving == work.tickets


def test_where_now_differs_from_shard_to_shard_each_takes_back_what_it_has_booked() -> None:
    """As in a replay: what one shard lets go, as it is long ago, another one keeps."""
    chosen = rules(plan=PanePlan.for_windows((rolling("1h", 3600),)))
    now_us = {0: (START + 7200) * US, 1: START * US, 2: START * US, 3: START * US}
    name = next(name for name in map(str, range(99)) if home(name, 4) == 3)
    shards = {number: Shard(chosen) for number in range(4)}
    for event in story_told(Story().queued(0)):
        shards[1].fold(name, event)
    shards[1].settle(now_us[1])
    held = booked(shards.values())
    assert held
    for _ in Moving(shards, lambda name: home(name, 4), now_us).steps():
        pass
    assert booked(shards.values()) == held
    for event in story_told(Story().created(1, "phone")):
        shards[3].fold(name, event)
    shards[3].settle(now_us[3])
    assert all(cell.count >= 0 for shard in shards.values() for _, cells in shard.panes for cell in cells.values())


def test_who_is_to_be_forgotten_is_so_in_every_shard_and_looked_for_in_all_logs() -> None:
    shards = {number: Shard(RULES) for number in range(2)}
    shards[1].fold_customer("c1", CustomerRemoved(START * US, "", "1 /s"))
    shards[1].settle(NOW_US)
    grown, _, _ = moved(shards, 4)
    assert all(shard.forgotten.holds("c1") and len(shard.forgotten.unsought) == 1 for shard in grown.values())
