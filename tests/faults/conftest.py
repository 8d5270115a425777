"""One input for all quick fault tests, and what it leads to when nothing happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.proof import Outcome, contact_events, plan, run

EVENTS = 20_000


@pytest.fixture(scope="session")
def lines() -> list[bytes]:
    """The input: a contact centre with duplicates, late and bad events."""
    return contact_events(EVENTS, seed=11)


@pytest.fixture(scope="session")
def undisturbed(broker: EmbeddedKafka, lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One worker, no faults."""
    folder: Path = tmp_path_factory.mktemp("undisturbed")
    return run(plan(broker.bootstrap_servers, "undisturbed"), lines, folder)
