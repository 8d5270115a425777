"""Readers, and the metrics that name them: what is fed event by event equals what is read from the beginning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.domain.definitions import Definitions
from stream.domain.derivation import Derivation
from stream.domain.events import Event, Message, SurveyAnswered
from stream.domain.facts import Facts
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.queue import Queue
from stream.domain.readers.surveys import Surveys
from stream.domain.shard import Shard
from stream.domain.statement_events import TakenBack
from stream.domain.timeline import ALL_CHANGED, EVERYBODYS, READERS, ReadingPlan, Timeline, bits_of, timeline_of
from stream.metrics import METRICS, facts_of
from stream.metrics.spec import Metric
from tests.domain.owners import Owner, plain_levels, plain_panes, said_of
from tests.domain.stories import Story, rules
from tests.domain.strategies import START_SECONDS, US, delivered, told
from tests.domain.test_properties import EXAMPLES, logs_of

quick = settings(deadline=None, max_examples=EXAMPLES)
SUBSETS = st.lists(st.sampled_from(METRICS), unique_by=lambda metric: metric.name)
DEFINITIONS = st.builds(
    Definitions,
    short_abandon_seconds=st.sampled_from([0, 5]),
    ended_while_waiting=st.sampled_from(["abandoned", "left"]),
    segment_of_facts=st.sampled_from(["now", "then"]),
)


def ordered(story: list[tuple[str, Event]]) -> list[list[Event]]:
    return list(logs_of(story).values())


# --- a timeline ------------------------------------------------------------------------------------------------------


@quick
@given(st.data(), told(tickets=1, events=20), DEFINITIONS)
def test_a_timeline_told_bit_by_bit_says_at_every_step_what_one_that_is_read_anew_says(
    data: st.DataObject, story: list[tuple[str, Event]], definitions: Definitions
) -> None:
    derivation = Derivation(METRICS, definitions)
    for log in ordered(story):
        timeline, facts = Timeline(derivation.plan), derivation.nothing
        changed = ALL_CHANGED
        for number, event in enumerate(log, 1):
            timeline.read(event)
            if data.draw(st.booleans()) or number == len(log):
                changed |= timeline.finish()
                facts = derivation.facts(timeline, changed, facts)
                anew = timeline_of(log[:number], derivation.plan)
                assert facts == derivation.facts(anew, ALL_CHANGED, derivation.nothing)
                changed = 0


@quick
@given(told(tickets=1, events=20), DEFINITIONS)
def test_a_reader_that_says_nothing_changed_shows_what_it_showed(
    story: list[tuple[str, Event]], definitions: Definitions
) -> None:
    plan = ReadingPlan(definitions)
    for log in ordered(story):
        timeline = Timeline(plan)
        shown = {name: shown_by(getattr(timeline, name)) for name in READERS}
        for event in log:
            timeline.read(event)
            changed = timeline.finish()
            for bit, name in enumerate(READERS):
                now = shown_by(getattr(timeline, name))
                # Whether visits are what they were depends on the routing as well, which all metrics follow.
                if not changed >> bit & 1 and not (name == "queue" and changed & bits_of(EVERYBODYS)):
                    assert now == shown[name], (name, event)
                shown[name] = now


def shown_by(reader: Any) -> dict[str, str]:
    """What a reader shows to metrics."""
    names = [name for name in dir(reader) if not name.startswith("_") and name not in ("reads", "events")]
    return {name: repr(value) for name in names if not callable(value := getattr(reader, name))}


def test_all_types_of_events_are_read() -> None:
    read = {kind for reader in READERS.values() for kind in reader.reads}
    assert set(get_args(Event)) == read | {TakenBack}


def test_a_reader_that_is_not_in_use_is_told_nothing() -> None:
    story = Story().created(0, "chat").queued(1).answered(9).message(20).survey(40, 5)
    timeline = timeline_of(story.log, ReadingPlan(Definitions(), [Conversation]))
    assert timeline.conversation.human_replies == [20 * US]
    assert (timeline.queue.events, timeline.surveys.answers, timeline.channel) == ([], {}, "chat")
    assert ReadingPlan(Definitions(), [Conversation]).readers_of.keys().isdisjoint({SurveyAnswered})


def test_timelines_share_no_reader_that_was_told_anything() -> None:
    plan = ReadingPlan(Definitions())
    timeline_of(Story().created(0, "chat").queued(1).message(2).status(3, "solved").survey(4, 5).log, plan)
    other = Timeline(plan)
    assert (other.channel, other.created_us, other.queue.visits, other.surveys.answers) == ("", None, [], {})


def test_a_customers_message_after_the_first_changes_nothing() -> None:
    reader = Conversation(Definitions())
    said = [reader.read(Message(time, "", f"{time} /s", "customer", public=True)) for time in range(3)]
    assert said == [True, False, False]


# --- metrics and what they read --------------------------------------------------------------------------------------


class Forbidden:
    """In place of a reader that a metric does not name."""

    def __init__(self, name: str) -> None:
        self._said = f"the metric reads {name}, which its `reads` does not name"

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(self._said)


def guarded(timeline: Timeline, metric: Metric) -> Timeline:
    """The timeline, in which only what the metric names can be looked at."""
    for name, reader in READERS.items():
        if reader not in (*metric.reads, *EVERYBODYS):
            setattr(timeline, name, Forbidden(name))
    return timeline


STORIES = (
    Story().created(0, "chat").queued(1).answered(9).message(20).status(30, "solved").survey(40, 5),
    Story().created(0, "email").message(0).message(30).handed_off(31).message(40).status(50, "solved"),
    Story().created(0, "chat").status(1, "solved").status(2, "open").message(5),
    Story().created(0, "chat").queued(1).abandoned(9).queued(20).left_queue(30).answered(95).queued(100),
    Story().queued(1).ended(2),
)


@pytest.mark.pure
@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_looks_at_nothing_that_it_does_not_name(metric: Metric) -> None:
    for story in STORIES:
        facts: Facts = {}
        metric.facts(guarded(story.timeline, metric), story.definitions, facts)
        for key, fact in facts.items():
            assert story.facts[key] == fact


@pytest.mark.pure
@quick
@given(told(tickets=1, events=20), DEFINITIONS, st.sampled_from(METRICS))
def test_a_metric_looks_at_nothing_that_it_does_not_name_whatever_the_log(
    story: list[tuple[str, Event]], definitions: Definitions, metric: Metric
) -> None:
    for log in ordered(story):
        metric.facts(guarded(timeline_of(log, ReadingPlan(definitions)), metric), definitions, {})


@pytest.mark.pure
def test_one_that_does_is_found_out() -> None:
    def greedy(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
        assert ticket.queue.visits

    metric = Metric("greedy", (), (), reads=(Surveys,), facts=greedy)
    with pytest.raises(AssertionError, match="reads queue, which its `reads` does not name"):
        metric.facts(guarded(Story().queued(0).timeline, metric), Definitions(), {})
    metric.facts(
        guarded(Story().queued(0).timeline, Metric("fine", (), (), reads=(Queue,), facts=greedy)), Definitions(), {}
    )


@quick
@given(told(tickets=1, events=20), DEFINITIONS)
def test_no_two_metrics_write_the_same_fact(story: list[tuple[str, Event]], definitions: Definitions) -> None:
    for log in [*ordered(story), *(one.log for one in STORIES)]:
        assert list(twice_written(log, definitions)) == []


def twice_written(log: list[Event], definitions: Definitions) -> Iterator[str]:
    writers: dict[str, str] = {}
    for metric in METRICS:
        facts: Facts = {}
        metric.facts(timeline_of(log, ReadingPlan(definitions)), definitions, facts)
        for key in facts:
            if writers.setdefault(key, metric.name) != metric.name:
                yield f"{key}: {metric.name} and {writers[key]}"


def test_the_kinds_of_published_facts_have_one_metric_each() -> None:
    kinds = [(key.partition("/")[0], metric.name) for metric in METRICS for key in metric.fact_values]
    assert len({kind for kind, _ in kinds}) == len(set(kinds))


# --- a shard with some of the metrics --------------------------------------------------------------------------------


@quick
@given(st.data(), told(), SUBSETS, DEFINITIONS)
def test_any_choice_of_metrics_counts_what_they_count_alone_however_events_come(
    data: st.DataObject, story: list[tuple[str, Event]], chosen: list[Metric], definitions: Definitions
) -> None:
    owner = Owner(rules(metrics=tuple(chosen), definitions=definitions))
    for batch in data.draw(delivered(story)):
        owner.fold(batch)
        if data.draw(st.booleans()):
            owner.commit(max(owner.shard.newest_us, START_SECONDS * US))
        if data.draw(st.booleans()):
            owner.crash(compacted=True)
    now_us = max(owner.shard.newest_us, START_SECONDS * US)
    owner.commit(now_us)

    at_once = Shard(rules(metrics=tuple(chosen), definitions=definitions))
    for name, log in logs_of(story).items():
        for event in log:
            at_once.fold(name, event)
    at_once.settle(now_us)
    assert dict(owner.shard.tickets) == dict(at_once.tickets)
    assert plain_levels(owner.shard) == plain_levels(at_once)
    # Narrower panes are gone for what comes when they are, which depends on the batches.
    wide = [{k: cells for k, cells in plain_panes(one).items() if k[0] == 3600} for one in (owner.shard, at_once)]
    assert wide[0] == wide[1]
    plan = ReadingPlan(definitions)
    facts = {
        (name, key): said_of(fact)
        for name, log in logs_of(story).items()
        for key, fact in facts_of(timeline_of(log, plan), definitions).items()
        if not fact.level and any({b.measure for b in fact.bookings} & set(m.measures) for m in chosen)
    }
    assert owner.facts == facts


def test_a_metric_that_is_off_is_never_asked() -> None:
    asked: list[str] = []

    def noting(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
        asked.append("")

    target = Shard(rules(metrics=(Metric("noting", (), (), reads=(Surveys,), facts=noting),)))

    def settled(story: Story) -> int:
        asked.clear()
        for event in story.events:
            target.fold("T", event)
        target.settle(0)
        return len(asked)

    story = Story().created(0)
    assert settled(story) == 1
    assert settled(story.queued(1).answered(2).message(3).status(4, "solved")) == 0
    assert settled(story.survey(5, 4)) == 1
    assert settled(story.survey(5, 4, kind="nps").message(6)) == 1
    assert settled(story.updated(7, team="b")) == 1
    assert settled(story.removed(8)) == 0
    assert settled(story.restored(9)) == 1
