"""How often a watched ratio alarms in vain, and how soon not: answers by the day, as surveys bring them.

``python -m tests.bench.spikes.ratio [DAYS] [SEED ...]``; without them 200 days and the seeds 1 to 4. Prints two tables.
Answers come at the hours of a working day, fewer at weekends, in four teams of different size; a fifth of them is bad.
How bad a day is varies beside chance (beta-distributed with that share, by day and team) or not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from random import Random
from statistics import median
from typing import Final, TypeAlias

from stream.domain.cells import Cell
from stream.domain.segments import segment_of
from stream.domain.spikes.alert import Alert
from stream.domain.spikes.ratio_rule import RatioRule
from stream.domain.spikes.ratio_watch import RatioWatch

DAY, HOUR = 86_400, 3600
MONDAY: Final = 1_767_571_200
BAD: Final = 0.2
TEAMS: Final = {"billing": 0.4, "technical": 0.3, "returns": 0.2, "vip": 0.1}
HOURS: Final = range(7, 19)
WEEKDAY: Final = (1.2, 1.1, 1.0, 1.0, 1.0, 0.4, 0.3)
VOLUMES: Final = (20, 100, 500)
SPREADS: Final = (0.0, 0.04)
"""Standard deviation of a day's own share."""
HISTORY_DAYS: Final = 21
Hour: TypeAlias = tuple[int, dict[str, tuple[int, int]]]
"""When it begins, and of each team how many answers were bad, of how many."""
RULE: Final = RatioRule("csat_drop", "csat_top_two_box@2", ("good",), ("answers",), is_lower_bad=True)


def hours(days: int, a_day: float, spread: float, seed: int, worse: tuple[int, float] = (10**9, 1.0)) -> Iterator[Hour]:
    """Answers hour by hour; from ``worse[0]`` (seconds) on the share of bad ones is ``worse[1]`` times what it was."""
    random = Random(seed)
    for day in range(days):
        shares = {}
        for team in TEAMS:
            size = BAD * (1 - BAD) / spread**2 - 1 if spread else 0.0
            shares[team] = random.betavariate(BAD * size, (1 - BAD) * size) if spread else BAD
        for hour in range(24):
            start = MONDAY + day * DAY + hour * HOUR
            found = {}
            for team, part in TEAMS.items() if hour in HOURS else ():
                count = _poisson(random, a_day * WEEKDAY[day % 7] * part / len(HOURS))
                share = min(1.0, shares[team] * (worse[1] if start >= worse[0] else 1.0))
                found[team] = (sum(random.random() < share for _ in range(count)), count)
            yield start, found


def _poisson(random: Random, mean: float) -> int:
    count, waited = 0, random.expovariate(1.0)
    while waited < mean:
        count += 1
        waited += random.expovariate(1.0)
    return count


def alerts_of(told: Iterator[Hour]) -> list[Alert]:
    """All that fire, as they are given out."""
    watch = RatioWatch(RULE)
    found: list[Alert] = []
    for start, teams in told:
        for team, (bad, count) in teams.items():
            if count:
                segment = segment_of("email", team, "")
                watch.add((HOUR, start, segment), {"good": Cell(count - bad, 0), "answers": Cell(count, 0)})
        # Nights bring nothing, and what is history is not judged.
        if start >= MONDAY + HISTORY_DAYS * DAY and (teams or start % DAY == 0):
            for _ in watch.judge((start + HOUR - 1) * 1_000_000, None, found):
                pass
    return found


def false_alarms(days: int, a_day: float, spread: float, seeds: Sequence[int]) -> tuple[int, int]:
    """Alerts and days where nothing is worse than usual, after three weeks of history."""
    total = 0
    for seed in seeds:
        total += len({alert.alert for alert in alerts_of(hours(days + HISTORY_DAYS, a_day, spread, seed))})
    return total, days * len(seeds)


def hours_to_alert(a_day: float, spread: float, multiple: float, trials: int) -> list[float | None]:
    """From a Wednesday at 9 on: hours until there is an alert of all contacts; None: not within four days."""
    delays: list[float | None] = []
    onset = MONDAY + (HISTORY_DAYS + 2) * DAY + 9 * HOUR
    for seed in range(trials):
        told = hours(HISTORY_DAYS + 6, a_day, spread, 1000 + seed, (onset, multiple))
        fired = [
            alert.fired_us / 1e6 for alert in alerts_of(told) if alert.by == "all" and alert.fired_us / 1e6 > onset
        ]
        delays.append((min(fired) - onset) / HOUR if fired else None)
    return delays


def main() -> None:
    """Measure and print."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seeds = [int(text) for text in sys.argv[2:]] or [1, 2, 3, 4]
    print("| Answers a day | Days differ by | Alerts | A month | Stated at most |\n| --- | --- | --- | --- | --- |")
    for a_day in VOLUMES:
        for spread in SPREADS:
            alerts, seen = false_alarms(days, a_day, spread, seeds)
            stated = 30 / RULE.days_between_false_alarms
            print(f"| {a_day} | {spread:.0%} | {alerts} in {seen} days | {30 * alerts / seen:.2f} | {stated:.2f} |")
    print("\n| Answers a day | Share of bad becomes | Found within four days | Hours, in half of the cases |")
    print("| --- | --- | --- | --- |")
    for a_day in VOLUMES:
        for multiple in (1.5, 2.0, 3.0):
            delays = hours_to_alert(a_day, SPREADS[-1], multiple, 20)
            middle = median(delay if delay is not None else 1e9 for delay in delays)
            seen_share = sum(delay is not None for delay in delays) / len(delays)
            print(f"| {a_day} | {multiple:g} times | {seen_share:.0%} | {f'{middle:.0f}' if middle < 1e9 else '-'} |")


if __name__ == "__main__":
    main()
