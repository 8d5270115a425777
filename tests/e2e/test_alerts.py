"""From events to the webhook: through a real worker, the project's Prometheus rules and its Alertmanager routes.

Two desks at once, so that the second's outage passes while the first's spike calms down.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from stream.broker.embedded import EmbeddedKafka
from tests.e2e.receiver import Receiver
from tests.e2e.stack import Alertmanager, Pipeline, Prometheus
from tests.integration.running import event, send
from tests.patience import wait_until


@dataclass
class Desk:
    """A pipeline of its own, from the topics to the webhook."""

    pipeline: Pipeline
    receiver: Receiver
    alertmanager: Alertmanager
    prometheus: Prometheus

    @classmethod
    def start(cls, stack: ExitStack, broker: str, name: str, folder: Path, **more: str) -> Self:
        folder.mkdir()
        pipeline = stack.enter_context(Pipeline(broker, name, folder, **more))
        receiver = stack.enter_context(Receiver())
        alertmanager = stack.enter_context(Alertmanager(folder / "alertmanager", receiver.url))
        workers, alertmanagers = [pipeline.target], [alertmanager.target]
        prometheus = stack.enter_context(Prometheus(folder / "prometheus", workers, alertmanagers))
        return cls(pipeline, receiver, alertmanager, prometheus)

    def send(self, events: list[dict[str, Any]]) -> None:
        send(self.pipeline.settings, events)


def calls(name: str, number: int, abandoned_every: int, first_ago: float, last_ago: float) -> list[dict[str, Any]]:
    """Phone calls that end between these many seconds ago, each after 2 s; every n-th is abandoned, 0: none."""
    events: list[dict[str, Any]] = []
    for place in range(number):
        ago = first_ago + (last_ago - first_ago) * place / number
        end = "abandoned" if abandoned_every and place % abandoned_every == 0 else "answered"
        events += [
            event(f"{name}-{place}", "ticket.created", ago + 2, channel="phone", team="tech"),
            event(f"{name}-{place}", "ticket.queued", ago + 2),
            event(f"{name}-{place}", f"ticket.{end}", ago),
        ]
    return events


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    with ExitStack() as running:
        yield running


@pytest.fixture(scope="module")
def spiking(stack: ExitStack, broker: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk at which one call in twenty is abandoned, as always: also at this time of three days before."""
    desk = Desk.start(stack, broker.bootstrap_servers, "e2e-spike", tmp_path_factory.mktemp("spiking") / "desk")
    desk.pipeline.worker.wait_ready()
    for day in (3, 2, 1):
        desk.send(calls(f"day-{day}", 360, 20, day * 86_400 + 3600, day * 86_400 - 3600))
    desk.send(calls("usual", 900, 20, 7000, 60))
    desk.prometheus.wait_ready().wait_for('deskpulse_abandonment_spike_severity{by="all"} == 0')
    return desk


@pytest.fixture(scope="module")
def waiting(stack: ExitStack, broker: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk at which nobody should wait for longer than 5 s."""
    folder = tmp_path_factory.mktemp("waiting") / "desk"
    desk = Desk.start(stack, broker.bootstrap_servers, "e2e-wait", folder, TARGETS__LONGEST_WAIT_SECONDS="5")
    desk.pipeline.worker.wait_ready()
    desk.prometheus.wait_ready()
    return desk


def test_a_spike_reaches_the_webhook(spiking: Desk, waiting: Desk) -> None:
    assert not list(spiking.receiver.notices(layer="business"))
    spiking.send(calls("spike", 120, 2, 40, 5))
    wait_until(lambda: list(spiking.receiver.notices(layer="business")), "a page", spiking.prometheus.log)
    (page,) = spiking.receiver.notices(layer="business")
    assert (page.receiver, page.status, page.name) == ("page", "firing", "AbandonmentSpike")
    assert page.labels["severity"] == "critical"
    assert page.annotations["runbook_url"].endswith("/docs/runbooks.md#abandonmentspike")
    assert "target: at most 5%" in page.annotations["description"]
    # The calm begins at once: it takes a while until the detector believes it. So many that the last 5 minutes, the
    # spike's among them, are below twice the target, and AbandonmentFastBurn has nothing to add.
    spiking.send(calls("calm", 1200, 20, 2, 0))


def test_no_business_alert_without_a_worker(waiting: Desk) -> None:
    prometheus, alertmanager, receiver = waiting.prometheus, waiting.alertmanager, waiting.receiver
    waiting.send(calls("waiting", 1, 0, 60, 60)[:2])
    # Pending: by the time it fires, nobody is there to count.
    prometheus.wait_for('ALERTS{alertname="LongestWaitOverTarget", by="all"}')
    waiting.pipeline.worker.process.kill()
    waiting.pipeline.worker.process.wait()
    wait_until(lambda: list(receiver.notices()), "a page", prometheus.log)
    # Prometheus still has the last numbers, and by them somebody waits.
    firing = 'ALERTS{alertname="LongestWaitOverTarget", by="all", alertstate="firing"}'
    prometheus.wait_for(firing)

    def held_back() -> list[dict[str, Any]]:
        return [
            alert
            for alert in alertmanager.alerts()
            if alert["labels"]["alertname"] == "LongestWaitOverTarget" and alert["status"]["inhibitedBy"]
        ]

    assert wait_until(held_back, "inhibited", alertmanager.alerts)
    # Longer than group_wait of tickets: it would have been sent by now.
    until = time.monotonic() + 35
    while time.monotonic() < until:
        assert [notice.name for notice in receiver.notices() if notice.labels["layer"] == "business"] == []
        time.sleep(1)
    assert {notice.name for notice in receiver.notices()} <= {"WorkerDown", "MetricsStale"}
    assert "WorkerDown" in {notice.name for notice in receiver.notices()}


def test_the_spike_was_told_once_and_resolves(spiking: Desk) -> None:
    receiver = spiking.receiver
    spiking.send(calls("calm-too", 200, 20, 2, 0))
    wait_until(
        lambda: list(receiver.notices(alertname="AbandonmentSpike", by="all"))[1:],
        "resolved",
        lambda: [spiking.prometheus.query("ALERTS"), receiver.notifications],
    )
    # With it end the channel's and the team's, which it held back: one notification for all three.
    told = [
        (notification["status"], notification["groupLabels"])
        for notification in receiver.notifications
        if notification["commonLabels"].get("layer") == "business"
    ]
    assert told == [(status, {"alertname": "AbandonmentSpike"}) for status in ("firing", "resolved")]
    # What is said of a worker that gets no turn on a busy machine is right, and another matter.
    notices = list(receiver.notices(layer="business"))
    fired = [(notice.name, notice.labels["by"]) for notice in notices if notice.status == "firing"]
    assert fired == [("AbandonmentSpike", "all")]
    assert {notice.name for notice in notices} == {"AbandonmentSpike"}
