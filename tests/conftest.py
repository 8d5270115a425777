"""What all tests share: the one embedded Apache Kafka of the run, and a name of its own for each test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stream.broker.embedded import EmbeddedKafka


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses the broker, so that `-m "not broker"` leaves the quick ones."""
    for item in items:
        if "broker" in getattr(item, "fixturenames", ()):
            item.add_marker("broker")


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedKafka]:
    """The run's Apache Kafka, started when the first test asks for it. Never kill or stop this one: start your own."""
    from stream.broker.embedded import EmbeddedKafka

    with EmbeddedKafka() as running:
        yield running


@pytest.fixture
def namespace() -> str:
    """A short id that no other test has, for the topics, groups and application ids on the shared broker."""
    return f"t{secrets.token_hex(4)}"
