"""The detector fed live and fed by a replay finds the same: both count what the abandonment ratio counts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from stream.domain.events import Abandoned, Answered, Event, Queued, TicketCreated
from stream.domain.remainders import around
from stream.domain.shard import Shard
from stream.edge.owners.fact_rows import fact_row
from stream.edge.owners.spike_alerts import SpikeAlerts
from stream.replay.results import alert_rows
from stream.rules import rules_of
from stream.settings import Settings

US = 1_000_000
START = 1_767_225_600
"""2026-01-01T00:00:00Z."""
SETTINGS = Settings.model_validate(
    {"definitions": {"short_abandon_seconds": "5", "reopen_horizon_days": 0}, "alerts": {"group_by": "all"}}
)


def call(number: int, at: float, wait: float, kind: type[Any]) -> Iterator[tuple[str, Event]]:
    name, time_us = f"C{number}", round((START + at) * US)
    yield name, TicketCreated(time_us, "", "1 /pbx", "phone")
    yield name, Queued(time_us, "", "2 /pbx")
    yield name, kind(time_us + round(wait * US), "", "3 /pbx")


def calls(burst_wait: float) -> list[tuple[str, Event]]:
    """Two days of calls, one in twenty given up after 40 s; then ten minutes in which all give up."""
    told: list[tuple[str, Event]] = []
    for number in range(2 * 86_400 // 30):
        told += call(number, number * 30, 40, Abandoned if number % 20 == 0 else Answered)
    for number in range(60):
        told += call(90_000 + number, 2 * 86_400 + number * 10, burst_wait, Abandoned)
    return told


def found(told: list[tuple[str, Event]]) -> tuple[list[str], list[str]]:
    """Severities of the spikes of the group of all: what live publishes, and what a replay writes."""
    shard = Shard(rules_of(SETTINGS))
    for name, event in told:
        shard.fold(name, event)
    end_us = max(event.time_us for _, event in told)
    changes = shard.settle(end_us)
    desk = SpikeAlerts(SETTINGS)
    for key, cells in changes.panes:
        for pane in (key, *around(key)):
            desk.add(pane, cells or {})
    live: list[str] = []

    async def look() -> None:
        for after in range(-600, 60, 10):
            desk.step(end_us + after * US, end_us + after * US)
            live.extend(orjson.loads(value)["severity"] for _, value in desk.changed("") if value)

    asyncio.run(look())
    facts = [row for ticket, name, fact in changes.facts if (row := fact_row(ticket, name, fact)) is not None]
    history = [orjson.loads(row)["severity"] for row in alert_rows(SETTINGS, facts).values()]
    return live, history


def test_a_burst_of_hang_ups_too_short_to_count_is_a_spike_to_neither() -> None:
    assert found(calls(2)) == ([], [])


def test_a_burst_of_abandons_is_one_to_both() -> None:
    live, history = found(calls(40))
    assert live
    assert history


@pytest.mark.parametrize("burst_wait", [4.9, 5.0])
def test_the_limit_itself_is_the_same_to_both(burst_wait: float) -> None:
    live, history = found(calls(burst_wait))
    assert bool(live) == bool(history) == (burst_wait >= 5)
