"""The invariants of tickets hold for customers: order, repetition and batching decide nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.domain.definitions import Definitions
from stream.domain.derivation import Derivation
from stream.domain.events import Event
from stream.domain.timeline import ALL_CHANGED, READERS, ReadingPlan, Timeline, timeline_of
from stream.metrics import METRICS
from tests.domain.owners import Owner, plain_levels, plain_panes
from tests.domain.stories import rules
from tests.domain.strategies import START_SECONDS, US, delivered, told, told_of_customers
from tests.domain.test_properties import logs_of
from tests.domain.test_readers import shown_by

NOW_US = (START_SECONDS + 600_000) * US
DEFINITIONS = Definitions(currencies=(("EUR", 1_000_000_000), ("USD", 920_000_000)), margin_millionths=400_000)
few = settings(deadline=None, max_examples=60)


@few
@given(st.data(), told_of_customers())
def test_order_repetition_and_batches_decide_nothing(data: st.DataObject, story: list[tuple[str, Event]]) -> None:
    ends = []
    for batches in ([story], data.draw(delivered(story))):
        owner = Owner(rules(definitions=DEFINITIONS))
        for batch in batches:
            owner.fold(batch)
            owner.commit(NOW_US)
        ends.append((plain_panes(owner.shard), plain_levels(owner.shard), dict(owner.changelog)))
    assert ends[0][:2] == ends[1][:2]
    tickets = [{key: row for key, row in end[2].items() if key.startswith(b"t|")} for end in ends]
    assert tickets[0] == tickets[1]


@few
@given(told_of_customers(customers=1, events=20))
def test_told_bit_by_bit_is_read_anew(story: list[tuple[str, Event]]) -> None:
    derivation = Derivation(METRICS, DEFINITIONS)
    for log in logs_of(story).values():
        timeline, facts, changed = Timeline(derivation.plan), derivation.nothing, ALL_CHANGED
        for number, event in enumerate(log, 1):
            timeline.read(event)
            changed |= timeline.finish()
            facts = derivation.facts(timeline, changed, facts)
            anew = timeline_of(log[:number], derivation.plan)
            assert facts == derivation.facts(anew, ALL_CHANGED, derivation.nothing)
            changed = 0


@few
@given(told_of_customers(customers=1, events=20))
def test_a_reader_that_says_nothing_changed_shows_what_it_showed(story: list[tuple[str, Event]]) -> None:
    plan = ReadingPlan(DEFINITIONS)
    for log in logs_of(story).values():
        timeline = Timeline(plan)
        shown = {name: shown_by(getattr(timeline, name)) for name in READERS}
        for event in log:
            timeline.read(event)
            changed = timeline.finish()
            for bit, name in enumerate(READERS):
                now = shown_by(getattr(timeline, name))
                if not changed >> bit & 1:
                    assert now == shown[name], (name, event)
                shown[name] = now


@few
@given(told(), told_of_customers())
def test_customers_change_nothing_of_tickets(tickets: list[tuple[str, Event]], others: list[tuple[str, Event]]) -> None:
    alone, together = Owner(rules()), Owner(rules())
    alone.fold(tickets)
    together.fold([event for pair in zip(tickets, others, strict=False) for event in pair])
    together.fold([*tickets[len(others) :], *others[len(tickets) :]])
    alone.commit(NOW_US)
    together.commit(NOW_US)
    mixed = plain_panes(together.shard)
    assert {key: cells for key, cells in mixed.items() if key[2][:1] != "\x1e"} == plain_panes(alone.shard)
    assert together.facts == alone.facts
