"""The last answers: whatever comes in whatever order, the newest so many of each group, over all partitions."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.answers import cells_of, entry_of, parted, time_us_of
from stream.domain.events import Event, SurveyAnswered
from stream.domain.facts import Facts
from stream.domain.rollup import Rollup
from stream.domain.rows import Row, make_row
from stream.domain.segments import THREE, segment_of
from stream.domain.windows import last, rolling
from stream.metrics import METRICS, ROWS
from tests.domain.folding import DAY, START, told
from tests.domain.owners import Owner
from tests.domain.stories import US, Story, families_of, rules
from tests.domain.strategies import START_SECONDS, delivered
from tests.domain.strategies import told as told_in_no_order
from tests.domain.taken import taken_rows
from tests.domain.test_properties import GROUPS, facts_by_ticket, newest_seconds, quick

FAMILIES = families_of(METRICS)
MOST = 3
PLAIN = rules()
PARTITIONS = 2


def answers_of(tickets: dict[str, Facts]) -> dict[tuple[str, str], list[bytes]]:
    """All answers by metric and segment, oldest first: by time, made anew from all logs."""
    found: dict[tuple[str, str], list[bytes]] = {}
    for name, facts in tickets.items():
        for key, fact in facts.items():
            family = key.partition("/")[0]
            if family in FAMILIES:
                found.setdefault((family, fact.segment), []).append(entry_of(name, key, fact, FAMILIES[family]))
    return {place: sorted(entries) for place, entries in found.items()}


def group_of(segment: str, by: str) -> str:
    return THREE.rolled_up(segment, by)


def expected_rows(tickets: dict[str, Facts]) -> dict[str, Row]:
    """Rows of the window, from all answers of the installation at once."""
    groups: dict[tuple[str, str], dict[str, list[bytes]]] = {}
    for (family, segment), entries in answers_of(tickets).items():
        for by in GROUPS:
            groups.setdefault((by, group_of(segment, by)), {}).setdefault(family, []).extend(entries)
    rows: dict[str, Row] = {}
    for (by, group), families in groups.items():
        for family, entries in families.items():
            newest = sorted(entries)[-MOST:]
            cells = cells_of(newest, FAMILIES[family])
            bounds = time_us_of(newest[0]) // US, time_us_of(newest[-1]) // US + 1
            for spec in next(metric.rows for metric in METRICS if metric.name == family):
                row = make_row(spec, by, group, f"last_{MOST}", bounds, cells)
                rows[f"{spec.name}|{by}|{group.replace(chr(31), '/')}|last_{MOST}"] = row | {
                    "answers": len(newest),
                    "is_full": len(newest) == MOST,
                }
    return rows


def fresh() -> Rollup:
    return Rollup(ROWS, [rolling("5m", 300), last(MOST)], GROUPS, ZoneInfo("UTC"), families=FAMILIES)


def rows_of(rollup: Rollup) -> dict[str, Row]:
    found = dict(taken_rows(rollup))
    return {key: row for key, row in found.items() if row is not None and row["window"] == f"last_{MOST}"}


def apply(rollup: Rollup, partition: int, owner: Owner) -> None:
    """All that the owner has told, as it holds now."""
    for (family, segment), value in owner.answers.items():
        rollup.last.apply(partition, family, segment, parted(value))


@quick
@given(st.data(), told_in_no_order(tickets=6, events=24))
def test_any_order_over_any_partitions_gives_the_newest_of_all(
    data: st.DataObject, story: list[tuple[str, Event]]
) -> None:
    for number, (at, score) in enumerate(
        data.draw(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=9))
    ):
        uid, survey = f"more {number} /s", f"more {number}"
        answer = SurveyAnswered((START_SECONDS + at) * US, "", uid, survey, "csat", score, 1, 5)
        story.append((f"T{number % 6}", answer))
    owners = [Owner(PLAIN) for _ in range(PARTITIONS)]
    rollup = fresh()
    held: list[dict[tuple[str, str], bytes]] = [{} for _ in owners]
    shown: dict[str, Row] = {}

    def tell(number: int) -> None:
        now = owners[number].answers
        for place in {*held[number], *now}:
            if held[number].get(place) != now.get(place):
                rollup.last.apply(number, *place, parted(now[place]) if place in now else ())
        held[number] = dict(now)

    for batch in data.draw(delivered(story)):
        for name, event in batch:
            owners[int(name[1:]) % PARTITIONS].fold([(name, event)])
        number = data.draw(st.integers(0, PARTITIONS - 1))
        owners[number].commit(newest_seconds(owners[number]) * US)
        tell(number)
        if data.draw(st.booleans()):
            take(rollup, shown)
    for number, owner in enumerate(owners):
        owner.commit(newest_seconds(owner) * US)
        tell(number)
    take(rollup, shown)
    tickets = facts_by_ticket(story)
    places = answers_of(tickets)
    told_of = {place: value for owner in owners for place, value in owner.answers.items()}
    assert told_of.keys() == places.keys()
    assert {key: row for key, row in shown.items() if row["window"] == f"last_{MOST}"} == expected_rows(tickets)


def take(rollup: Rollup, into: dict[str, Row]) -> None:
    for key, row in taken_rows(rollup):
        if row is None:
            into.pop(key, None)
        else:
            into[key] = row


# --- by hand ---------------------------------------------------------------------------------------------------------


def answered(at: float, score: float, survey: str = "q") -> SurveyAnswered:
    return SurveyAnswered(round((START + at) * US), "", f"{survey} {at} {score}", survey, "csat", score, 1, 5)


class Desk:
    """One shard and a roll-up."""

    def __init__(self, **changed: Any) -> None:
        self.owner = Owner(rules(**changed))

    def tell(self, ticket: str, *events: Event, now: float = 0, expire: bool = False) -> None:
        self.owner.fold((ticket, event) for event in events)
        self.owner.commit(round((START + now) * US), expire=expire)

    def row(self, definition: str = "csat_top_two_box@2") -> Row | None:
        rollup = fresh()
        apply(rollup, 0, self.owner)
        return rows_of(rollup).get(f"csat|{definition}|all||last_{MOST}")


def numbers(row: Row | None) -> tuple[int, int, bool] | None:
    return None if row is None else (row["numerator"], row["answers"], row["is_full"])


def test_the_newest_count_however_long_ago_they_were_given() -> None:
    desk = Desk()
    assert desk.row() is None
    for number, score in enumerate([5, 5, 1, 1, 5]):
        desk.tell(f"t{number}", answered(number * 200 * DAY, score, f"q{number}"), now=900 * DAY)
        wanted = [(1, 1, False), (2, 2, False), (2, 3, True), (1, 3, True), (1, 3, True)][number]
        assert numbers(desk.row()) == wanted
    row = desk.row()
    assert row is not None
    assert (row["value"], row["count"]) == (1 / 3, 3)
    assert 0 < row["low"] < 1 / 3 < row["high"] < 1
    assert row["window_end"] > row["window_start"]


def test_of_several_partitions_and_segments_the_newest_of_all_count() -> None:
    rollup = fresh()
    for partition in range(PARTITIONS):
        desk = Desk()
        for number in range(MOST + 1):
            at = 10 * number + partition
            story = told(Story().created(0, ("phone", "email")[number % 2]))
            desk.tell(f"t{number}", *story, answered(at, 5 if at >= 21 else 1, f"q{number}"))
        apply(rollup, partition, desk.owner)
    shown = {key.split("|", 2)[2]: row for key, row in rows_of(rollup).items() if "csat_top_two_box" in key}
    assert numbers(shown[f"all||last_{MOST}"]) == (3, 3, True)
    assert numbers(shown[f"channel|phone|last_{MOST}"]) == (1, 3, True)
    assert numbers(shown[f"channel|email|last_{MOST}"]) == (2, 3, True)


def test_a_late_answer_that_is_older_than_the_last_changes_nothing() -> None:
    desk = Desk()
    desk.tell("t", *(answered(at, 5, f"q{at}") for at in (10, 20, 30)))
    before = desk.row()
    told_before = dict(desk.owner.answers)
    desk.tell("t", answered(5, 1, "late"))
    assert (desk.row(), desk.owner.answers) == (before, told_before)
    desk.tell("t", answered(15, 1, "later"))
    assert numbers(desk.row()) == (2, 3, True)


def test_a_changed_answer_stays_in_its_place_and_what_is_taken_back_makes_room_for_an_older_one() -> None:
    desk = Desk()
    desk.tell("t", *(answered(at, 1 if at == 10 else 5, f"q{at}") for at in (10, 20, 30, 40)))
    assert numbers(desk.row()) == (3, 3, True)
    desk.tell("t", answered(99, 1, "q30"))
    assert numbers(desk.row()) == (2, 3, True)
    story = Story().withdrawn(120, "q40")
    desk.tell("t", *told(story))
    assert numbers(desk.row()) == (1, 3, True)


def test_a_ticket_that_is_removed_takes_its_answers_along() -> None:
    desk = Desk()
    desk.tell("t", answered(10, 1, "a"))
    desk.tell("gone", *(answered(at, 5, f"q{at}") for at in (20, 30, 40)))
    assert numbers(desk.row()) == (3, 3, True)
    desk.tell("gone", *told(Story().removed(50)))
    assert numbers(desk.row()) == (0, 1, False)


def test_answers_of_forgotten_tickets_stay_and_come_back_after_younger_ones_were_taken_back() -> None:
    desk = Desk(reopen_horizon_seconds=DAY)
    for number in range(5):
        desk.tell(f"old{number}", answered(number, 1 + number % 2 * 4, f"q{number}"))
    desk.tell("young", *(answered(10 * DAY + at, 5, f"y{at}") for at in (1, 2, 3)), now=10 * DAY + 10, expire=True)
    assert desk.owner.shard.tickets.names() == ["young"]
    assert len(desk.owner.shard.answers) == MOST + 3
    assert numbers(desk.row()) == (3, 3, True)
    desk.tell("young", *told(Story().removed(10 * DAY + 20)), now=10 * DAY + 20)
    assert numbers(desk.row()) == (1, 3, True)
    desk.owner.crash(compacted=True)
    assert dict(desk.owner.shard.answers.told()) == desk.owner.answers
    stored = {key for key, row in dict(desk.owner.changelog).items() if key[:2] == b"n|" and row is not None}
    assert stored == {b"n|old2", b"n|old3", b"n|old4"}


def test_a_forgotten_ticket_that_comes_back_has_answers_of_both_kinds() -> None:
    desk = Desk(reopen_horizon_seconds=DAY)
    desk.tell("t", answered(0, 1, "a"))
    desk.tell("other", answered(10 * DAY, 5, "x"), now=10 * DAY, expire=True)
    desk.tell("t", answered(10 * DAY + 5, 1, "b"), now=10 * DAY)
    assert numbers(desk.row()) == (1, 3, True)
    desk.owner.crash(compacted=True)
    desk.tell("t", *told(Story().removed(10 * DAY + 20)), now=10 * DAY)
    assert numbers(desk.row()) == (1, 2, False)
    desk.tell("late", answered(20 * DAY, 5, "y"), now=20 * DAY, expire=True)
    assert numbers(desk.row()) == (2, 3, True)


def test_of_the_same_moment_neither_good_nor_bad_ones_are_the_later() -> None:
    desk = Desk()
    for number in range(400):
        desk.owner.fold([(f"t{number}", answered(10, 5 if number % 2 else 1, f"q{number}"))])
    desk.owner.shard.answers._most = 200
    desk.owner.commit(START * US)
    ((value),) = (value for (family, _), value in desk.owner.answers.items() if family == "csat")
    good = cells_of(parted(value), FAMILIES["csat"])["csat_good"].count
    assert 70 < good < 130


def test_a_segment_without_a_name_counts_as_other_until_it_gets_one() -> None:
    rollup = fresh()
    phone = segment_of("phone", "a", "")
    fact_desk = Desk()
    fact_desk.tell("t", answered(10, 5))
    ((value),) = fact_desk.owner.answers.values()
    rollup.refuse(phone)
    rollup.last.apply(0, "csat", phone, parted(value))
    assert {key.split("|")[3] for key in rows_of(rollup) if "|channel|" in key} == {"other"}
    assert rollup.is_used(phone)
    for _ in rollup.name(phone, []):
        pass
    found = dict(taken_rows(rollup))
    shown = {key: row for key, row in found.items() if "csat_top_two_box@2|channel|" in key}
    assert {key.split("|")[3]: row is not None for key, row in shown.items()} == {"other": False, "phone": True}
    rollup.last.apply(0, "csat", phone, ())
    assert not rollup.is_used(phone)
    assert phone in rollup.unused


def test_what_is_no_metric_of_answers_here_is_left_alone() -> None:
    rollup = Rollup(ROWS, [rolling("5m", 300)], GROUPS, ZoneInfo("UTC"), families=FAMILIES)
    rollup.last.apply(0, "csat", segment_of("phone", "", ""), (b"x" * 22,))
    assert list(taken_rows(rollup)) == []
    assert not rollup.is_used(segment_of("phone", "", ""))


@pytest.mark.parametrize("value", [b"", b"x" * 21, b"x" * 23])
def test_what_no_shard_tells_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match="no answers"):
        parted(value)
