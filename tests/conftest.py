"""What all tests share: the one embedded Apache Kafka of the run, and a name of its own for each test."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from stream.broker.embedded import EmbeddedKafka


# On a busy machine an example may take any time, and so may finding one.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the long fault tests and of the end-to-end tests."""
    parser.addoption("--long", action="store_true", help="also run the tests that take minutes (make test-faults)")
    parser.addoption("--e2e", action="store_true", help="also run the end-to-end tests (make e2e)")
    parser.addoption("--seed", type=int, default=None, help="seed of the random faults (default: a random one)")


def pytest_configure() -> None:
    """Let the tests' programs hear an interrupt: a shell's background job ignores it, and so would all it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long and end-to-end tests out unless asked for; mark all that use a broker, for `-m "not broker"`."""
    for kind in ("long", "e2e"):
        if not config.getoption(kind):
            config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker(kind)])
            items[:] = [item for item in items if not item.get_closest_marker(kind)]
    for item in items:
        if "broker" in getattr(item, "fixturenames", ()):
            item.add_marker("broker")


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedKafka]:
    """The run's Apache Kafka, started when the first test asks for it. Never kill or stop this one: start your own."""
    from stream.broker.embedded import EmbeddedKafka

    with EmbeddedKafka(start_within_seconds=PATIENCE_SECONDS) as running:
        yield running


@pytest.fixture(autouse=True)
def _patient_with_the_broker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is a broker it answers, however late: what a test asks of it waits longer than an operator would."""
    if "broker" in request.fixturenames:
        from stream.edge.kafka import connection, topics

        for asking in (connection, topics):
            monkeypatch.setattr(asking, "ANSWER_WITHIN_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def namespace() -> str:
    """A short id that no other test has, for the topics, groups and application ids on the shared broker."""
    return f"t{secrets.token_hex(4)}"
