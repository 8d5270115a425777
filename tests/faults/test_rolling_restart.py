"""Three workers are restarted one after the other under load: no alert of `deploy/` fires, and no page stays grey.

A real Prometheus scrapes them with the rules that are shipped, and a client follows the board as the page does, through
an address behind which all workers stand. How long boards stood still is told.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.broker.ports import free_ports
from stream.replay.routing import Router
from stream.settings import Settings
from tests.e2e.stack import Prometheus
from tests.faults.producing import producer
from tests.integration.running import RealWorker, environment, event, with_topics
from tests.patience import PATIENCE_SECONDS, slowness, wait_until

pytestmark = [pytest.mark.long, pytest.mark.alone]

EVENTS_PER_SECOND = 20
WORKERS = 3
STALE_SECONDS = 30
"""As on the page, where its numbers are grey (`freshness.js`)."""
AGAIN_SECONDS, TRUST_SECONDS, RETRY_SECONDS = 0.5, 2.0, 3.0
"""As in `connection.js`."""
GREY_SECONDS = 3.0
LONGEST_FOR_SECONDS = 60
"""Of the alerts about the pipeline that a restart could set off."""


class Load(threading.Thread):
    """Calls that are answered and solved within seconds, so many events a second, dated now."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self._settings = settings
        self._over = threading.Event()
        self.sent = 0

    def run(self) -> None:
        asyncio.run(self._send())

    async def _send(self) -> None:
        route = Router(self._settings.topics.partitions)
        async with producer(self._settings, enable_idempotence=True) as made:
            for value in map(orjson.dumps, _calls()):
                if self._over.is_set():
                    return
                _, partition, key = route(value)
                await made.send(self._settings.topic_names["tickets"], value, key=key, partition=partition)
                self.sent += 1
                await asyncio.sleep(1 / EVENTS_PER_SECOND)

    def __enter__(self) -> Load:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def _calls() -> Iterator[dict[str, Any]]:
    for number in itertools.count():
        name = f"call-{number}"
        yield event(name, "ticket.created", 3, channel="phone", team=f"team-{number % 3}")
        yield event(name, "ticket.queued", 2)
        yield event(name, "ticket.answered", 1)
        yield event(name, "ticket.status", 0, status="solved")


class Watcher(threading.Thread):
    """A page on one address behind which all ``ports`` are: a connection that one refuses goes to the next."""

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__(daemon=True)
        self._ports = itertools.cycle(ports)
        self._count = len(ports)
        self._over = threading.Event()
        self.boards = 0
        self.grey: list[float] = []
        """How long it was grey, each time."""
        self.still: list[float] = []
        """How long no board with numbers came, where that was longer than 2 s."""
        self._grey_since: float | None = None
        self._live_at = 0.0

    def run(self) -> None:
        trusted = False
        while not self._over.is_set():
            opened = time.monotonic()
            heard = self._follow(opened + TRUST_SECONDS if trusted else None)
            if not heard:
                self._turn_grey(time.monotonic())
            trusted = heard
            self._over.wait(AGAIN_SECONDS if heard else RETRY_SECONDS)

    def _follow(self, trusted_until: float | None) -> bool:
        """Until the stream ends; whether anything was heard."""
        heard = False
        for _ in range(self._count):
            address = f"http://127.0.0.1:{next(self._ports)}/api/stream"
            try:
                with urllib.request.urlopen(address, timeout=12) as stream:
                    for line in stream:
                        if not line.startswith(b"data: "):
                            continue
                        if not heard and trusted_until is not None and time.monotonic() > trusted_until:
                            self._turn_grey(trusted_until)
                        heard = True
                        self._hear(json.loads(line[6:]))
                        if self._over.is_set():
                            return True
                return heard
            except OSError:
                if heard:
                    return True
        return heard

    def _hear(self, board: dict[str, Any]) -> None:
        now = time.monotonic()
        if "tiles" not in board:
            return
        if board["state"] == "live" and board["watermark"]:
            age = _seconds(board["now"]) - _seconds(board["watermark"])
            if age >= STALE_SECONDS:
                self._turn_grey(now)
                return
            self.boards += 1
            if self._live_at and now - self._live_at > 2:
                self.still.append(round(now - self._live_at, 1))
            self._live_at = now
        if self._grey_since is not None:
            self.grey.append(round(now - self._grey_since, 1))
            self._grey_since = None

    def _turn_grey(self, since: float) -> None:
        if self._grey_since is None and self.boards:
            self._grey_since = since

    def __enter__(self) -> Watcher:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join(PATIENCE_SECONDS)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def test_a_rolling_restart_fires_no_alert_and_no_page_stays_grey(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not installed (Debian: package prometheus)")
    variables = environment(broker.bootstrap_servers, namespace)
    settings = with_topics(variables)
    ports = free_ports(WORKERS)
    with ExitStack() as stack:
        workers = [
            stack.enter_context(RealWorker(variables, tmp_path / f"worker-{n}.log", port=port))
            for n, port in enumerate(ports)
        ]
        load = stack.enter_context(Load(settings))
        for worker in workers:
            worker.wait_ready()
        watcher = stack.enter_context(Watcher(ports))
        wait_until(lambda: watcher.boards > 5, "a board that is live", workers[0].log)
        targets = [f"127.0.0.1:{port}" for port in ports]
        prometheus = stack.enter_context(Prometheus(tmp_path / "prometheus", targets)).wait_ready()
        prometheus.wait_for('count(up{job="deskpulse"} == 1) == 3')
        prometheus.wait_for("deskpulse_view_timestamp_seconds")
        began, sent, slow = time.time(), load.sent, [slowness()]
        for place, port in enumerate(ports):
            assert workers[place].end(signal.SIGTERM) == 0
            log = tmp_path / f"worker-{place}.log"
            workers[place] = stack.enter_context(RealWorker(variables, log, port=port))
            workers[place].wait_ready()
            slow.append(slowness())
        rolled = time.time()
        # What is pending by now has the time to fire.
        wait_until(lambda: time.time() - rolled > LONGEST_FOR_SECONDS, "the alerts that were pending")
        prometheus.wait_for('count(up{job="deskpulse"} == 1) == 3')
        seconds = round(time.time() - began)
        fired = prometheus.query(f'max by (alertname) (max_over_time(ALERTS{{alertstate="firing"}}[{seconds}s]))')
        pending = prometheus.query(f"max by (alertname) (max_over_time(ALERTS[{seconds}s]))")
        names = {alert["metric"]["alertname"] for alert in fired}
        rate = (load.sent - sent) / seconds
        print(
            f"three workers restarted in {rolled - began:.0f} s under {rate:.0f} events/s on a machine "
            f"{max(slow):.1f} times slower than an idle one; boards: {watcher.boards}, still for {watcher.still}, "
            f"grey for {watcher.grey} s; alerts pending: {[alert['metric']['alertname'] for alert in pending]}"
        )
        # On a machine that others keep busy the loop is away, and says so.
        assert names <= ({"LoopGap"} if max(slow) > 1.5 else set())
        assert max(watcher.grey, default=0) <= GREY_SECONDS * max(slow)
