"""What tickets tell of customers: in any order, batching and repetition, by shards that die, the same in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from stream.domain.changes import Changes
from stream.domain.definitions import Definitions
from stream.domain.derivation import Derivation
from stream.domain.events import Event
from stream.domain.log import insert
from stream.domain.shard import Shard
from stream.domain.statement_events import is_statement
from stream.domain.statements import NOTHING, Stated, differing
from stream.domain.telling import Telling
from stream.domain.timeline import ALL_CHANGED, Timeline, timeline_of
from stream.metrics import METRICS
from tests.domain.desk import Desk
from tests.domain.owners import plain_levels, plain_panes, restored
from tests.domain.stories import rules
from tests.domain.strategies import START_SECONDS, US, delivered, told, told_of_customers
from tests.domain.test_properties import logs_of

NOW_US = (START_SECONDS + 600_000) * US
RULES = rules(tells_customers=True)
DERIVATION = Derivation(METRICS, Definitions(), makes_statements=True)
few = settings(deadline=None, max_examples=60)

Story = list[tuple[str, Event]]


@st.composite
def desks(draw: st.DrawFn) -> Story:
    """Tickets and customers of one desk: tickets change hands, customers are merged, into each other at times."""
    story = [*draw(told(tickets=4, events=16, conflicts=False)), *draw(told_of_customers(events=5))]
    # Each has an id of its own, as those of customers and of tickets have the same here.
    return [(name, structs.replace(event, uid=f"{number} /s")) for number, (name, event) in enumerate(story)]


def expected(story: Story) -> dict[str, list[Event]]:
    """All logs in the end: what holds is stated until nobody has anything to add."""
    logs: dict[str, list[Event]] = defaultdict(list, logs_of(story))
    while True:
        found: dict[str, list[Event]] = defaultdict(list, {name: [*log] for name, log in logs_of(story).items()})
        for name in list(logs):
            timeline = timeline_of(logs[name], DERIVATION.plan)
            for (customer, _), statement in DERIVATION.statements(name, timeline, ALL_CHANGED, NOTHING).items():
                insert(found[f"\x1e{customer}"], statement)
        if found == logs:
            return dict(found)
        logs = found


def booked(logs: dict[str, list[Event]]) -> Shard:
    """One shard that was told all of it at once."""
    shard = Shard(rules())
    for name, log in logs.items():
        for event in log:
            shard.fold(name, event)
    shard.settle(NOW_US)
    return shard


def merged(parts: Iterable[Mapping[Any, Mapping[str, tuple[int, int, dict[int, int]]]]]) -> dict[Any, dict[str, int]]:
    """Counts of several shards together."""
    total: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for part in parts:
        for key, cells in part.items():
            for measure, cell in cells.items():
                total[key][measure] += cell[0]
    return {key: dict(cells) for key, cells in total.items()}


@few
@given(st.data(), desks(), st.integers(1, 3))
def test_shards_in_any_order_that_die_at_any_time_end_up_with_what_holds(
    data: st.DataObject, story: Story, shards: int
) -> None:
    desk = Desk(RULES, shards)
    for batch in data.draw(delivered(story)):
        desk.send(batch)
        for member in data.draw(st.permutations(desk.members)):
            member.fold(data.draw(st.sampled_from([0, 1, 99])), data.draw(st.sampled_from([0, 1, 99])))
            step = data.draw(st.sampled_from(["commit", "commit", "wait", "die"]))
            if step == "commit":
                desk.commit(member, NOW_US)
            elif step == "die":
                member.die()
    desk.finish(NOW_US)

    logs = expected(story)
    held = {name: log for member in desk.members for name, log in member.shard.tickets}
    assert held == logs
    whole = booked(logs)
    assert merged([plain_panes(member.shard) for member in desk.members]) == merged([plain_panes(whole)])
    assert merged([plain_levels(member.shard) for member in desk.members]) == merged([plain_levels(whole)])
    # What is stored says the same.
    for member in desk.members:
        assert dict(restored(RULES, member.changelog, 0).tickets) == dict(member.shard.tickets)


@few
@given(st.data(), desks())
def test_who_is_told_later_hears_what_the_others_heard_whatever_was_told_before(
    data: st.DataObject, story: Story
) -> None:
    desk, late = Desk(RULES, 2), Desk(RULES, 2)
    desk.send(story)
    desk.finish(NOW_US)
    cut = data.draw(st.integers(0, len(story)))
    # The first part is told, what the second changes is not, until all is told anew.
    late.send(story[:cut])
    late.finish(NOW_US)
    silent = rules()
    for member in late.members:
        member.rules = silent
        member.die()
    late.send(story[cut:])
    for member in late.members:
        member.fold(1 << 20, 0)
        late.commit(member, NOW_US)
    for member in late.members:
        member.rules = RULES
        member.die()
    for member in late.members:
        telling, changes = Telling(member.shard), Changes()
        for _ in telling.steps(changes):
            pass
        for customer, statement in changes.stated:
            late.member_of(customer).inner.append((customer, statement))
    late.finish(NOW_US)
    ends = [{name: log for member in one.members for name, log in member.shard.tickets} for one in (desk, late)]
    assert ends[0] == ends[1]


@few
@given(desks())
def test_told_bit_by_bit_a_log_states_what_one_that_is_read_anew_states(story: Story) -> None:
    for name, log in expected(story).items():
        timeline, held, changed = Timeline(DERIVATION.plan), NOTHING, ALL_CHANGED
        for number, event in enumerate(log, 1):
            timeline.read(event)
            changed |= timeline.finish()
            held = DERIVATION.statements(name, timeline, changed, held)
            anew = DERIVATION.statements(name, timeline_of(log[:number], DERIVATION.plan), ALL_CHANGED, NOTHING)
            assert held == anew
            changed = 0


@few
@given(desks())
def test_what_is_stated_leads_from_what_held_to_what_holds(story: Story) -> None:
    logs = expected(story)
    states = [
        DERIVATION.statements(name, timeline_of(log[:end], DERIVATION.plan), ALL_CHANGED, NOTHING)
        for name, log in logs.items()
        for end in range(len(log) + 1)
    ]
    for before, after in pairwise(states):
        held = dict(before)
        stated: list[Stated] = differing(before, after)
        for customer, statement in stated:
            assert is_statement(statement.uid)
            held.pop((customer, statement.uid), None)
            if (customer, statement.uid) in after:
                held[customer, statement.uid] = statement
        assert held == after
