"""One input for all quick fault tests, and what it leads to when nothing happens."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.faults.proof import Outcome, contact_events, plan, run

EVENTS = 12_000


@pytest.fixture(scope="session")
def lines() -> list[bytes]:
    """The input: a contact centre with duplicates, late and bad events."""
    return contact_events(EVENTS, seed=11)


@pytest.fixture(scope="session")
def undisturbed(broker: EmbeddedKafka, lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One worker, no faults."""
    folder: Path = tmp_path_factory.mktemp("undisturbed")
    return run(plan(broker.bootstrap_servers, "undisturbed"), lines, folder)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What the random faults depend on: `--seed`, or a new one."""
    given: int | None = request.config.getoption("seed")
    return secrets.randbelow(1_000_000) if given is None else given
