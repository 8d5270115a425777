"""The proof: whatever happens to the workers, the derived rows end up as those of an undisturbed replay."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import orjson

from stream.edge.topics import ensure_topics
from stream.replay.compare import number_of
from stream.replay.plan import Plan, Wanted, plan_replay
from stream.replay.results import final_content
from stream.replay.send import Place, send_lines
from stream.replay.waiting import Target, require_complete, wait_until_counted
from stream.simulate.centre import contact_centre
from tests.faults.fleet import Fleet

START_US = 1_767_225_600_000_000
QUICK_GROUP = {
    # A dead worker is noticed, and its transactions let go, within seconds: tests are short.
    "DESKPULSE_KAFKA__SESSION_TIMEOUT_SECONDS": "6",
    "DESKPULSE_KAFKA__REBALANCE_TIMEOUT_SECONDS": "6",
}

Rows = Mapping[bytes, bytes]


@dataclass(frozen=True)
class Outcome:
    """Final derived rows (metrics without revision and watermark), and what became of the events."""

    metrics: Rows
    facts: Rows
    tally: Mapping[str, int]
    sent: int
    ends: Mapping[int, int]


def contact_events(count: int, seed: int, duplicates: float = 0.1, late: float = 0.1) -> list[bytes]:
    """``count`` lines of a simulated contact centre, some twice, some late, tickets and surveys mixed."""
    dice = random.Random(seed)
    lines = [orjson.dumps(item.event) for item in islice(contact_centre(seed, START_US, 60.0), count)]
    lines += dice.sample(lines, round(count * duplicates))
    places = [(index + (dice.uniform(0, 3000) if dice.random() < late else 0), index) for index in range(len(lines))]
    # Duplicates lie at the end of the list: spread them over the whole input.
    for index in range(count, len(lines)):
        places[index] = (dice.uniform(0, count), index)
    return [lines[index] for _, index in sorted(places)]


def plan(broker: str, name: str, extra: Mapping[str, str] | None = None) -> Plan:
    """Settings of a replay on ``broker`` with topics and group of its own."""
    return plan_replay({**QUICK_GROUP, **(extra or {})}, None, Wanted(name, broker, embedded=False, partitions=4))


def run(
    plan: Plan,
    lines: Sequence[bytes],
    folder: Path,
    *,
    workers: int = 1,
    disturb: Callable[[Fleet], None] | None = None,
    events_per_second: float = 0,
    first: Mapping[int, list[str]] | None = None,
    stall_seconds: float = 90,
) -> Outcome:
    """Send ``lines`` while ``disturb`` does its worst to the fleet, then wait until all is counted."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = plan.settings
    asyncio.run(ensure_topics(settings, create=True)).require_usable()
    with Fleet(workers, plan.environ, folder, first) as fleet:
        disturber = threading.Thread(target=disturb, args=(fleet,), daemon=True) if disturb else None
        if disturber:
            disturber.start()
        sent = _send(plan, lines, events_per_second)
        if disturber:
            disturber.join()
        names = settings.topic_names
        target = Target({name: names[name] for name in ("tickets", "surveys")}, sent)
        try:
            progress = asyncio.run(
                wait_until_counted(settings, target, fleet.check, lambda _: None, stall_seconds=stall_seconds)
            )
        except BaseException as error:
            error.add_note(fleet.log_tail())
            raise
        require_complete(sum(sent.values()), progress.tally)
        metrics, facts = _final_rows(plan)
        return Outcome(metrics, facts, progress.tally, sum(sent.values()), dict(fleet.ends))


def _send(plan: Plan, lines: Sequence[bytes], events_per_second: float) -> dict[Place, int]:
    chunk = max(200, round(events_per_second / 4)) if events_per_second else len(lines)
    total: dict[Place, int] = {}
    began = time.monotonic()
    for first in range(0, len(lines), chunk):
        for place, count in asyncio.run(send_lines(plan.settings, lines[first : first + chunk], lambda _: None)).items():
            total[place] = total.get(place, 0) + count
        if events_per_second:
            time.sleep(max(0.0, began + (first + chunk) / events_per_second - time.monotonic()))
    return total


def _final_rows(plan: Plan) -> tuple[Rows, Rows]:
    metrics = asyncio.run(final_content(plan.settings, "metrics"))
    facts = asyncio.run(final_content(plan.settings, "facts"))
    return {key: number_of(row) for key, row in metrics.items()}, facts


def differences(one: Rows, other: Rows) -> list[str]:
    """A line for each key whose rows differ."""
    keys = sorted(one.keys() | other.keys())
    return [f"{key.decode()}: {one.get(key)!r} / {other.get(key)!r}" for key in keys if one.get(key) != other.get(key)]


def assert_same(disturbed: Outcome, undisturbed: Outcome) -> None:
    """Derived rows are equal to the last byte, and every event was counted exactly once."""
    assert differences(disturbed.metrics, undisturbed.metrics)[:5] == []
    assert differences(disturbed.facts, undisturbed.facts)[:5] == []
    assert {k: v for k, v in disturbed.tally.items() if v} == {k: v for k, v in undisturbed.tally.items() if v}
