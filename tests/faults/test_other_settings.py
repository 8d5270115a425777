"""Settings that change what is counted, worker by worker, with kills: as if they had been these all along.

`--long` tries it with a hundred thousand tickets in the state, and tells how long it took and what `/readyz` said.
"""

from __future__ import annotations

import asyncio
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.topics import ensure_topics
from stream.errors import ConfigError
from stream.replay.plan import Plan, Wanted, plan_replay
from stream.replay.send import Place
from stream.settings import load
from tests.faults.exported import HTTP
from tests.faults.fleet import MENDABLE, Fleet
from tests.faults.proof import (
    QUICK_GROUP,
    SESSION_SECONDS,
    Outcome,
    assert_same,
    at_once,
    contact_events,
    final_rows,
    run,
    wait_counted,
)
from tests.faults.readiness import READY, Readiness, said_by

OLD = """
[windows]
rolling = "1h,24h"
[metrics.handle_time]
enabled = false
"""
A_METRIC_CHANGED_ONE_MORE_ONE_LESS = """
[definitions]
answer_within_seconds = "30"
[windows]
rolling = "1h,2h,24h,7d"
[metrics.csat]
enabled = false
"""
AND_A_DIMENSION_MORE = 'dimensions = ["channel", "team", "priority", "brand"]\n' + A_METRIC_CHANGED_ONE_MORE_ONE_LESS
CHANGES = pytest.mark.parametrize(
    "new",
    [
        pytest.param(A_METRIC_CHANGED_ONE_MORE_ONE_LESS, id="metrics"),
        pytest.param(AND_A_DIMENSION_MORE, id="dimension"),
    ],
)
WORKERS, PARTITIONS = 3, 4
BRANDS = {"brand": ("acme", "zeta", "quill")}

_BOOKED_ANEW = re.compile(r"shard (\d+): booked anew from (\d+) tickets in ([0-9.]+) s")


Update = Callable[[Fleet], None]


class Size(NamedTuple):
    """``before``: of ten lines so many are sent before the update, half of the others during it, the rest after it.

    ``reach_seconds``: from when a worker has its shards until it is killed, at most. ``session_seconds``: until one
    that was killed is missed; on a busy machine workers with much to do are missed before they are dead.
    """

    events: int
    before: int
    reach_seconds: float
    session_seconds: int = SESSION_SECONDS


def planned(broker: EmbeddedKafka, name: str, config: Path, text: str, session_seconds: int) -> Plan:
    config.write_text(text)
    group = QUICK_GROUP | {
        "DESKPULSE_KAFKA__SESSION_TIMEOUT_SECONDS": str(session_seconds),
        "DESKPULSE_KAFKA__REBALANCE_TIMEOUT_SECONDS": str(2 * session_seconds),
    }
    plan = plan_replay(group, config, Wanted(name, broker.bootstrap_servers, False, PARTITIONS))
    environ = {**plan.environ, **HTTP}
    return Plan(load(environ, config).settings, environ, config)


def update(fleet: Fleet, config: Path, dice: random.Random, reach_seconds: float) -> None:
    """Give each worker the new settings, one after the other, and kill some on the way.

    Those that still have the old ones may be without work by then, as nobody waits until all is well again.
    """
    for index in dice.sample(range(WORKERS), WORKERS):
        fleet.retire(index, signal.SIGTERM)
        fleet.config_of[index] = config
        fleet.start(index)
        for _ in range(1 + dice.randrange(2)):
            wait_held(fleet, index)
            # Wherever it is by then: loading, booking anew, or done.
            threading.Event().wait(dice.uniform(0, reach_seconds))
            fleet.hit(dice.choice([index, index, dice.randrange(WORKERS)]), signal.SIGKILL)
    fleet.settle()


def wait_held(fleet: Fleet, index: int) -> None:
    fleet.wait_until(lambda: fleet.held(index) is not None, "the worker in the group")


def across_an_update(old: Plan, new: Plan, parts: list[list[bytes]], folder: Path, update: Update) -> Outcome:
    """What is left of lines of which ``parts`` were sent before, during and after an update from ``old`` to ``new``."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(ensure_topics(new.settings, create=True)).require_usable()
    assert old.config_file is not None
    assert new.config_file is not None
    before, during, after = parts
    sent: Counter[Place] = Counter()
    # A worker of old settings that is given a shard of the new ones ends with 2; so it does when it is started again.
    with Fleet(0, new.environ, folder, mendable=MENDABLE | {ConfigError.exit_code}) as fleet:
        for index in range(WORKERS):
            fleet.config_of[index] = old.config_file
            fleet.start(index)
        sent.update(at_once(old, before))
        wait_counted(old, sent, fleet.check)
        fleet.settle()
        with ThreadPoolExecutor() as pool, Readiness(fleet) as readiness:
            began = time.monotonic()
            meanwhile = pool.submit(at_once, new, during)
            update(fleet)
            fleet.wait_until(lambda: all(said_by(fleet, index) == [READY] for index in range(WORKERS)), "all ready")
            took_seconds = time.monotonic() - began
            sent.update(meanwhile.result())
        # Once these are counted, everything is counted by workers of the new settings.
        sent.update(at_once(new, after))
        tally = wait_counted(new, sent, fleet.check)
        logs = fleet.log_tail(1 << 24)
        assert "booked anew from" in logs
        print(f"\n{took_seconds:.1f} s from the first SIGTERM until all were ready; ends {dict(fleet.ends)}; /readyz:")
        print(readiness.told())
        for shard, tickets, seconds in _BOOKED_ANEW.findall(logs):
            speed = int(tickets) / max(float(seconds), 0.05)
            print(f"shard {shard}: {tickets} tickets in {seconds} s, {speed:.0f} tickets/s")
        return Outcome(asyncio.run(final_rows(new)), tally, sent.total(), dict(fleet.ends))


def check(broker: EmbeddedKafka, namespace: str, folder: Path, new_settings: str, size: Size, seed: int) -> Outcome:
    old = planned(broker, namespace, folder / "old.toml", OLD, size.session_seconds)
    new = planned(broker, namespace, folder / "new.toml", new_settings, size.session_seconds)
    fresh = planned(broker, f"{namespace}-fresh", folder / "fresh.toml", new_settings, size.session_seconds)
    lines = contact_events(size.events, seed=5, attributes=BRANDS)
    parts: list[list[bytes]] = [[], [], []]
    for number, line in enumerate(lines):
        parts[0 if number % 10 < size.before else 1 + number // 10 % 2].append(line)
    dice = random.Random(seed)
    outcome = across_an_update(
        old, new, parts, folder / "updated", lambda fleet: update(fleet, folder / "new.toml", dice, size.reach_seconds)
    )
    expected = run(fresh, lines, folder / "fresh")
    # The lines lie in the topics in another order: so do the bad ones, and what counts as late.
    assert_same(outcome, expected, frozenset({"dead_letters", "late", "too_late_for_windows"}))
    return outcome


@CHANGES
def test_settings_change_worker_by_worker_while_workers_are_killed(
    new: str, broker: EmbeddedKafka, namespace: str, tmp_path: Path, seed: int
) -> None:
    check(broker, namespace, tmp_path, new, Size(6000, before=4, reach_seconds=2), seed)


@pytest.mark.long
@CHANGES
def test_the_same_with_a_hundred_thousand_tickets(
    new: str, broker: EmbeddedKafka, namespace: str, tmp_path: Path, seed: int
) -> None:
    outcome = check(
        broker, namespace, tmp_path, new, Size(900_000, before=8, reach_seconds=15, session_seconds=30), seed
    )
    assert len(outcome.rows["tickets"]) >= 100_000
