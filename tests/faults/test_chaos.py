"""The long chaos run: three workers, ten minutes of random faults. `--seed` repeats one."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.chaos import LEAST_KILLS, NO_COMPACTION, chaos

pytestmark = pytest.mark.long

SECONDS = 600


def test_ten_minutes_of_random_faults(seed: int, tmp_path: Path) -> None:
    with EmbeddedKafka(extra_settings=NO_COMPACTION) as broker:
        outcome = chaos(broker, seed, SECONDS, tmp_path, print)
    assert outcome.ends[-signal.SIGKILL] >= LEAST_KILLS
