"""How soon, and how often in vain: the detector beside the plain rule at the same number of false alarms.

``python -m tests.bench.spikes.measure simulated`` or ``... measure anonymousbank_1999_08.csv.gz`` (calls of August
1999 in the layout that ``deskpulse convert anonymousbank`` reads). Prints a table.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median

from stream.domain.spikes.history import alerts_of_history
from stream.domain.spikes.rule import SpikeRule
from stream.domain.times import format_time_us
from tests.bench.spikes.contacts import Contact, real_contacts, simulated_contacts
from tests.bench.spikes.injected import Past, onsets, seconds_to_alert, with_spike
from tests.bench.spikes.plain_rule import PlainRule, alarms, shares, tuned

DAY = 86_400
RULE = SpikeRule(group_bys=("all",))
PLAIN = (PlainRule(300, 10, 60), PlainRule(900, 20, 60))
MONDAY = 1_767_571_200
HISTORY_DAYS = 14


def exchanged(contacts: Sequence[Contact], seed: int) -> list[Contact]:
    """Who gave up exchanged among the contacts of the same hour of all days: the same shares, and no spikes."""
    places: dict[int, list[int]] = defaultdict(list)
    for index, contact in enumerate(contacts):
        places[contact.time_us // 3_600_000_000 % 24].append(index)
    outcomes = [contact.abandoned for contact in contacts]
    random = Random(seed)
    for indices in places.values():
        mixed = [outcomes[index] for index in indices]
        random.shuffle(mixed)
        for index, outcome in zip(indices, mixed, strict=True):
            outcomes[index] = outcome
    return [contact._replace(abandoned=outcome) for contact, outcome in zip(contacts, outcomes, strict=True)]


def report(title: str, contacts: Sequence[Contact], first: int, hours: range, count: int = 100) -> None:
    """Measure on what ended from ``first`` on; what was before is history."""
    end = contacts[-1].time_us // 1_000_000
    days = (end - first) / DAY
    later = [contact for contact in contacts if contact.time_us >= first * 1_000_000]
    found = [alert for alert in alerts_of_history(RULE, contacts) if alert.fired_us >= first * 1_000_000]
    share = sum(contact.abandoned for contact in later) / len(later)
    print(f"\n{title}: {len(later)} contacts in {days:.1f} days, {share:.1%} gave up")
    print(f"  detector: {len(found)} alerts of all contacts together, {len(found) / days:.2f} a day")
    for alert in found:
        print(f"    {format_time_us(alert.onset_us)} {alert.abandoned} of {alert.count}, {alert.expected:.1%} expected")
    past = Past(contacts)
    rules = []
    for rule in PLAIN:
        series = shares(rule, contacts, first, end)
        rules.append(tuned(rule, series, len(found)))
        print(f"  plain {rule.window_seconds // 60}m rule with as many: above {rules[-1].share:.1%}")
    moments = onsets(past, first, end, count, seed=5, hours=hours)
    for multiple in (2, 3, 5, 10):
        delays: dict[str, list[int | None]] = defaultdict(list)
        for onset in moments:
            changed = with_spike(past, onset, multiple, Random(onset))
            delays["detector"].append(seconds_to_alert(past.watch(RULE, onset), changed, onset))
            for rule in rules:
                series = shares(rule, changed, onset - 600, onset + 1800)
                fired = [when for when in alarms(rule, series) if when >= onset]
                delays[f"plain {rule.window_seconds // 60}m"].append(fired[0] - onset if fired else None)
        for name, found_delays in delays.items():
            print(f"  x{multiple} {name:10} {_summary(found_delays)}")


def _summary(delays: Sequence[int | None]) -> str:
    seen = [delay for delay in delays if delay is not None]
    middle = median(delay if delay is not None else 10**9 for delay in delays)
    of_all = f"{middle:.0f} s" if middle < 10**9 else "over 30 min"
    return f"found within 30 min: {len(seen) / len(delays):4.0%}   median of all: {of_all}"


def main() -> None:
    """Measure on what the first argument names."""
    if sys.argv[1] == "simulated":
        for rate in (5.0, 60.0):
            days = 35 if rate < 10 else 22
            contacts = simulated_contacts(1, MONDAY * 1_000_000, (MONDAY + days * DAY) * 1_000_000, rate)
            report(f"simulated, {rate:g} contacts a minute", contacts, MONDAY + HISTORY_DAYS * DAY, range(8, 18))
        return
    contacts = real_contacts(Path(sys.argv[1]))
    first = contacts[0].time_us // 1_000_000 // DAY * DAY + HISTORY_DAYS * DAY
    report("August 1999 as it was", contacts, first, range(6, 19))
    report("August 1999, outcomes exchanged within the hour", exchanged(contacts, 3), first, range(6, 19))
    many = range(10)
    alone = SpikeRule(group_bys=("all", "channel", "team"))
    found = [
        alert
        for seed in many
        for alert in alerts_of_history(alone, exchanged(contacts, seed))
        if alert.fired_us >= first * 1_000_000
    ]
    seen = (contacts[-1].time_us // 1_000_000 - first) / DAY * len(many)
    print(
        f"\nAugust 1999, exchanged {len(many)} times, groups all, channel, team: {len(found)} alerts in {seen:.0f} days"
    )


if __name__ == "__main__":
    main()
