"""The project's invariant: every pane is the sum of the facts of its tickets, however their events came in."""

from __future__ import annotations

import hashlib
import math
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.domain.definitions import Definitions
from stream.domain.events import Event, Removed
from stream.domain.facts import Facts
from stream.domain.histogram import MIN_US, RELATIVE_ERROR, bin_of, quantiles
from stream.domain.limits import Limits
from stream.domain.partials import decode_cells
from stream.domain.remainders import PaneKey
from stream.domain.rollup import Rollup
from stream.domain.timeline import ReadingPlan, Timeline, timeline_of
from stream.domain.windows import TODAY, TOTAL, PanePlan, Window, rolling
from stream.metrics import ROWS, facts_of
from tests.domain.owners import Owner, Said, plain, plain_levels, plain_panes, said_of, told_panes
from tests.domain.stories import rules
from tests.domain.strategies import START_SECONDS, US, delivered, told
from tests.domain.taken import taken_rows

EXAMPLES = int(os.environ.get("DESKPULSE_EXAMPLES", "100"))
quick = settings(deadline=None, max_examples=EXAMPLES)

ZONE = ZoneInfo("Europe/Berlin")
WINDOWS: tuple[Window, ...] = (rolling("5m", 300), rolling("1h", 3600), rolling("24h", 86_400), TODAY, TOTAL)
WINDOWS += (rolling("7d", 7 * 86_400),)
RULES = rules(plan=PanePlan.for_windows(WINDOWS), definitions=Definitions(short_abandon_seconds=5))
GROUPS = ("all", "channel", "team", "priority", "channel_team")
LATEST_SECONDS = START_SECONDS + 500_001
NOWS = st.sampled_from([LATEST_SECONDS + wait for wait in (0, 9, 400, 4000, 100_000, 300_000, 900_000)])

Story = list[tuple[str, Event]]


# --- an independent, straightforward recomputation -------------------------------------------------------------------


def logs_of(story: Story) -> dict[str, list[Event]]:
    """Per ticket: one event per id (the smallest encoding of those that differ), in order."""
    kept: dict[tuple[str, str], Event] = {}
    for name, event in story:
        held = kept.get((name, event.uid))
        if held is None or msgspec.msgpack.encode(event) < msgspec.msgpack.encode(held):
            kept[(name, event.uid)] = event
    logs: dict[str, list[Event]] = defaultdict(list)
    for (name, _), event in kept.items():
        logs[name].append(event)
    return {name: sorted(log, key=lambda e: (e.time_us, e.sequence, e.uid)) for name, log in logs.items()}


def facts_by_ticket(story: Story, definitions: Definitions = RULES.definitions) -> dict[str, Facts]:
    return {
        name: facts_of(timeline_of(log, ReadingPlan(definitions)), definitions) for name, log in logs_of(story).items()
    }


def expected_panes(tickets: dict[str, Facts], now_seconds: int) -> dict[PaneKey, Any]:
    panes: dict[PaneKey, dict[str, list[Any]]] = {}
    for facts in tickets.values():
        for fact in facts.values():
            if fact.level:
                continue
            seconds = fact.time_us // US
            for width in (0, 10, 300, 3600):
                start = seconds // width * width if width else 0
                if width and start < now_seconds - RULES.plan.retention[width]:
                    continue
                cells = panes.setdefault((width, start, fact.segment), {})
                for booking in fact.bookings:
                    cell = cells.setdefault(booking.measure.name, [0, 0, {}])
                    cell[0] += 1
                    cell[1] += booking.amount
                    if booking.bin_index >= 0:
                        cell[2][booking.bin_index] = cell[2].get(booking.bin_index, 0) + 1
    return {key: {measure: tuple(cell) for measure, cell in cells.items()} for key, cells in panes.items()}


def expected_levels(tickets: dict[str, Facts], now_us: int) -> dict[str, Any]:
    since: dict[str, dict[str, list[int]]] = {}
    for facts in tickets.values():
        for fact in facts.values():
            if fact.level:
                for booking in fact.bookings:
                    measure, stages = booking.measure.name, booking.measure.stages
                    if measure in ("waiting", "in_time"):
                        stages = {"waiting": ((12 * 3600 * US, "lost"),), "in_time": ((0, "overdue"),)}[measure]
                    for after_us, later in stages:
                        measure = later if now_us - fact.time_us > after_us else measure
                    since.setdefault(fact.segment, {}).setdefault(measure, []).append(fact.time_us)
    return {s: {m: (len(times), min(times), {}) for m, times in measures.items()} for s, measures in since.items()}


def published_facts(tickets: dict[str, Facts]) -> dict[tuple[str, str], Said]:
    return {(n, key): said_of(fact) for n, facts in tickets.items() for key, fact in facts.items() if not fact.level}


def newest_seconds(owner: Owner) -> int:
    return max(owner.shard.newest_us // US, START_SECONDS)


# --- one shard -------------------------------------------------------------------------------------------------------


@quick
@given(st.data(), told(), NOWS)
def test_any_order_duplication_and_batching_gives_the_sum_of_the_facts(
    data: st.DataObject, story: Story, now: int
) -> None:
    owner = Owner(RULES)
    for batch in data.draw(delivered(story)):
        owner.fold(batch)
        if data.draw(st.booleans()):
            owner.commit(newest_seconds(owner) * US, expire=data.draw(st.booleans()))
    owner.commit(now * US, expire=True)

    tickets = facts_by_ticket(story)
    assert dict(owner.shard.tickets) == logs_of(story)
    assert plain_panes(owner.shard) == expected_panes(tickets, now)
    assert plain_levels(owner.shard) == expected_levels(tickets, now * US)
    # What went out says the same as what is held.
    assert owner.facts == published_facts(tickets)
    assert told_panes(owner) == expected_panes(tickets, now)
    assert {key: plain(decode_cells(row)) for key, row in owner.levels.items()} == expected_levels(tickets, now * US)


@quick
@given(st.data(), told())
def test_removing_every_ticket_leaves_nothing_behind(data: st.DataObject, story: Story) -> None:
    # Panes are kept for long, so that nothing vanishes by expiry.
    owner = Owner(rules(plan=PanePlan(dict.fromkeys((10, 300, 3600), 10**7), total=True)))
    end_us = (LATEST_SECONDS + 1) * US
    removals: Story = [(name, Removed(end_us, "", f"removal of {name}")) for name in logs_of(story)]
    for batch in data.draw(delivered([*story, *removals])):
        owner.fold(batch)
        if data.draw(st.booleans()):
            owner.commit(newest_seconds(owner) * US)
    owner.commit(end_us)

    assert plain_panes(owner.shard) == {}
    assert plain_levels(owner.shard) == {}
    assert (owner.facts, owner.panes, owner.levels, owner.answers) == ({}, {}, {}, {})
    assert not len(owner.shard.answers)
    rollup = Rollup(ROWS, WINDOWS, GROUPS, ZONE)
    for key, row in owner.changelog:
        if key[:2] == b"p|":
            width, start, segment = key[2:].decode().split("|", 2)
            rollup.apply_pane(0, (int(width), int(start), segment), decode_cells(row) if row is not None else None)
    rollup.advance(end_us)
    assert {key for key, row in taken_rows(rollup) if row is not None} == set()


@quick
@given(st.data(), told(), st.sampled_from([0, 7 * 3600]), st.sampled_from([2, 1000]))
def test_a_crash_at_any_moment_changes_nothing(
    data: st.DataObject, story: Story, horizon_seconds: int, max_segments: int
) -> None:
    strict = rules(
        plan=RULES.plan,
        definitions=RULES.definitions,
        limits=Limits(max_segments=max_segments, max_events_per_ticket=6),
        reopen_horizon_seconds=horizon_seconds,
    )
    steady, unlucky = Owner(strict), Owner(strict)
    for batch in data.draw(delivered(story)):
        steady.fold(batch)
        unlucky.fold(batch)
        if data.draw(st.booleans()):
            unlucky.crash(compacted=data.draw(st.booleans()))
        step = data.draw(st.sampled_from(["fold on", "commit", "commit and expire"]))
        if step != "fold on":
            for owner in (steady, unlucky):
                owner.commit(newest_seconds(owner) * US, expire=step == "commit and expire")
    unlucky.crash(compacted=True)
    for owner in (steady, unlucky):
        owner.commit(LATEST_SECONDS * US, expire=True)

    assert dict(unlucky.shard.tickets) == dict(steady.shard.tickets)
    assert plain_panes(unlucky.shard) == plain_panes(steady.shard)
    assert plain_levels(unlucky.shard) == plain_levels(steady.shard)
    assert unlucky.answers == steady.answers == dict(steady.shard.answers.told())
    assert unlucky.facts == steady.facts
    stored = [{k: v for k, v in dict(owner.changelog).items() if v is not None} for owner in (steady, unlucky)]
    assert stored[0].keys() == stored[1].keys()
    for key, value in stored[0].items():
        if key[:2] in (b"p|", b"c|"):
            assert plain(decode_cells(stored[1][key])) == plain(decode_cells(value))
        else:
            assert stored[1][key] == value


@quick
@given(st.data(), told(conflicts=False))
def test_a_ticket_is_forgotten_only_when_no_window_loses_a_fact_by_it(data: st.DataObject, story: Story) -> None:
    """Panes of a shard that forgets equal those of one that does not, as long as no forgotten ticket speaks again."""
    in_order = sorted(story, key=lambda told: told[1].time_us)
    horizon = 4 * 86_400
    forgetful = Owner(rules(plan=RULES.plan, definitions=RULES.definitions, reopen_horizon_seconds=horizon))
    faithful = Owner(RULES)
    last: dict[str, int] = {}
    for name, event in in_order:
        if event.time_us - last.get(name, event.time_us) > horizon * US:
            break
        last[name] = event.time_us
        for owner in (forgetful, faithful):
            owner.fold([(name, event)])
            owner.commit(newest_seconds(owner) * US, expire=True)
    for owner in (forgetful, faithful):
        owner.commit(LATEST_SECONDS * US, expire=True)
    assert plain_panes(forgetful.shard) == plain_panes(faithful.shard)
    assert plain_levels(forgetful.shard) == plain_levels(faithful.shard)
    assert forgetful.answers == faithful.answers


# --- quantiles -------------------------------------------------------------------------------------------------------


@quick
@given(
    st.lists(st.integers(0, 10**14) | st.integers(0, 10**7), min_size=1, max_size=60),
    st.floats(0, 1),
)
def test_a_quantile_is_within_its_error_of_the_sample_of_that_rank(spans_us: list[int], q: float) -> None:
    bins: dict[int, int] = {}
    for span in spans_us:
        bins[bin_of(span)] = bins.get(bin_of(span), 0) + 1
    exact = sorted(spans_us)[math.floor(q * (len(spans_us) - 1))]
    [shown] = quantiles(bins, (q,))
    assert shown is not None
    if exact <= MIN_US:
        assert shown == 0
    else:
        assert shown * US == pytest.approx(exact, rel=RELATIVE_ERROR * (1 + 1e-9))


# --- what raises -----------------------------------------------------------------------------------------------------


@contextmanager
def raising_for(bad: frozenset[str]) -> Iterator[None]:
    """Stands for a reader with a fault: it raises for every one of the events."""

    class Faulty(Timeline):
        def read(self, event: Event) -> None:
            if event.uid in bad:
                raise ZeroDivisionError
            super().read(event)

    with patch("stream.domain.timeline.Timeline", Faulty), patch("stream.domain.derivation.Timeline", Faulty):
        yield


def hashed(uid: str) -> int:
    return hashlib.sha256(uid.encode()).digest()[0]


@pytest.mark.pure
@quick
@given(st.data(), told(conflicts=False), st.integers(0, 128))
def test_events_that_a_metric_raises_for_are_as_if_they_had_never_come(
    data: st.DataObject, story: Story, threshold: int
) -> None:
    bad = frozenset(event.uid for _, event in story if hashed(event.uid) < threshold)
    without = [(name, event) for name, event in story if event.uid not in bad]
    owner = Owner(RULES)
    refused: list[tuple[str, Event]] = []
    batches = data.draw(delivered(story))
    with raising_for(bad):
        for batch in batches:
            owner.fold(batch)
            if data.draw(st.booleans()):
                refused += owner.commit(newest_seconds(owner) * US, expire=data.draw(st.booleans()))
            if data.draw(st.booleans()):
                owner.crash(compacted=data.draw(st.booleans()))
        refused += owner.commit(LATEST_SECONDS * US, expire=True)
    owner.crash(compacted=True)
    owner.commit(LATEST_SECONDS * US)

    # Each time that it came, the event was refused, and no other was.
    told_again = [(name, event) for batch in batches for name, event in batch]
    assert sorted(refused, key=repr) == sorted(
        ((name, event) for name, event in told_again if event.uid in bad), key=repr
    )
    tickets = facts_by_ticket(without)
    assert dict(owner.shard.tickets) == logs_of(without)
    assert plain_panes(owner.shard) == expected_panes(tickets, LATEST_SECONDS)
    assert plain_levels(owner.shard) == expected_levels(tickets, LATEST_SECONDS * US)
    assert owner.facts == published_facts(tickets)
    assert told_panes(owner) == expected_panes(tickets, LATEST_SECONDS)
    assert {key: plain(decode_cells(row)) for key, row in owner.levels.items()} == expected_levels(
        tickets, LATEST_SECONDS * US
    )


@pytest.mark.pure
@quick
@given(st.data(), told(conflicts=False))
def test_what_is_said_of_each_event_is_true_whatever_is_refused(data: st.DataObject, story: Story) -> None:
    bad = frozenset(event.uid for _, event in story if hashed(event.uid) < 100)
    owner = Owner(RULES)
    batches = data.draw(delivered(story))
    with raising_for(bad):
        for batch in batches:
            owner.fold(batch)
            if data.draw(st.booleans()):
                owner.commit(newest_seconds(owner) * US)
        owner.commit(LATEST_SECONDS * US)
    good = [event.uid for batch in batches for _, event in batch if event.uid not in bad]
    counted = {"added": len(set(good)), "duplicate": len(good) - len(set(good))}
    assert {name: count for name, count in owner.said.items() if count} == {n: c for n, c in counted.items() if c}
