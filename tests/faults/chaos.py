"""Chaos: workers killed, ended and paused at random for a while, then the proof that nothing of it can be seen.

``python -m tests.faults.chaos --seed 7 --seconds 100`` on a broker of its own. The same seed hits the same workers
with the same things in the same order; when exactly, no seed can say.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from stream.replay.compare import number_of
from stream.settings import Settings
from tests.faults.content import last_values, read_all
from tests.faults.fleet import Fleet
from tests.faults.proof import (
    Outcome,
    Rows,
    assert_each_change_once,
    assert_revisions_complete,
    assert_same,
    contact_events,
    differences,
    plan,
    run,
)
from tests.faults.sender import send_paced

EVENTS_PER_SECOND = 700
LEAST_KILLS = 20
WORKERS = 3
NO_COMPACTION = {"log.cleaner.enable": "false"}
"""Every record ever published stays, so that all revisions can be looked at."""


class Chaos:
    """Disturbs a fleet until the time is over and enough workers have been killed."""

    def __init__(self, seed: int, seconds: float, kills: int) -> None:
        self.did: Counter[str] = Counter()
        self._dice = random.Random(seed)
        self._seconds = seconds
        self._kills = kills
        self._paused: dict[int, float] = {}

    def __call__(self, fleet: Fleet) -> None:
        """For `tests.faults.proof.run`."""
        fleet.settle()
        end = time.monotonic() + self._seconds
        while time.monotonic() < end or self.did["killed"] < self._kills:
            self._pause_between(fleet, self._dice.uniform(0.2, 3))
            self._strike(fleet, self._dice.randrange(WORKERS), self._dice.random(), self._dice.uniform(1, 10))
            fleet.check()
        self._wake(fleet, float("inf"))
        fleet.settle()

    def _pause_between(self, fleet: Fleet, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            self._wake(fleet, now)
            time.sleep(0.05)

    def _wake(self, fleet: Fleet, now: float) -> None:
        for index, until in list(self._paused.items()):
            if until <= now:
                del self._paused[index]
                fleet.hit(index, signal.SIGCONT)

    def _strike(self, fleet: Fleet, index: int, die: float, pause: float) -> None:
        if index in self._paused:
            return
        if die < 0.5:
            self.did["killed"] += fleet.hit(index, signal.SIGKILL)
        elif die < 0.75:
            ending = fleet.processes[index]
            if fleet.hit(index, signal.SIGTERM):
                self.did["ended"] += 1
                fleet.wait_until(lambda: ending.poll() is not None, "end after SIGTERM")
        elif fleet.hit(index, signal.SIGSTOP):
            self.did["paused"] += 1
            self._paused[index] = time.monotonic() + pause


def chaos(broker: EmbeddedKafka, seed: int, seconds: float, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Run it; AssertionError when anything differs. ``broker`` must not compact: see `NO_COMPACTION`."""
    name = f"chaos-{secrets.token_hex(3)}"
    say(f"chaos with seed {seed} for {seconds:g} s")
    lines = contact_events(round(seconds * EVENTS_PER_SECOND), seed)
    undisturbed = run(plan(broker.bootstrap_servers, f"{name}-undisturbed"), lines, folder / "undisturbed")
    disturbed = plan(broker.bootstrap_servers, name)
    disturb = Chaos(seed, seconds, LEAST_KILLS)
    outcome = run(
        disturbed,
        lines,
        folder / "disturbed",
        workers=WORKERS,
        disturb=disturb,
        send=lambda plan, lines, calm: asyncio.run(send_paced(plan.settings, lines, EVENTS_PER_SECOND, calm)),
    )
    ends = ", ".join(f"{count} with {code}" for code, count in sorted(outcome.ends.items()))
    say(f"{outcome.sent} events, {dict(disturb.did)}; workers ended: {ends}")
    assert_same(outcome, undisturbed)
    metrics = asyncio.run(read_all(disturbed.settings, "metrics"))
    assert_revisions_complete(metrics)
    assert_each_change_once(asyncio.run(read_all(disturbed.settings, "facts")))
    say(f"the same rows; {len(metrics)} metric rows published, each revision once")
    left = uncommitted_differences(disturbed.settings, outcome)
    say(f"rows another than a committed reader is left with who does not read committed: {left}")
    return outcome


def uncommitted_differences(settings: Settings, outcome: Outcome) -> dict[str, int]:
    """How many keys a `read_uncommitted` reader is left with another value of."""
    metrics, facts = [
        last_values(asyncio.run(read_all(settings, logical, "read_uncommitted"))) for logical in ("metrics", "facts")
    ]
    seen: dict[str, Rows] = {
        "metrics": {key: number_of(row) for (_, key), row in metrics.items()},
        "facts": {key: row for (_, key), row in facts.items()},
    }
    return {kind: len(differences(rows, outcome.rows[kind])) for kind, rows in seen.items()}


def main() -> None:
    """Run one chaos, as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description="Random faults, then the proof.")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="default: a random one")
    parser.add_argument("--seconds", type=float, default=100, help="how long to disturb (default: 100)")
    parser.add_argument("--keep", type=Path, help="folder for all logs (default: a temporary one)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        try:
            with EmbeddedKafka(folder / "kafka", extra_settings=NO_COMPACTION) as broker:
                chaos(broker, given.seed, given.seconds, folder, lambda text: print(text, flush=True))
        except AssertionError as error:
            print("\n".join([f"failed with seed {given.seed}: {error}", *getattr(error, "__notes__", [])]))
            sys.exit(1)


if __name__ == "__main__":
    main()
