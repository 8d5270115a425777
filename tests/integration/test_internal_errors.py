"""A worker with a metric that raises: the events it raises for are dead letters, all others count, and it stays up."""

from __future__ import annotations

import asyncio
import base64
import signal
from pathlib import Path

import orjson

from stream.broker.embedded import EmbeddedKafka
from tests.faults.content import last_values, read_all
from tests.integration.running import RealWorker, environment, event, send, with_topics


def test_a_metric_that_raises_costs_the_events_it_raises_for(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="2")
    settings = with_topics(variables)
    tickets = [f"T{number}" for number in range(200)]
    faulty = tickets[::10]
    events = [event(ticket, "ticket.created", 60, channel="email") for ticket in tickets]
    handed_over = [event(ticket, "ticket.handed_off", 50) for ticket in tickets]
    again = [event(ticket, "ticket.handed_off", 40) for ticket in faulty]
    answered = [event(ticket, "ticket.message", 30, author="agent", public=True) for ticket in tickets]
    sent = send(settings, [*events, *handed_over, *again, *answered])

    with RealWorker(variables, tmp_path / "log", module="tests.integration.faulty_metric") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: worker.samples("pipeline_events_total") == [sent - len(faulty)], "all others counted")
        assert worker.samples("pipeline_internal_errors_total") == [len(faulty)]
        assert worker.samples("pipeline_dead_letters_total", reason="internal_error") == [len(faulty)]
        assert worker.samples("open_tickets", by="all") == [len(tickets)]
        assert set(worker.samples("first_response_time_samples", by="all", window="1h")) == {len(tickets)}
        # The same again: refused again, by a worker that has read its state from the topics.
        assert worker.end(signal.SIGTERM) == 0
    send(settings, again)
    with RealWorker(variables, tmp_path / "second", module="tests.integration.faulty_metric") as worker:
        worker.wait_until(
            lambda: worker.samples("pipeline_internal_errors_total") == [2 * len(faulty)], "refused again"
        )
        assert worker.samples("pipeline_events_total") == [sent - len(faulty)]
        assert worker.end(signal.SIGTERM) == 0
    letters = [orjson.loads(row) for row in last_values(asyncio.run(read_all(settings, "dead_letter"))).values()]
    assert {letter["reason"] for letter in letters} == {"internal_error"}
    assert sorted(orjson.loads(base64.b64decode(letter["original_base64"]))["subject"] for letter in letters) == sorted(
        [*faulty, *faulty]
    )
    log = (tmp_path / "log").read_text()
    assert log.count("internal error, ") in (1, 2), log  # once for each of the two shards
    assert "ZeroDivisionError at tests/integration/faulty_metric.py" in log
    assert f"{settings.topic_names['tickets']} partition " in log
