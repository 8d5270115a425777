"""A spike in a real pipeline: published as it fires, and taken over by the next worker; one alert throughout."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.edge.kafka.loading import read_to, stable_end
from stream.settings import Settings
from tests.integration.running import RealWorker, environment, event, send, with_topics

pytestmark = pytest.mark.broker

NUMBERS = itertools.count()


def contact(seconds_ago: float, gave_up: bool) -> Iterator[dict[str, Any]]:
    """A call that waited 8 s and then was answered or gave up."""
    ticket = f"T-{next(NUMBERS)}"
    yield event(ticket, "ticket.created", seconds_ago + 8, channel="phone", team="billing")
    yield event(ticket, "ticket.queued", seconds_ago + 8)
    yield event(ticket, f"ticket.{'abandoned' if gave_up else 'answered'}", seconds_ago)


def usual() -> Iterator[dict[str, Any]]:
    """Two hours, up to five minutes ago, and those around the same time of three days before; one in twenty gave up."""
    for day in (3, 2, 1):
        for number in range(360):
            yield from contact(day * 86_400 + 3600 - number * 20, number % 20 == 0)
    for number in range(690):
        yield from contact(7200 - number * 10, number % 20 == 0)


def records(settings: Settings) -> list[tuple[str, dict[str, Any] | None]]:
    """Everything in the alerts topic, in order."""

    async def read() -> list[tuple[str, dict[str, Any] | None]]:
        topic = settings.topic_names["alerts"]
        end = await stable_end(settings.kafka, topic, 0)
        batches = [records async for records in read_to(settings.kafka, topic, 0, end)]
        return [
            (record.key.decode(), json.loads(record.value) if record.value else None)
            for batch in batches
            for record in batch
        ]

    return asyncio.run(read())


def test_one_alert_over_a_restart_and_no_revision_twice(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(
        broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="2", ALERTS__GROUP_BY="all", LOG_LEVEL="info"
    )
    settings = with_topics(variables)
    send(settings, usual())
    group = {"by": "all", "channel": "", "team": "", "priority": ""}

    with RealWorker(variables, tmp_path / "first.log") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: worker.samples("abandonment_spike_severity", **group) == [0], "judged")
        (expected,) = worker.samples("abandonment_spike_expected_ratio", **group)
        assert 0.03 < expected < 0.08
        send(settings, itertools.chain.from_iterable(contact(seconds, True) for seconds in range(40)))
        worker.wait_until(lambda: worker.samples("abandonment_spike_severity", **group) == [2], "critical")
        worker.wait_until(lambda: bool((records(settings)[-1][1] or {}).get("evidence")), "evidence")
        assert worker.end(signal.SIGTERM) == 0

    before = records(settings)
    rows = [row for _, row in before if row is not None]
    assert {key for key, _ in before} == {rows[0]["alert"]}
    assert {row["status"] for row in rows} == {"firing"}
    assert all(ticket.startswith("T-") for ticket in rows[-1]["evidence"])
    assert 1 <= len(rows[-1]["evidence"]) <= 5

    with RealWorker(variables, tmp_path / "second.log") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: worker.samples("abandonment_spike_severity", **group) == [2], "still critical")
        # A row of its own shows that this worker follows the alert: numbers are refreshed after a minute at the latest.
        send(settings, itertools.chain.from_iterable(contact(seconds, True) for seconds in range(5)))
        worker.wait_until(lambda: len(records(settings)) > len(before), "refreshed")

    after = records(settings)
    assert {key for key, _ in after} == {rows[0]["alert"]}
    revisions = [row["revision"] for _, row in after if row is not None]
    assert revisions == list(range(1, len(revisions) + 1))
