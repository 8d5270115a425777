"""`deskpulse worker` as a contestant, on topics of its own, and how far it is."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient

from stream.edge.kafka.topics import ensure_topics
from stream.errors import UnavailableError
from stream.settings import load_settings
from tests.bench.builds import best_tree, paths_of
from tests.bench.contestant import Contestant
from tests.bench.layout import Message
from tests.integration.running import environment

DEADLINE_SECONDS: Final = 600.0
_LOOK_SECONDS: Final = 0.05
_ADDRESS: Final = re.compile(r"wallboard on \w+://\S+:(\d+)/,")
_EVENTS: Final = re.compile(rb"^deskpulse_pipeline_events_total ([\d.e+]+)$", re.MULTILINE)
_SOURCES: Final = ("tickets", "surveys")
_HELD: Final = {
    "KAFKA__SESSION_TIMEOUT_SECONDS": "900",
    "KAFKA__HEARTBEAT_INTERVAL_SECONDS": "2",
    "PIPELINE__TRANSACTION_TIMEOUT_SECONDS": "900",
}
"""A worker is held while its input is laid out, for as long as a busy machine takes: nobody may take it for dead."""


class Desk:
    """The topics of one installation. ``more``: settings as variables without prefix."""

    def __init__(self, broker: str, more: Mapping[str, str] | None = None) -> None:
        name = f"bench{secrets.token_hex(4)}"
        self.variables = environment(broker, name, **{"HTTP__PORT": "0", **_HELD, **(more or {})})
        self.settings = load_settings(self.variables)
        self.broker = broker
        self.topics = self.settings.topic_names
        self.partitions = self.settings.topics.partitions
        self.sent = 0

    async def make_topics(self) -> None:
        """All topics of a worker. On a busy machine the broker may answer late."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                (await ensure_topics(self.settings, create=True)).require_usable()
                return
            except UnavailableError:
                if time.monotonic() > deadline:
                    raise

    def worker(self, name: str = "worker", tree: Path | None = None) -> Contestant:
        """A worker, started; ``tree``: where the package lies, if not where the best of its builds does."""
        command = [sys.executable, "-P", "-m", "stream", "worker"]
        return Contestant(name, command, {**self.variables, **paths_of(tree or best_tree())})

    def messages(self, events: Iterable[tuple[int, str, bytes, bytes]]) -> Iterable[Message]:
        """Events of the generator as messages of this desk; counts them as sent."""
        for _, logical, key, value in events:
            self.sent += 1
            yield self.topics[logical], key, value

    async def await_shown(self, *workers: Contestant) -> float:
        """Wait until all that was sent is committed and in the gauges; gives when they were seen there.

        Rows of the derived topic are not waited for: they have a pace of their own (`pipeline.publish_rows_seconds`).
        """
        deadline = time.monotonic() + DEADLINE_SECONDS
        # Not before: what the harness asks for takes from what it measures.
        await self._await_committed(deadline, workers)
        pages = [Pages(worker) for worker in workers]
        shown = 0
        while time.monotonic() < deadline:
            for page in pages:
                shown = max(shown, await asyncio.to_thread(page.events))
            if shown >= self.sent:
                return time.time()
            for worker in workers:
                worker.require_running()
            await asyncio.sleep(_LOOK_SECONDS)
        raise TimeoutError(f"{shown} of {self.sent} events are in the gauges\n{workers[0].log()}")

    async def _await_committed(self, deadline: float, workers: tuple[Contestant, ...]) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.broker)
        await admin.start()
        counted = 0
        sources = {self.topics[name] for name in _SOURCES}
        try:
            while time.monotonic() < deadline:
                offsets = await admin.list_consumer_group_offsets(self.settings.application_id)
                counted = sum(at.offset for place, at in offsets.items() if place.topic in sources and at.offset > 0)
                if counted >= self.sent:
                    return
                for worker in workers:
                    worker.require_running()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            await admin.close()
        raise TimeoutError(f"{counted} of {self.sent} events are committed\n{workers[0].log()}")


class Pages:
    """What a worker serves."""

    def __init__(self, worker: Contestant) -> None:
        self._worker = worker
        self._port = 0

    @property
    def port(self) -> int:
        """Where; waits until it says so."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self._port:
            self._worker.require_running()
            if found := _ADDRESS.findall(self._worker.printed()):
                self._port = int(found[0])
            elif time.monotonic() > deadline:
                raise TimeoutError(f"the worker says no address\n{self._worker.log()}")
            else:
                time.sleep(_LOOK_SECONDS)
        return self._port

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def events(self) -> int:
        """How many events the gauges count; 0 where another worker holds them, or there are none yet."""
        found = _EVENTS.search(self.get("/metrics")[1])
        return int(float(found[1])) if found else 0

    def readiness(self) -> dict[str, Any]:
        """What /readyz says."""
        found: dict[str, Any] = json.loads(self.get("/readyz")[1])
        return found

    async def await_ready(self) -> float:
        """Wait until the worker is ready; gives the time."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            self._worker.require_running()
            if (answer := await asyncio.to_thread(self.readiness))["ready"]:
                return time.time()
            await asyncio.sleep(_LOOK_SECONDS)
        raise TimeoutError(f"not ready: {answer}\n{self._worker.log()}")
