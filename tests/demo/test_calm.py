"""The demo's targets: its centre meets them in an ordinary hour, and misses them in an incident."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stream.demo.plan import DemoPlan, child_environment
from stream.domain.targets import Judgement, Target, judge
from stream.metrics.headlines import HEADLINES
from stream.settings import load_settings
from stream.simulate.arrivals import Spike
from stream.simulate.centre import contact_centre
from stream.simulate.emit import SimulatedEvent
from tests.demo.test_plan import PLAN

START_US = 1_767_607_200_000_000
HOUR_US = 3_600_000_000
ANSWER_WITHIN_US = 20_000_000


def last_hour(plan: DemoPlan, spikes: tuple[Spike, ...] = ()) -> list[SimulatedEvent]:
    end_us = START_US + 2 * HOUR_US
    events = contact_centre(1, START_US, plan.contacts_per_minute, spikes, curve="wave", end_us=end_us)
    return [each for each in events if each.time_us >= end_us - HOUR_US]


def ratios(events: Sequence[SimulatedEvent]) -> dict[str, tuple[int, int]]:
    """Numerator and denominator by headline."""
    queued: dict[str, int] = {}
    waits: list[int] = []
    abandoned = 0
    scores: list[int] = []
    for each in events:
        kind = each.event["type"].removeprefix("support.")
        if kind == "ticket.queued":
            queued.setdefault(each.key, each.time_us)
        elif kind == "ticket.answered":
            waits.append(each.time_us - queued.pop(each.key, each.time_us))
        elif kind == "ticket.abandoned":
            abandoned += 1
        elif kind == "survey.answered":
            scores.append(each.event["data"]["score"])
    ended = len(waits) + abandoned
    return {
        "service_level": (sum(wait <= ANSWER_WITHIN_US for wait in waits), ended),
        "abandonment": (abandoned, ended),
        "csat": (sum(score >= 4 for score in scores), len(scores)),
    }


def judged(events: Sequence[SimulatedEvent]) -> dict[str, Judgement]:
    targets = load_settings(child_environment({}, PLAN)).targets
    at_most = {headline.name: headline.at_most for headline in HEADLINES}
    return {
        name: judge(Target(targets.chosen.usual[name], at_most=at_most[name]), part / whole, whole, targets.min_samples)
        for name, (part, whole) in ratios(events).items()
    }


def test_an_ordinary_hour_is_on_target() -> None:
    plan = DemoPlan(PLAN.data_dir, PLAN.http_port, PLAN.kafka_port, contacts_per_minute=60.0)
    assert judged(last_hour(plan)) == {
        "service_level": "on_target",
        "abandonment": "on_target",
        "csat": "on_target",
    }


@pytest.mark.parametrize("name", ["service_level", "abandonment"])
def test_an_incident_is_not(name: str) -> None:
    plan = DemoPlan(PLAN.data_dir, PLAN.http_port, PLAN.kafka_port, contacts_per_minute=60.0)
    incident = Spike(4.0, START_US + 90 * 60_000_000, START_US + 100 * 60_000_000)
    assert judged(last_hour(plan, (incident,)))[name] == "off_target"
