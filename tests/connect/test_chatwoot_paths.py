"""Chatwoot by webhook, by polling its API and from its database, mixed, repeated and out of order, counts once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connect.chatwoot import VENDOR
from stream.connect.chatwoot.dumps import joined, records_of
from stream.connect.chatwoot.options import ChatwootOptions
from stream.connect.vendor import Account, Delivery, Record
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.facts import Facts
from stream.domain.log import Insertion
from stream.domain.timeline import ReadingPlan, timeline_of
from stream.metrics import METRICS
from tests.connect.chatwoot_account import usual_account
from tests.connect.kit import by_id, cloud_events, log_of, outcomes

STORY = usual_account()
ACCOUNT = Account("/chatwoot/support.example.org/3", ChatwootOptions())
Path: TypeAlias = list[Record]

WEBHOOKS = [body for state in STORY.states for body in STORY.webhooks(state)]
WEBHOOKS += [STORY.message_webhook(message) for message in STORY.messages]
ROWS = STORY.changes()


def hooks(places: list[int]) -> list[dict[str, Any]]:
    """Events of some webhooks."""
    assert VENDOR.hook is not None
    records = [
        record
        for place in places
        for record in VENDOR.hook.read(Delivery({}, WEBHOOKS[place % len(WEBHOOKS)]), ACCOUNT).records
    ]
    return cloud_events(outcomes(VENDOR, records, ACCOUNT))


def poll(seen_seconds: int) -> list[dict[str, Any]]:
    """Events of a poll at a moment: conversations as they are then, their messages, the answers so far."""
    now = {state.number: state for state in STORY.states if state.at_seconds <= seen_seconds}
    messages = [message for message in STORY.messages if message.at_seconds <= seen_seconds]
    rows: list[Mapping[str, Any]] = [
        {"data": {"meta": {}, "payload": [STORY.conversation(state) for state in now.values()]}},
        {"meta": {}, "payload": [STORY.api_message(message) for message in messages]},
        *STORY.responses,
    ]
    return cloud_events(outcomes(VENDOR, joined(records_of(rows, ACCOUNT), ACCOUNT), ACCOUNT))


def rows(order: list[int]) -> list[dict[str, Any]]:
    """Events of changes of the database."""
    found = [ROWS[0], *(ROWS[place % len(ROWS)] for place in order), *ROWS[1:3]]
    return cloud_events(outcomes(VENDOR, joined(records_of(found, ACCOUNT), ACCOUNT), ACCOUNT))


places = st.lists(st.integers(0, 40), max_size=8)
paths = st.one_of(st.builds(hooks, places), st.builds(poll, st.integers(0, 1200)), st.builds(rows, places))
EVERY_HOOK = hooks(list(range(len(WEBHOOKS)))) + poll(0)


def facts_of(logs: dict[str, list[Event]]) -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    plan = ReadingPlan(Definitions())
    for subject, log in logs.items():
        for metric in METRICS:
            metric.facts(timeline_of(log, plan), plan.definitions, found.setdefault(subject, {}))
    return found


@given(st.lists(paths, max_size=6), st.randoms(use_true_random=False))
def test_any_mix_of_the_paths_counts_once_and_without_a_conflict(mix: list[list[dict[str, Any]]], chance: Any) -> None:
    sent = [*EVERY_HOOK, *(event for path in mix for event in path)]
    by_id(sent)
    chance.shuffle(sent)
    logs, became = log_of(sent)
    assert became[Insertion.CONFLICT] == 0
    assert became[Insertion.ADDED] == len(by_id(sent))
    # What polling adds says again what the webhooks said: no figure is another.
    assert facts_of(logs) == facts_of(log_of(EVERY_HOOK)[0])


def test_the_database_alone_gives_the_figures_of_the_webhooks() -> None:
    assert facts_of(log_of(rows(list(range(len(ROWS)))))[0]) == facts_of(log_of(EVERY_HOOK)[0])


@pytest.mark.parametrize("lost", range(len(WEBHOOKS)))
def test_polling_stands_in_for_a_webhook_that_got_lost(lost: int) -> None:
    body = WEBHOOKS[lost]
    held = hooks([place for place in range(len(WEBHOOKS)) if place != lost])
    moments = sorted({state.at_seconds for state in STORY.states} | {message.at_seconds for message in STORY.messages})
    polled = [event for moment in moments for event in poll(moment)]
    facts, wanted = facts_of(log_of([*held, *polled])[0]), facts_of(log_of(EVERY_HOOK)[0])
    assert facts == wanted, body["event"]
