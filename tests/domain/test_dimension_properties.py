"""The invariant holds whatever the dimensions are, and they change where something is counted, never what."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.definitions import Definitions, SegmentOfFacts
from stream.domain.events import Event, TicketCreated, TicketUpdated
from stream.domain.facts import Facts
from stream.domain.log import Insertion
from stream.domain.segments import FIELDS, THREE, dimensions_named
from stream.domain.shard import Shard
from tests.domain.owners import Owner, plain_levels, plain_panes, told_panes
from tests.domain.stories import rules
from tests.domain.strategies import US, delivered, told
from tests.domain.test_properties import (
    NOWS,
    RULES,
    Story,
    expected_levels,
    expected_panes,
    facts_by_ticket,
    logs_of,
    newest_seconds,
    published_facts,
    quick,
)

OTHERS = ("brand", "region", "language", "tier", "product")
LISTS = (
    ("channel",),
    ("brand",),
    FIELDS,
    ("priority", "team", "channel"),
    ("brand", *FIELDS, "region"),
    (*FIELDS, *OTHERS),
)


def definitions_with(dimensions: tuple[str, ...], which: SegmentOfFacts = "now") -> Definitions:
    return msgspec.structs.replace(RULES.definitions, dimensions=dimensions, segment_of_facts=which)


@quick
@given(st.data(), told(), NOWS, st.sampled_from(LISTS), st.sampled_from(["now", "then"]))
def test_any_order_duplication_batching_and_crash_gives_the_sum_of_the_facts(
    data: st.DataObject, story: Story, now: int, dimensions: tuple[str, ...], which: SegmentOfFacts
) -> None:
    definitions = definitions_with(dimensions, which)
    owner = Owner(rules(plan=RULES.plan, definitions=definitions))
    for batch in data.draw(delivered(story)):
        owner.fold(batch)
        if data.draw(st.booleans()):
            owner.commit(newest_seconds(owner) * US)
        if data.draw(st.booleans()):
            owner.crash(compacted=data.draw(st.booleans()))
    owner.commit(now * US, expire=True)

    tickets = facts_by_ticket(story, definitions)
    assert dict(owner.shard.tickets) == logs_of(story)
    assert plain_panes(owner.shard) == expected_panes(tickets, now)
    assert plain_levels(owner.shard) == expected_levels(tickets, now * US)
    assert owner.facts == published_facts(tickets)
    assert told_panes(owner) == expected_panes(tickets, now)


def labels_now(log: list[Event]) -> dict[str, str]:
    """What each attribute was last said to be, read naively."""
    found: dict[str, str] = {}
    for event in log:
        if isinstance(event, TicketCreated | TicketUpdated):
            found |= dict(zip(event.attributes[::2], event.attributes[1::2], strict=True))
    return found


@quick
@given(told(), st.sampled_from(LISTS))
def test_the_same_is_counted_at_the_same_time_under_the_labels_that_the_events_give(
    story: Story, names: tuple[str, ...]
) -> None:
    dimensions, logs = dimensions_named(names), logs_of(story)
    usual, chosen = facts_by_ticket(story), facts_by_ticket(story, definitions_with(names))
    for ticket, log in logs.items():
        expected: Facts = usual[ticket]
        assert chosen[ticket].keys() == expected.keys()
        attributes = dict.fromkeys(OTHERS, "") | labels_now(log)
        for key, fact in chosen[ticket].items():
            assert (fact.time_us, fact.value, fact.bookings) == (
                expected[key].time_us,
                expected[key].value,
                expected[key].bookings,
            )
            known = THREE.labels(expected[key].segment) | attributes
            assert dimensions.labels(fact.segment) == {name: known[name] for name in names}


@pytest.mark.parametrize("names", LISTS)
def test_there_are_lists_of_one_three_five_and_eight_dimensions(names: tuple[str, ...]) -> None:
    assert len(names) in (1, 3, 5, 8)


def test_rows_from_before_there_were_attributes_are_read_and_their_events_known_again() -> None:
    created = TicketCreated(US, "", "1 /s", "email", "a", customer="c-9")
    as_before = (1, *[getattr(created, name) for name in created.__struct_fields__[:-1]])
    row = msgspec.msgpack.encode((US, False, (("open", THREE.empty, US),), [as_before], 0))
    shard = Shard(rules())
    shard.restore_ticket("T", row)
    shard.finish_restore()
    assert shard.fold("T", created) is Insertion.DUPLICATE
    assert shard.fold("T", msgspec.structs.replace(created, attributes=("brand", "x"))) is Insertion.CONFLICT
