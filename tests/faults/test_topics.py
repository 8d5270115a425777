"""The derived topics after trouble, record by record, as the two kinds of readers see them."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from stream.broker.embedded import EmbeddedKafka
from stream.settings import Settings
from tests.faults.content import Entry, last_values, read_all
from tests.faults.fleet import Fleet
from tests.faults.proof import Outcome, assert_each_change_once, assert_revisions_complete, assert_same, plan, run
from tests.faults.sender import paced


def test_every_published_change_is_there_once(
    broker: EmbeddedKafka, namespace: str, lines: list[bytes], undisturbed: Outcome, tmp_path: Path
) -> None:
    dice = random.Random(5)

    def kill(fleet: Fleet) -> None:
        for _ in range(2):
            owner = fleet.rollup_owner()
            time.sleep(dice.uniform(0.5, 1.5))
            fleet.kill(owner)
        fleet.settle()

    here = plan(broker.bootstrap_servers, namespace)
    outcome = run(here, lines, tmp_path, workers=2, disturb=kill, send=paced)
    assert_same(outcome, undisturbed)
    metrics, facts = (asyncio.run(read_all(here.settings, logical)) for logical in ("metrics", "facts"))
    assert_revisions_complete(metrics)
    assert_each_change_once(facts)
    _assert_the_uncommitted_view_differs_by_aborted_rows_only(here.settings, "metrics", metrics)
    _assert_the_uncommitted_view_differs_by_aborted_rows_only(here.settings, "facts", facts)


def _assert_the_uncommitted_view_differs_by_aborted_rows_only(
    settings: Settings, logical: str, committed: Sequence[Entry]
) -> None:
    """A reader that does not read committed has the same last values, but for keys that an aborted row touched."""
    seen = asyncio.run(read_all(settings, logical, "read_uncommitted"))
    aborted = Counter(seen) - Counter(committed)
    assert not Counter(committed) - Counter(seen)
    touched = {(entry.partition, entry.key) for entry in aborted}
    final, view = last_values(committed), last_values(seen)
    assert {key: row for key, row in view.items() if key not in touched} == {
        key: row for key, row in final.items() if key not in touched
    }
