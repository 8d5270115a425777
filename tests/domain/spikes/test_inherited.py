"""Alerts of before that are taken over, silence in history, and contacts of long ago that come late."""

from __future__ import annotations

from random import Random

import pytest

from stream.domain.spikes.alert import Alert
from stream.domain.spikes.history import Ended, alerts_of_history
from stream.domain.spikes.rule import SpikeRule
from stream.domain.spikes.watch import SpikeWatch
from tests.domain.spikes.traffic import PHONE, START, contacts, fill

ALL = SpikeRule(group_bys=("all",))
HOUR = 3600
NOON = START + 3 * 24 * HOUR + 12 * HOUR


def usual(seconds: int = 8 * HOUR, until: int = NOON, share: float = 0.05) -> list[Ended]:
    return list(contacts(until - seconds, seconds, 10, share, PHONE, Random(11)))


def spike() -> list[Ended]:
    return list(contacts(NOON, 600, 5, 0.5, PHONE, Random(12)))


def fired() -> Alert:
    watch = SpikeWatch(ALL)
    fill(watch, iter(usual() + spike()))
    (alert,) = watch.step((NOON + 600) * 1_000_000)
    assert alert.status == "firing"
    return alert


def test_an_open_alert_of_groups_that_are_not_watched_any_more_resolves_at_the_first_look() -> None:
    heir = SpikeWatch(SpikeRule(group_bys=("channel",)))
    heir.restore(fired())
    now_us = (NOON + 700) * 1_000_000
    (resolved,) = heir.step(now_us)
    assert (resolved.status, resolved.resolved_us) == ("resolved", now_us)
    assert heir.alerts == {resolved.alert: resolved}
    assert heir.step(now_us + 1_000_000) == []


def test_history_resolves_an_alert_in_a_silence_and_not_when_somebody_calls_again() -> None:
    much_later = list(contacts(NOON + 10 * HOUR, HOUR, 10, 0.05, PHONE, Random(14)))
    (alert,) = alerts_of_history(ALL, usual() + spike() + much_later)
    assert alert.resolved_us is not None
    assert NOON + 600 < alert.resolved_us // 1_000_000 < NOON + 3 * HOUR


@pytest.mark.parametrize("late_share", [0.05, 0.5])
def test_what_is_expected_is_found_again_when_contacts_of_long_ago_come_late(late_share: float) -> None:
    """Where half gave up all along, half of those now is no spike, whenever that becomes known."""
    watch = SpikeWatch(ALL)
    fill(watch, iter(usual(2 * HOUR, share=late_share)))
    watch.step(NOON * 1_000_000)
    fill(watch, iter(usual(6 * HOUR, NOON - 2 * HOUR, late_share)))
    fill(watch, iter(spike()))
    assert bool(watch.step((NOON + 600) * 1_000_000)) is (late_share < 0.5)
