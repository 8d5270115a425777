"""Settings that change what is counted, worker by worker, with kills: as if they had been these all along."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.topics import ensure_topics
from stream.errors import ConfigError
from stream.replay.plan import Plan, Wanted, plan_replay
from stream.replay.send import Place
from tests.faults.fleet import MENDABLE, Fleet
from tests.faults.proof import (
    QUICK_GROUP,
    Outcome,
    assert_same,
    at_once,
    contact_events,
    final_rows,
    run,
    wait_counted,
)

OLD = """
[windows]
rolling = "1h,24h"
[metrics.handle_time]
enabled = false
"""
NEW = """
[definitions]
answer_within_seconds = "30"
[windows]
rolling = "1h,2h,24h,7d"
[metrics.csat]
enabled = false
"""
WORKERS, PARTITIONS = 3, 4
LONG_EVENTS = 300_000


def planned(broker: EmbeddedKafka, name: str, config: Path, text: str) -> Plan:
    config.write_text(text)
    return plan_replay(QUICK_GROUP, config, Wanted(name, broker.bootstrap_servers, False, PARTITIONS))


def update(fleet: Fleet, config: Path, dice: random.Random) -> None:
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
            threading.Event().wait(dice.uniform(0, 2))
            fleet.hit(dice.choice([index, index, dice.randrange(WORKERS)]), signal.SIGKILL)
    fleet.settle()


def wait_held(fleet: Fleet, index: int) -> None:
    fleet.wait_until(lambda: fleet.held(index) is not None, "the worker in the group")


def across_an_update(old: Plan, new: Plan, lines: list[bytes], folder: Path, dice: random.Random) -> Outcome:
    """What is left of ``lines`` that were sent before, during and after an update from ``old`` to ``new``."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(ensure_topics(new.settings, create=True)).require_usable()
    assert old.config_file is not None
    assert new.config_file is not None
    thirds = [lines[part::3] for part in range(3)]
    sent: Counter[Place] = Counter()
    # A worker of old settings that is given a shard of the new ones ends with 2; so it does when it is started again.
    with Fleet(0, new.environ, folder, mendable=MENDABLE | {ConfigError.exit_code}) as fleet:
        for index in range(WORKERS):
            fleet.config_of[index] = old.config_file
            fleet.start(index)
        sent.update(at_once(old, thirds[0]))
        wait_counted(old, sent, fleet.check)
        fleet.settle()
        with ThreadPoolExecutor() as pool:
            meanwhile = pool.submit(at_once, new, thirds[1])
            update(fleet, new.config_file, dice)
            sent.update(meanwhile.result())
        # Once these are counted, everything is counted by workers of the new settings.
        sent.update(at_once(new, thirds[2]))
        tally = wait_counted(new, sent, fleet.check)
        assert "booked anew from" in fleet.log_tail(1 << 24)
        return Outcome(asyncio.run(final_rows(new)), tally, sent.total(), dict(fleet.ends))


def check(broker: EmbeddedKafka, namespace: str, folder: Path, lines: list[bytes], seed: int) -> None:
    old = planned(broker, namespace, folder / "old.toml", OLD)
    new = planned(broker, namespace, folder / "new.toml", NEW)
    fresh = planned(broker, f"{namespace}-fresh", folder / "fresh.toml", NEW)
    outcome = across_an_update(old, new, lines, folder / "updated", random.Random(seed))
    expected = run(fresh, lines, folder / "fresh")
    # The lines lie in the topics in another order: so do the bad ones, and what counts as late.
    assert_same(outcome, expected, frozenset({"dead_letters", "late", "too_late_for_windows"}))


def test_settings_change_worker_by_worker_while_workers_are_killed(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, seed: int
) -> None:
    check(broker, namespace, tmp_path, contact_events(6000, seed=5), seed)


@pytest.mark.long
def test_the_same_with_a_hundred_thousand_tickets(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, seed: int
) -> None:
    lines = contact_events(LONG_EVENTS, seed=6)
    assert len({orjson.loads(line).get("subject") for line in lines if line.startswith(b'{"')}) > 50_000
    check(broker, namespace, tmp_path, lines, seed)
