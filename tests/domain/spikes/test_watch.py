from __future__ import annotations

from itertools import chain
from random import Random

import pytest
from msgspec.structs import replace

from stream.domain.spikes.alert import Alert, alert_id, alert_row, parse_alert_row
from stream.domain.spikes.history import Ended, alerts_of_history
from stream.domain.spikes.rule import SpikeRule, needed_retention
from stream.domain.spikes.watch import SpikeWatch
from tests.domain.spikes.traffic import CHAT, DAY, PHONE, START, contacts, fill

RULE = SpikeRule()
ALL = SpikeRule(group_bys=("all",))
NOON = START + 3 * DAY + 12 * 3600


def recent(until: int = NOON, seconds: int = 8 * 3600, every: int = 10, segment: str = PHONE) -> list[Ended]:
    """Of today alone: what was usual at this hour of the days before is not known."""
    return list(contacts(until - seconds, seconds, every, 0.05, segment, Random(11)))


def usual(until: int = NOON) -> list[Ended]:
    """Of the last week, the latest eight hours with twelve times as many."""
    seconds = 8 * 3600
    return list(contacts(until - 7 * DAY, 7 * DAY - seconds, 120, 0.05, PHONE, Random(10))) + recent(until, seconds)


def spike(seconds: int = 600, every: int = 5, share: float = 0.5, segment: str = PHONE) -> list[Ended]:
    return list(contacts(NOON, seconds, every, share, segment, Random(12)))


def after(seconds: int = 3600, start: int = NOON + 600, every: int = 10) -> list[Ended]:
    return list(contacts(start, seconds, every, 0.05, PHONE, Random(13)))


def watched(ended: list[Ended], rule: SpikeRule = ALL, step_seconds: int = 10) -> tuple[SpikeWatch, list[Alert]]:
    """As in life: contacts come in order, and the watch looks every so many seconds from noon on."""
    watch, said = SpikeWatch(rule), []
    ended = sorted(ended)
    fill(watch, iter([contact for contact in ended if contact[0] < NOON * 1_000_000]))
    later = [contact for contact in ended if contact[0] >= NOON * 1_000_000]
    position = 0
    for now in range(NOON, NOON + 4500, step_seconds):
        while position < len(later) and later[position][0] <= now * 1_000_000:
            fill(watch, iter([later[position]]))
            position += 1
        said += watch.step(now * 1_000_000)
    return watch, said


def test_a_spike_fires_once_tells_its_numbers_and_resolves() -> None:
    watch, said = watched(usual() + spike() + after())
    (alert,) = watch.alerts.values()
    first, last = said[0], said[-1]
    assert {one.alert for one in said} == {alert.alert} == {alert_id("all", "", alert.onset_us)}
    assert (first.status, last.status) == ("firing", "resolved")
    assert last.resolved_us is not None
    assert NOON - 120 <= alert.onset_us // 1_000_000 <= NOON + 30
    assert first.fired_us - NOON * 1_000_000 <= 200_000_000
    assert NOON + 600 <= last.resolved_us // 1_000_000 <= NOON + 1500
    assert (last.abandoned, last.count) == pytest.approx((60, 120), rel=0.2)
    assert last.value == last.abandoned / last.count
    assert 0.03 < last.expected < 0.08
    assert last.severity == "critical"
    assert last.probability < 1e-20
    assert last.baseline.recent_count == 360
    assert last.baseline.recent_ratio == pytest.approx(0.05, abs=0.03)


def test_numbers_of_an_open_alert_come_once_a_minute() -> None:
    _, said = watched(usual() + spike() + after(), step_seconds=1)
    told = [(one.fired_us if index == 0 else None, one.severity) for index, one in enumerate(said)]
    assert 8 <= len(told) <= 25


def test_a_quiet_day_is_quiet() -> None:
    assert watched(usual() + after(4500, NOON))[1] == []


def test_a_rise_that_stays_below_the_critical_multiple_is_a_warning() -> None:
    watch, said = watched(usual() + spike(4500, 5, 0.2), replace(ALL, critical_ratio=15.0))
    assert {one.severity for one in said} == {"warning"}
    assert watch.signals[("all", "")].severity == 1


def test_severity_rises_and_never_falls_within_an_alert() -> None:
    part = [*spike(1200, 5, 0.3), *contacts(NOON + 1200, 900, 2, 0.95), *contacts(NOON + 2100, 2400, 5, 0.3)]
    _, said = watched(usual() + part, replace(ALL, critical_ratio=10.0))
    severities = [one.severity for one in said if one.alert == said[0].alert]
    assert severities == sorted(severities, key=("warning", "critical").index)
    assert set(severities) == {"warning", "critical"}


def test_without_the_same_hour_of_a_day_before_a_spike_is_a_warning_however_large() -> None:
    watch, said = watched(recent() + spike(4500, 5, 0.95))
    assert {one.severity for one in said} == {"warning"}
    assert not any(one.baseline.is_established for one in said)
    signal = watch.signals[("all", "")]
    assert (signal.severity, signal.has_baseline) == (1, 0)
    known, told = watched(usual() + spike(4500, 5, 0.95))
    assert told[-1].severity == "critical"
    assert all(one.baseline.is_established for one in told)
    assert known.signals[("all", "")].has_baseline == 1


@pytest.mark.parametrize("count", [0, 1, 9, 10])
def test_the_same_hour_is_known_from_ten_contacts_on_and_no_other_hour_stands_in_for_it(count: int) -> None:
    yesterday = NOON - DAY
    before = list(contacts(yesterday - 7200, 7200, 60, 0.05)) + list(contacts(yesterday + 3600, 3600, 60, 0.05))
    same = list(contacts(yesterday, 300 * count, 300, 0.0))
    _, said = watched(before + same + recent() + spike(900, 5, 0.95))
    assert said[-1].baseline.same_hour_count == count
    assert {one.severity for one in said} == {"critical" if count == 10 else "warning"}


def test_each_group_has_a_baseline_of_its_own() -> None:
    new = recent(segment=CHAT)
    _, said = watched(usual() + new + spike(900, 5, 0.95) + spike(900, 5, 0.95, CHAT), RULE)
    severities = {(one.by, one.segment): one.severity for one in said}
    assert severities["channel", "phone"] == severities["all", ""] == "critical"
    assert severities["channel", "chat"] == severities["team", "support"] == "warning"


def test_the_severity_of_an_open_alert_does_not_change_with_what_becomes_known_or_who_holds_it() -> None:
    everything = recent() + spike(600, 5, 0.9)
    said = watched(everything)[1]
    (alert,) = {one.alert: one for one in said if one.status == "firing"}.values()
    heir = SpikeWatch(ALL)
    heir.restore(parse_alert_row(alert_row(alert)))
    fill(heir, iter(everything))
    # What was late: the same hour of yesterday.
    fill(heir, contacts(NOON - DAY, 3600, 10, 0.05))
    fill(heir, contacts(NOON + 600, 600, 5, 0.9))
    inherited = [one for now in range(NOON + 600, NOON + 1200, 10) for one in heir.step(now * 1_000_000)]
    assert {(one.alert, one.severity, one.baseline.is_established) for one in inherited} == {
        (alert.alert, "warning", False)
    }


def test_a_row_of_before_the_field_was_keeps_its_severity() -> None:
    _, said = watched(usual() + spike())
    row = alert_row(replace(said[0], severity="critical"))
    del row["baseline"]["is_established"]
    assert parse_alert_row(row) == replace(said[0], severity="critical")


def test_few_contacts_at_night_are_no_spike() -> None:
    nobody_but_four = list(contacts(NOON, 1200, 300, 1.0))
    assert watched(usual(NOON - 7200) + nobody_but_four)[1] == []


def test_without_a_baseline_nothing_is_judged() -> None:
    watch, said = watched(spike(600, 10, 1.0))
    assert (said, watch.signals) == ([], {})


def test_a_group_without_history_of_its_own_is_measured_by_what_is_usual_for_all() -> None:
    _, said = watched(usual() + recent(seconds=5400, segment=CHAT) + spike(900, 5, 0.6, CHAT), RULE)
    assert {(one.by, one.segment) for one in said} >= {("channel", "chat"), ("team", "support")}
    assert ("channel", "phone") not in {(one.by, one.segment) for one in said}


def test_an_alert_ends_when_nobody_comes_any_more() -> None:
    _, said = watched(usual() + spike(300))
    assert said[-1].status == "resolved"
    assert said[-1].resolved_us is not None
    assert NOON + 300 + 880 <= said[-1].resolved_us // 1_000_000 <= NOON + 300 + 920


def test_nothing_from_before_the_end_of_an_alert_fires_the_next_one() -> None:
    watch, _ = watched(usual() + spike(300) + after(1500, NOON + 300))
    assert len(watch.alerts) == 1
    again = list(contacts(NOON + 1800, 300, 5, 0.5))
    watch, _ = watched(usual() + spike(300) + after(1500, NOON + 300) + again + after(2000, NOON + 2100))
    first, second = sorted(watch.alerts.values(), key=lambda alert: alert.onset_us)
    assert first.resolved_us is not None
    assert second.onset_us >= first.resolved_us - 10_000_000


def test_a_long_spike_does_not_become_usual() -> None:
    watch, said = watched(usual() + spike(4500, 10, 0.4))
    assert watch.is_firing
    assert len({one.alert for one in said}) == 1
    assert {one.expected for one in said} == {said[0].expected}


def test_another_watch_takes_open_alerts_over() -> None:
    everything = usual() + spike() + after()
    watch, said = SpikeWatch(ALL), []
    moment = NOON + 300
    fill(watch, iter([contact for contact in everything if contact[0] < moment * 1_000_000]))
    for now in range(NOON, moment, 10):
        said += watch.step(now * 1_000_000)
    assert said[-1].status == "firing"
    heir = SpikeWatch(ALL)
    heir.restore(parse_alert_row(alert_row(said[-1])))
    fill(heir, iter([contact for contact in everything if contact[0] < moment * 1_000_000]))
    later = [contact for contact in everything if contact[0] >= moment * 1_000_000]
    inherited = []
    for now in range(moment, NOON + 4000, 10):
        here = [contact for contact in later if now * 1_000_000 <= contact[0] < (now + 10) * 1_000_000]
        fill(heir, iter(here))
        inherited += heir.step((now + 10) * 1_000_000)
    assert {one.alert for one in inherited} == {said[0].alert}
    assert inherited[-1].status == "resolved"
    assert heir.step((NOON + 4001) * 1_000_000) == []


def test_contacts_that_are_taken_back_leave_no_trace() -> None:
    watch = SpikeWatch(RULE)
    fill(watch, iter(usual()))
    fill(watch, iter(spike(300)))
    fill(watch, iter(spike(300)), sign=-1)
    assert watch.step((NOON + 310) * 1_000_000) == []


def test_late_contacts_count_where_they_belong() -> None:
    watch, late = SpikeWatch(ALL), spike(300)
    fill(watch, iter(usual()))
    watch.step((NOON + 310) * 1_000_000)
    fill(watch, iter(late))
    (alert,) = watch.step((NOON + 320) * 1_000_000)
    assert NOON - 120 <= alert.onset_us // 1_000_000 <= NOON + 60


def test_signals_tell_what_is_seen_and_expected_and_vanish_with_the_contacts() -> None:
    watch, _ = watched(usual())
    assert watch.signals == {}
    watch = SpikeWatch(ALL)
    fill(watch, iter(usual()))
    watch.step(NOON * 1_000_000)
    signal = watch.signals[("all", "")]
    assert signal.severity == 0
    assert signal.observed == pytest.approx(0.05, abs=0.04)
    assert signal.expected == pytest.approx(0.05, abs=0.03)


def test_resolved_alerts_are_forgotten_after_a_time_and_open_ones_never() -> None:
    watch, said = watched(usual() + spike() + after())
    resolved = said[-1].resolved_us
    assert resolved is not None
    keep_us = RULE.keep_days * DAY * 1_000_000
    assert watch.expire(resolved + keep_us) == []
    assert watch.expire(resolved + keep_us + 1) == [said[-1].alert]
    assert watch.alerts == {}
    open_one, _ = watched(usual() + spike(4500, 10, 0.4))
    assert open_one.expire((NOON + 400 * DAY) * 1_000_000) == []


def test_evidence_stays_with_the_alert() -> None:
    watch, said = watched(usual() + spike(4500, 10, 0.4))
    told = watch.note_evidence(said[0].alert, ("T-1", "T-2"))
    assert told is not None
    assert told.evidence == ("T-1", "T-2")
    fill(watch, contacts(NOON + 4500, 600, 10, 0.4))
    (refreshed,) = watch.step((NOON + 4600) * 1_000_000)
    assert refreshed.evidence == ("T-1", "T-2")
    assert watch.note_evidence("abandonment_spike|all||1999", ()) is None


def test_groups_that_are_not_watched_stay_unwatched() -> None:
    _, said = watched(usual() + spike(), SpikeRule(group_bys=("channel",)))
    assert {one.by for one in said} == {"channel"}


def test_only_kept_panes_are_needed() -> None:
    everything = sorted(usual() + spike() + after())
    whole, reach = SpikeWatch(ALL), needed_retention()
    bounded, kept = SpikeWatch(ALL), []
    said: dict[str, list[Alert]] = {"whole": [], "bounded": []}
    fill(whole, iter([c for c in everything if c[0] < NOON * 1_000_000]))
    fill(bounded, iter([c for c in everything if c[0] < NOON * 1_000_000]))
    kept = [c for c in everything if c[0] < NOON * 1_000_000]
    for now in range(NOON, NOON + 4000, 50):
        fresh = [c for c in everything if now * 1_000_000 <= c[0] < (now + 50) * 1_000_000]
        kept += fresh
        for watch in (whole, bounded):
            fill(watch, iter(fresh))
        # What the shards forget comes as panes that go: here those of 10 s and 5 min.
        for width in (10, 300):
            floor = now + 50 - reach[width]
            gone = [c for c in kept if c[0] // 1_000_000 // width * width == floor - floor % width - width]
            for time_us, segment, abandoned in gone:
                start = time_us // 1_000_000 // width * width
                bounded.add(width, start, segment, -int(abandoned), -1)
        said["whole"] += whole.step((now + 50) * 1_000_000)
        said["bounded"] += bounded.step((now + 50) * 1_000_000)
    assert said["bounded"] == said["whole"]
    assert said["whole"][-1].status == "resolved"


def test_history_finds_what_life_found_in_any_order() -> None:
    everything = recent() + spike() + after()
    (live,) = watched(everything)[0].alerts.values()
    (alert,) = alerts_of_history(ALL, everything)
    assert (alert.alert, alert.severity) == (live.alert, live.severity)
    assert abs(alert.fired_us - live.fired_us) <= 20_000_000
    Random(1).shuffle(everything)
    assert alerts_of_history(ALL, iter(everything)) == [alert]


def test_history_without_contacts_has_no_alerts() -> None:
    assert alerts_of_history(RULE, []) == []
    assert alerts_of_history(RULE, chain(recent(seconds=3600))) == []


def test_a_row_holds_the_whole_alert() -> None:
    watch, _ = watched(usual() + spike() + after(), RULE)
    for alert in watch.alerts.values():
        row = alert_row(alert)
        assert parse_alert_row(row) == alert
        assert parse_alert_row(row | {"revision": 3, "watermark": "2026-01-01T00:00:00Z"}) == alert
