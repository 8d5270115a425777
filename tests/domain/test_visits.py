"""Queue visits, one rule per test: how queueing and exits are paired. Times in seconds."""

from __future__ import annotations

from stream.domain.visits import Visit
from tests.domain.stories import US, Story


def visits(story: Story) -> list[tuple[float | None, float | None, str]]:
    def seconds(time_us: int | None) -> float | None:
        return None if time_us is None else time_us / US

    return [(seconds(v.queued_us), seconds(v.exit_us), v.outcome) for v in story.timeline.visits]


def test_an_exit_ends_the_visit_that_waits() -> None:
    assert visits(Story().queued(0).answered(10)) == [(0, 10, "answered")]


def test_without_an_exit_the_contact_waits() -> None:
    assert visits(Story().queued(0)) == [(0, None, "waiting")]


def test_an_exit_without_queueing_is_a_visit_of_its_own() -> None:
    assert visits(Story().answered(10)) == [(None, 10, "answered")]


def test_such_a_visit_starts_when_it_ends_and_waited_nothing() -> None:
    [visit] = Story().answered(10).timeline.visits
    assert (visit.start_us, visit.wait_us, visit.is_negative) == (10 * US, 0, False)


def test_queueing_while_waiting_is_a_transfer() -> None:
    assert visits(Story().queued(0).queued(30)) == [(0, 30, "left"), (30, None, "waiting")]


def test_every_queueing_after_an_exit_is_a_new_visit() -> None:
    assert visits(Story().queued(0).answered(5).queued(30).abandoned(40)) == [(0, 5, "answered"), (30, 40, "abandoned")]


def test_an_exit_just_before_its_queueing_is_paired_with_it() -> None:
    assert visits(Story().answered(95).queued(100)) == [(100, 95, "answered")]


def test_a_paired_visit_waited_nothing_and_is_known_to_be_negative() -> None:
    [visit] = Story().answered(95).queued(100).timeline.visits
    assert (visit.wait_us, visit.is_negative, visit.start_us) == (0, True, 100 * US)


def test_a_paired_visit_has_the_team_of_its_queue() -> None:
    [visit] = Story().answered(95).queued(100, "a").timeline.visits
    assert visit.team == "a"


def test_exits_and_queueings_at_one_moment_are_paired_and_not_negative() -> None:
    [visit] = Story().answered(100).queued(100).timeline.visits
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
    assert visits(Story().queued(0).ended(30)) == [(0, 30, "left")]


def test_an_end_before_the_queueing_does_not() -> None:
    assert visits(Story().answered(0).ended(30).queued(60)) == [(None, 0, "answered"), (60, None, "waiting")]


def test_a_paired_visit_is_not_ended_by_the_conversations_end() -> None:
    assert visits(Story().answered(95).queued(100).ended(300)) == [(100, 95, "answered")]


def test_a_visit_that_knows_nothing_starts_at_zero() -> None:
    assert Visit(None, None, "waiting").start_us == 0
