"""Queue visits, one rule per test: how queueing and exits are paired. Times in seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import pytest

from stream.domain.events import Event, LeftQueue, Queued
from stream.domain.log import order_of
from stream.domain.sequences import sequence_key
from stream.domain.visits import Visit
from tests.domain.stories import US, Story, queue_of


def visits(story: Story) -> list[tuple[float | None, float | None, str]]:
    def seconds(time_us: int | None) -> float | None:
        return None if time_us is None else time_us / US

    return [(seconds(v.queued_us), seconds(v.exit_us), v.outcome) for v in story.timeline.queue.visits]


def test_an_exit_ends_the_visit_that_waits() -> None:
    assert visits(Story().queued(0).answered(10)) == [(0, 10, "answered")]


def test_without_an_exit_the_contact_waits() -> None:
    assert visits(Story().queued(0)) == [(0, None, "waiting")]


def test_an_exit_without_queueing_is_a_visit_of_its_own() -> None:
    assert visits(Story().answered(10)) == [(None, 10, "answered")]


def test_such_a_visit_starts_when_it_ends_and_waited_nothing() -> None:
    [visit] = Story().answered(10).timeline.queue.visits
    assert (visit.start_us, visit.wait_us, visit.is_negative) == (10 * US, 0, False)


def test_queueing_for_another_team_while_waiting_is_a_transfer() -> None:
    story = Story().queued(0, "a").queued(30, "b")
    assert visits(story) == [(0, 30, "left"), (30, None, "waiting")]
    assert [(visit.team, visit.reason) for visit in story.timeline.queue.visits] == [("a", "transfer"), ("b", None)]


def test_every_queueing_after_an_exit_is_a_new_visit() -> None:
    assert visits(Story().queued(0).answered(5).queued(30).abandoned(40)) == [(0, 5, "answered"), (30, 40, "abandoned")]


def test_an_exit_just_before_its_queueing_is_paired_with_it() -> None:
    assert visits(Story().answered(95).queued(100)) == [(100, 95, "answered")]


def test_a_paired_visit_waited_nothing_and_is_known_to_be_negative() -> None:
    [visit] = Story().answered(95).queued(100).timeline.queue.visits
    assert (visit.wait_us, visit.is_negative, visit.start_us) == (0, True, 95 * US)


def test_a_paired_visit_has_the_team_of_its_queue() -> None:
    [visit] = Story().answered(95).queued(100, "a").timeline.queue.visits
    assert visit.team == "a"


def test_exits_and_queueings_at_one_moment_are_paired_and_not_negative() -> None:
    [visit] = Story().answered(100).queued(100).timeline.queue.visits
    assert (visit.queued_us, visit.exit_us, visit.is_negative) == (100 * US, 100 * US, False)


def test_exactly_the_skew_apart_is_paired_and_more_is_not() -> None:
    assert len(visits(Story(clock_skew_seconds=5).answered(95).queued(100))) == 1
    assert len(visits(Story(clock_skew_seconds=5).answered(94.999999).queued(100))) == 2


def test_a_queueing_with_an_exit_of_its_own_is_not_paired_with_the_one_before() -> None:
    assert visits(Story().answered(95).queued(100).answered(130)) == [(None, 95, "answered"), (100, 130, "answered")]


def test_an_exit_that_had_its_queueing_is_not_paired_again() -> None:
    assert visits(Story().queued(90).answered(95).queued(100)) == [(90, 95, "answered"), (100, None, "waiting")]


def test_a_transfer_after_a_paired_visit_does_not_part_it() -> None:
    story = Story().answered(95).queued(100).queued(200).answered(210)
    assert visits(story) == [(100, 95, "answered"), (200, 210, "answered")]


def test_the_end_of_the_conversation_ends_a_wait() -> None:
    assert visits(Story().queued(0).ended(30)) == [(0, 30, "abandoned")]


def test_an_end_before_the_queueing_does_not() -> None:
    assert visits(Story().answered(0).ended(30).queued(60)) == [(None, 0, "answered"), (60, None, "waiting")]


def test_a_paired_visit_is_not_ended_by_the_conversations_end() -> None:
    assert visits(Story().answered(95).queued(100).ended(300)) == [(100, 95, "answered")]


def test_a_visit_that_knows_nothing_starts_at_zero() -> None:
    assert Visit(None, None, "waiting").start_us == 0


# --- one visit at a time ---------------------------------------------------------------------------------------------


def strays(story: Story) -> list[str]:
    return [stray.kind for stray in story.timeline.queue.exits_without_wait]


@pytest.mark.parametrize("team", ["", "a"])
def test_queueing_again_for_the_same_team_or_none_goes_on_with_the_visit(team: str) -> None:
    assert visits(Story().queued(0, "a").queued(15, team).answered(30)) == [(0, 30, "answered")]


def test_a_queue_without_a_team_is_that_of_the_tickets_team() -> None:
    same = Story().created(0, "phone", "a").queued(0).queued(15, "a").answered(30)
    assert visits(same) == [(0, 30, "answered")]
    other = Story().created(0, "phone", "a").queued(0).queued(15, "b").answered(30)
    assert visits(other) == [(0, 15, "left"), (15, 30, "answered")]


def test_where_no_team_is_known_the_first_that_is_told_is_the_visits() -> None:
    story = Story().created(0, "phone").queued(0).queued(15, "a").queued(20, "b")
    assert [visit.team for visit in story.timeline.queue.visits] == ["a", "b"]


def test_a_ticket_routed_to_another_team_while_it_waits_is_transferred_by_the_queueing() -> None:
    story = Story().created(0, "phone", "a").queued(0).updated(10, team="b").queued(11, "b")
    assert visits(story) == [(0, 11, "left"), (11, None, "waiting")]


@pytest.mark.parametrize("first", [Story.answered, Story.abandoned, Story.left_queue])
@pytest.mark.parametrize(
    ("second", "kind"),
    [(Story.answered, "answered"), (Story.abandoned, "abandoned"), (Story.left_queue, "left_queue")],
)
def test_an_exit_after_the_visit_is_no_second_one(
    first: Callable[..., Story], second: Callable[..., Story], kind: str
) -> None:
    story = Story().queued(0)
    second(first(story, 10), 300)
    assert (len(visits(story)), strays(story)) == (1, [kind])


def test_a_contact_answered_directly_and_handed_on_is_one_visit() -> None:
    story = Story().answered(10).answered(200).answered(400)
    assert (visits(story), strays(story)) == ([(None, 10, "answered")], ["answered", "answered"])


def test_what_comes_after_the_end_is_a_new_contact() -> None:
    story = Story().queued(0).answered(10).ended(60).answered(500).ended(600).queued(700).abandoned(730)
    assert visits(story) == [(0, 10, "answered"), (None, 500, "answered"), (700, 730, "abandoned")]
    assert strays(story) == []


def test_ended_while_waiting_counts_at_its_place_in_the_log() -> None:
    story = Story().queued(0).ended(60).queued(100).answered(110).ended(200)
    assert visits(story) == [(0, 60, "abandoned"), (100, 110, "answered")]


def test_ended_while_waiting_may_be_left_with_that_reason() -> None:
    [visit] = Story(ended_while_waiting="left").queued(0).ended(60).timeline.queue.visits
    assert (visit.outcome, visit.reason, visit.wait_us) == ("left", "ended", 60 * US)


def test_a_second_answer_long_before_its_own_queueing_by_the_clock_skew_is_paired_too() -> None:
    story = Story().queued(0, "a").answered(5).answered(298).queued(300, "b")
    assert (visits(story), strays(story)) == ([(0, 5, "answered"), (300, 298, "answered")], [])
    waits = Story().queued(0, "a").answered(5).answered(298).queued(300, "b").answered(340)
    assert (visits(waits), strays(waits)) == ([(0, 5, "answered"), (300, 340, "answered")], ["answered"])


def test_a_second_report_of_an_answer_is_never_paired_with_the_next_queueing() -> None:
    story = Story().queued(0, "a").answered(30).answered(31).queued(35, "b")
    assert (visits(story), strays(story)) == ([(0, 30, "answered"), (35, None, "waiting")], ["answered"])


# --- an answer that names its team -----------------------------------------------------------------------------------


def test_an_answer_ends_the_visit_of_the_team_it_names() -> None:
    [visit] = Story().queued(0, "a").answered(30, "a").timeline.queue.visits
    assert (visit.outcome, visit.team) == ("answered", "a")


def test_a_visit_that_another_team_answers_is_that_teams() -> None:
    [visit] = Story().queued(0, "a").answered(30, "b").timeline.queue.visits
    assert (visit.outcome, visit.team, visit.wait_us) == ("answered", "b", 30 * US)


def test_unless_that_teams_own_queueing_is_told_just_after() -> None:
    line = Story().queued(0, "a").answered(39, "b").queued(40, "b").timeline
    assert [(v.team, v.outcome, v.reason) for v in line.queue.visits] == [
        ("a", "left", "transfer"),
        ("b", "answered", None),
    ]


def test_an_answer_that_names_another_team_than_the_queueing_after_it_does_not_belong_to_it() -> None:
    assert len(visits(Story().answered(95, "b").queued(100, "a"))) == 2


# --- one moment ------------------------------------------------------------------------------------------------------

OVERFLOW = [
    lambda story: story.left_queue(40, "timeout"),
    lambda story: story.queued(40, "two"),
]


@pytest.mark.parametrize("order", list(permutations(OVERFLOW)))
def test_an_exit_of_the_visit_under_way_comes_before_a_new_queueing(order: Sequence[Callable[[Story], Story]]) -> None:
    story = Story().queued(0, "one")
    for tell in order:
        tell(story)
    story.answered(50)
    assert visits(story) == [(0, 40, "left"), (40, 50, "answered")]
    assert [visit.reason for visit in story.timeline.queue.visits] == ["timeout", None]


@pytest.mark.parametrize("team", ["one", ""])
def test_also_where_it_is_queued_for_the_same_team(team: str) -> None:
    story = Story().queued(0, "one").queued(40, team).left_queue(40, "timeout").answered(50)
    assert visits(story) == [(0, 40, "left"), (40, 50, "answered")]


@pytest.mark.parametrize("order", list(permutations(["queued", "answered", "ended"])))
def test_all_of_a_contact_in_one_moment_is_queued_answered_and_ended(order: Sequence[str]) -> None:
    story = Story().created(0, "phone")
    for kind in order:
        getattr(story, kind)(0)
    assert (visits(story), strays(story), story.timeline.queue.is_over) == ([(0, 0, "answered")], [], True)


@pytest.mark.parametrize("order", list(permutations(["left_queue", "ended", "queued"])))
def test_a_callback_queued_in_the_moment_the_call_ends_waits(order: Sequence[str]) -> None:
    story = Story().queued(0, "main")
    for kind in order:
        getattr(story, kind)(60, *(("callback",) if kind != "ended" else ()))
    assert visits(story) == [(0, 60, "left"), (60, None, "waiting")]
    assert not story.timeline.queue.is_over


@pytest.mark.parametrize("reason", ["timeout", "overflow", "transfer"])
@pytest.mark.parametrize("order", list(permutations(["left_queue", "ended", "queued"])))
def test_who_moves_to_another_queue_in_the_moment_the_call_ends_waits_no_more(
    order: Sequence[str], reason: str
) -> None:
    story = Story().queued(0, "main")
    for kind in order:
        getattr(story, kind)(60, *{"left_queue": (reason,), "queued": ("night",), "ended": ()}[kind])
    assert visits(story) == [(0, 60, "left"), (60, 60, "abandoned")]
    assert story.timeline.queue.is_over


@pytest.mark.parametrize("order", list(permutations(["answered", "abandoned"])))
def test_who_is_answered_and_hangs_up_in_one_moment_was_answered(order: Sequence[str]) -> None:
    story = Story().queued(0)
    for kind in order:
        getattr(story, kind)(24)
    assert (visits(story), strays(story)) == ([(0, 24, "answered")], ["abandoned"])


@pytest.mark.parametrize("order", list(permutations(["left_queue", "ended"])))
def test_an_exit_comes_before_the_end_of_its_moment(order: Sequence[str]) -> None:
    story = Story().queued(0)
    for kind in order:
        getattr(story, kind)(300, *(("timeout",) if kind == "left_queue" else ()))
    assert [visit.reason for visit in story.timeline.queue.visits] == ["timeout"]


def test_a_sequence_outweighs_what_makes_sense() -> None:
    def at_40(kind: type[Queued | LeftQueue], sequence: int, *more: Any) -> Event:
        return kind(40 * US, sequence_key(sequence), f"{9 - sequence} /t", *more)

    first = [Queued(0, "", "0 /t", "one"), at_40(Queued, 1, "two"), at_40(LeftQueue, 2, "timeout")]
    assert [(v.team, v.reason) for v in queue_of(first).visits] == [
        ("one", "transfer"),
        ("two", "timeout"),
    ]
    half: list[Event] = [
        Queued(0, "", "0 /t", "one"),
        LeftQueue(40 * US, "", "1 /t", "timeout"),
        at_40(Queued, 1, "two"),
    ]
    for log in (half, [half[0], half[2], half[1]]):
        line = queue_of(sorted(log, key=order_of))
        assert [(v.team, v.reason, v.outcome) for v in line.visits] == [
            ("one", "timeout", "left"),
            ("two", None, "waiting"),
        ]
