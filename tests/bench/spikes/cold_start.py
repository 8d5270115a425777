"""False alarms from a cold start: nothing is known, nothing happens, and all groups of the default are watched.

``python -m tests.bench.spikes.cold_start simulated 60 day 7 1 2 3``: of the simulator, 60 contacts a minute, following
the hours of the day (``wave``: the demo's level traffic), 7 days, seeds 1, 2 and 3. ``poisson`` in place of
``simulated``: independent contacts. Prints each alert, how many there were by severity, and the rate that is stated.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final, cast

from stream.domain.segments import segment_of
from stream.domain.spikes.alert import Alert
from stream.domain.spikes.history import alerts_of_history
from stream.domain.spikes.rule import SpikeRule
from stream.domain.times import format_time_us
from stream.simulate.arrivals import Curve, Demand
from stream.simulate.centre import CHANNELS, TEAMS
from tests.bench.spikes.contacts import Contact, simulated_contacts

DAY_US: Final = 86_400_000_000
MONDAY_US: Final = 1_767_571_200_000_000
HOURS_BETWEEN_STARTS: Final = 5
"""Each seed starts at another hour: a desk may be switched on at any."""
LIVE_CHANNELS: Final = ("phone", "chat")
USUAL_RATIOS: Final = (0.03, 0.05, 0.08)
"""Of the independent contacts: at night, by day, in the two peaks."""


def start_us(seed: int) -> int:
    """When the cold start of a seed is."""
    return MONDAY_US + seed * HOURS_BETWEEN_STARTS * 3_600_000_000


def independent_contacts(seed: int, first_us: int, end_us: int, rate: float, curve: Curve = "day") -> list[Contact]:
    """Poisson arrivals of which each gives up by itself, with the probability of its hour."""
    random = Random(seed)
    found: list[Contact] = []
    channels = [CHANNELS[name] for name in LIVE_CHANNELS]
    # Only what waits on the line counts: as many of those as the simulator has at this rate.
    for time_us in Demand(rate * sum(channels), curve).arrivals(random, first_us):
        if time_us >= end_us:
            return found
        hour = time_us % DAY_US // 3_600_000_000
        usual = USUAL_RATIOS[0 if hour < 7 or hour > 19 else 2 if hour in (10, 14) else 1]
        channel = random.choices(LIVE_CHANNELS, channels)[0]
        team = random.choices(list(TEAMS), list(TEAMS.values()))[0]
        found.append(Contact(time_us, segment_of(channel, team, "normal"), random.random() < usual))
    return found


def quiet_contacts(kind: str, seed: int, days: float, rate: float, curve: Curve) -> list[Contact]:
    """Contacts of so many days in which nothing happens."""
    first_us = start_us(seed)
    end_us = first_us + round(days * DAY_US)
    if kind == "poisson":
        return independent_contacts(seed, first_us, end_us, rate, curve)
    return simulated_contacts(seed, first_us, end_us, rate, curve=curve)


def report(kind: str, rate: float, curve: Curve, days: float, seeds: Sequence[int]) -> None:
    """Print what the detector found, all of it in vain."""
    rule, alerts = SpikeRule(), list[Alert]()
    for seed in seeds:
        contacts = quiet_contacts(kind, seed, days, rate, curve)
        found = alerts_of_history(rule, contacts)
        alerts += found
        share = sum(contact.abandoned for contact in contacts) / len(contacts)
        print(f"seed {seed}: {len(contacts)} contacts, {share:.1%} gave up, {len(found)} alerts", flush=True)
        for alert in found:
            hours = (alert.fired_us - start_us(seed)) / 3_600_000_000
            print(
                f"  after {hours:5.1f} h {format_time_us(alert.onset_us)} {alert.severity} {alert.by} {alert.segment} "
                f"{alert.abandoned} of {alert.count}, {alert.expected:.1%} expected, dispersion {alert.dispersion:.2f}"
            )
    total_days = days * len(seeds)
    by_severity = Counter(alert.severity for alert in alerts)
    stated = 1 / rule.days_between_false_alarms
    print(
        f"{kind}, {rate:g} a minute, {curve}: {len(alerts)} alerts ({by_severity['critical']} critical) in "
        f"{total_days:g} days, {len(alerts) / total_days:.2f} a day (stated: at most {stated:.2f})"
    )


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("simulated", "poisson"))
    parser.add_argument("rate", type=float)
    parser.add_argument("curve", choices=("day", "wave"))
    parser.add_argument("days", type=float)
    parser.add_argument("seeds", type=int, nargs="+")
    given = parser.parse_args()
    report(given.kind, given.rate, cast(Curve, given.curve), given.days, given.seeds)


if __name__ == "__main__":
    main()
