"""Watched ratios: what fires, what does not, and that whoever takes over goes on."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from msgspec.structs import replace

from stream.domain.cells import Cell, Cells
from stream.domain.segments import segment_of
from stream.domain.spikes.alert import RATIO_KIND, Alert, alert_row, parse_alert_row
from stream.domain.spikes.counts import GroupCounts
from stream.domain.spikes.ratio_baseline import usual_share
from stream.domain.spikes.ratio_rule import RatioRule
from stream.domain.spikes.ratio_watch import RatioWatch

HOUR, DAY = 3600, 86_400
START = 1_767_571_200
NOW = START + 21 * DAY
BILLING = segment_of("email", "billing", "")
VIP = segment_of("email", "vip", "")
RULE = RatioRule("csat_drop", "csat_top_two_box@2", ("good",), ("answers",), is_lower_bad=True, fact="csat")

Told = Iterable[tuple[int, str, int, int]]
"""Hour, segment, bad, count."""


def cells(bad: int, count: int) -> Cells:
    return {name: Cell(number, 0) for name, number in (("good", count - bad), ("answers", count)) if number}


def history(segment: str = BILLING, an_hour: int = 10, share: float = 0.2, until: int = NOW) -> Told:
    random = Random(segment)
    for hour in range(START, until, HOUR):
        if 8 <= hour % DAY // HOUR < 18:
            yield hour, segment, sum(random.random() < share for _ in range(an_hour)), an_hour


def fill(watch: RatioWatch, told: Told) -> None:
    for hour, segment, bad, count in told:
        watch.add((HOUR, hour, segment), cells(bad, count))


def judge(watch: RatioWatch, seconds: int, complete: int | None = None) -> list[Alert]:
    found: list[Alert] = []
    for _ in watch.judge(seconds * 1_000_000, None if complete is None else complete * 1_000_000, found):
        pass
    return found


def watching(rule: RatioRule = RULE, told: Told | None = None) -> RatioWatch:
    watch = RatioWatch(rule)
    fill(watch, history() if told is None else told)
    return watch


def test_more_bad_ones_than_usual_fire_for_each_group_that_has_them() -> None:
    watch = watching()
    fill(watch, history(VIP))
    assert judge(watch, NOW) == []
    onset = NOW + 9 * HOUR
    fill(watch, [(onset, BILLING, 26, 40), (onset, VIP, 2, 10)])
    found = {(alert.by, alert.segment): alert for alert in judge(watch, onset + 1800)}
    assert set(found) == {("all", ""), ("channel", "email"), ("team", "billing")}
    alert = found["team", "billing"]
    assert alert.alert == "ratio_spike|csat_drop|team|billing|2026-01-26T09:00:00Z"
    assert (alert.kind, alert.ratio, alert.definition) == (RATIO_KIND, "csat_drop", "csat_top_two_box@2")
    assert (alert.abandoned, alert.count, alert.value, alert.status) == (26, 40, 0.65, "firing")
    assert 0.2 < alert.expected < 0.25
    assert alert.baseline.recent_count > 1000
    assert alert.severity == "critical"
    assert alert.probability < 1e-6
    assert watch.signals["team", "billing"].severity == 2
    assert watch.signals["team", "vip"].severity == 0


def test_a_ratio_where_higher_is_bad_counts_its_numerator() -> None:
    rule = replace(RULE, is_lower_bad=False, numerator=("reopened",), denominator=("resolved",))
    assert rule.counted({"reopened": Cell(3, 0), "resolved": Cell(10, 0)}) == (3, 10)
    assert RULE.counted({"good": Cell(3, 0), "answers": Cell(10, 0)}) == (7, 10)
    assert RULE.counted({"good": Cell(-1, 0)}) == (1, 0)
    watch = RatioWatch(rule)
    for hour, segment, bad, count in (*history(), (NOW + 9 * HOUR, BILLING, 30, 40)):
        watch.add((HOUR, hour, segment), {"reopened": Cell(bad, 0), "resolved": Cell(count, 0)})
    assert [alert.abandoned for alert in judge(watch, NOW + 10 * HOUR)] == [30, 30, 30]


@pytest.mark.parametrize(
    "told",
    [
        [(NOW + 9 * HOUR, BILLING, 4, 40)],  # better than usual
        [(NOW + 9 * HOUR, BILLING, 10, 40)],  # chance
        [(NOW + 9 * HOUR, BILLING, 12, 15)],  # fewer than min_count
        [(NOW + 9 * HOUR, BILLING, 20, 40), (NOW + 9 * HOUR, BILLING, -18, 0)],  # taken back
    ],
    ids=["better", "chance", "few", "taken back"],
)
def test_what_does_not_fire(told: list[tuple[int, str, int, int]]) -> None:
    watch = watching()
    fill(watch, told)
    assert judge(watch, NOW + 10 * HOUR) == []


def test_without_enough_history_nothing_is_judged() -> None:
    watch = watching(told=[(NOW - 3 * DAY, BILLING, 18, 99)])
    fill(watch, [(NOW, BILLING, 40, 40)])
    assert judge(watch, NOW + 60) == []
    assert watch.signals == {}
    fill(watch, [(NOW - 3 * DAY, BILLING, 0, 1)])
    assert judge(watch, NOW + 61)
    assert watch.signals["all", ""].severity == 2


def test_only_panes_of_hours_count() -> None:
    watch = watching()
    for width in (10, 300):
        watch.add((width, NOW + 9 * HOUR, BILLING), cells(40, 40))
    assert judge(watch, NOW + 10 * HOUR) == []


def test_an_alert_resolves_when_the_share_is_back_and_what_was_before_counts_no_more() -> None:
    watch = watching()
    fill(watch, [(NOW + 9 * HOUR, BILLING, 26, 40)])
    fired = {alert.alert for alert in judge(watch, NOW + 9 * HOUR + 1800)}
    fill(watch, [(NOW + 10 * HOUR, BILLING, 40, 200)])
    assert judge(watch, NOW + 10 * HOUR + 1000, complete=NOW + 9 * HOUR) == []  # nobody knows yet
    over = judge(watch, NOW + 10 * HOUR + 1900)
    assert {(alert.alert, alert.status) for alert in over} == {(key, "resolved") for key in fired}
    assert all((alert.abandoned, alert.count) == (26, 40) for alert in over)
    assert judge(watch, NOW + 10 * HOUR + 1901) == []
    assert watch.signals.get(("all", "")) is None or watch.signals["all", ""].severity == 0
    fill(watch, [(NOW + 12 * HOUR, BILLING, 26, 40)])
    assert {alert.alert for alert in judge(watch, NOW + 12 * HOUR + 60)}.isdisjoint(fired)


def test_an_alert_is_over_when_nobody_came_for_the_look_back_and_when_it_has_become_usual() -> None:
    watch = watching()
    fill(watch, [(NOW, BILLING, 26, 40)])
    assert len(judge(watch, NOW + 60)) == 3
    assert [alert.status for alert in judge(watch, NOW + HOUR + DAY)] == ["resolved"] * 3
    steady = watching()
    fill(steady, [(NOW, BILLING, 26, 40)])
    judge(steady, NOW + 60)
    for day in range(15):
        fill(steady, [(NOW + day * DAY + 9 * HOUR, BILLING, 26, 40)])
        found = judge(steady, NOW + day * DAY + 10 * HOUR)
        assert ("resolved" in {alert.status for alert in found}) == (day == 14)


def test_its_numbers_go_on_and_its_severity_only_rises() -> None:
    watch = watching()
    fill(watch, [(NOW + 9 * HOUR, BILLING, 44, 80)])
    assert {alert.severity for alert in judge(watch, NOW + 9 * HOUR + 60)} == {"warning"}
    fill(watch, [(NOW + 9 * HOUR, BILLING, 60, 60)])
    worse = judge(watch, NOW + 9 * HOUR + 61)
    assert {(alert.severity, alert.abandoned) for alert in worse} == {("critical", 104)}
    fill(watch, [(NOW + 9 * HOUR, BILLING, 10, 60)])
    assert judge(watch, NOW + 9 * HOUR + 62) == []
    assert {alert.severity for alert in judge(watch, NOW + 10 * HOUR + 62)} == {"critical"}


def test_whoever_takes_over_goes_on_with_the_alert_of_its_row() -> None:
    first = watching()
    fill(first, [(NOW + 9 * HOUR, BILLING, 26, 40)])
    rows = [alert_row(alert) for alert in judge(first, NOW + 9 * HOUR + 60)]
    assert {row["ratio"] for row in rows} == {"csat_drop"}
    heir = watching()
    for row in rows:
        heir.restore(parse_alert_row(row))
    fill(heir, [(NOW + 9 * HOUR, BILLING, 26, 40)])
    assert judge(heir, NOW + 9 * HOUR + 70) == []
    assert heir.signals == first.signals


def test_alerts_of_groups_or_definitions_that_are_not_watched_any_more_resolve() -> None:
    first = watching()
    fill(first, [(NOW + 9 * HOUR, BILLING, 26, 40)])
    alerts = judge(first, NOW + 9 * HOUR + 60)
    heir = watching(replace(RULE, group_bys=("all",)))
    other = watching(replace(RULE, definition="csat_good_bad@2"))
    for alert in alerts:
        heir.restore(alert)
        other.restore(alert)
    assert {(one.by, one.status) for one in judge(heir, NOW + 9 * HOUR + 70)} == {
        ("channel", "resolved"),
        ("team", "resolved"),
    }
    assert {one.status for one in judge(other, NOW + 9 * HOUR + 70)} == {"resolved"}


def test_resolved_alerts_are_forgotten_in_time_and_evidence_stays() -> None:
    watch = watching()
    fill(watch, [(NOW, BILLING, 26, 40)])
    (key, *_) = [alert.alert for alert in judge(watch, NOW + 60)]
    told = watch.note_evidence(key, ("T-1",))
    assert told is not None
    assert told.evidence == ("T-1",)
    assert watch.note_evidence("another", ("T-1",)) is None
    over = NOW + HOUR + DAY
    assert {alert.alert: alert.evidence for alert in judge(watch, over)}[key] == ("T-1",)
    assert watch.expire((over + 30 * DAY) * 1_000_000) == []
    assert key in watch.expire((over + 30 * DAY + 1) * 1_000_000)
    assert watch.alerts == {}


def counts_of(days: list[tuple[int, int]]) -> GroupCounts:
    counts = GroupCounts()
    for day, (bad, count) in enumerate(days):
        counts.add(HOUR, NOW - (len(days) + 1 - day) * DAY, bad, count)
    return counts


def test_what_is_usual_is_the_share_before_the_look_back_and_what_it_leaves_open() -> None:
    steady = usual_share(counts_of([(20, 100)] * 14), NOW, DAY, None)
    assert (steady.seen, steady.count) == (0.2, 1400)
    assert steady.a_day == pytest.approx(100, rel=0.1)
    assert steady.dispersion == 1.0
    assert 0.2 < steady.ratio < 0.23
    few = usual_share(counts_of([(4, 20)] * 5), NOW, DAY, 0.1)
    assert few.ratio > 0.2
    assert usual_share(counts_of([(20, 100)] * 14), NOW, DAY, None, [(0, NOW)]).count == 0
    uneven = usual_share(counts_of([(5, 100), (35, 100)] * 7), NOW, DAY, None)
    assert uneven.dispersion > 5
    assert uneven.ratio > steady.ratio
    nothing = usual_share(GroupCounts(), NOW, DAY, None)
    assert (nothing.seen, nothing.count) == (None, 0)
