"""A real gateway as a process, and a client of its own that signs and sends many at a time."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
import orjson

from stream.domain.times import format_time_us
from tests.integration.running import RealProcess
from tests.patience import PATIENCE_SECONDS, wait_until

HOOK_SECRET = "a secret of the tests"
OWN_HOOK = {
    "CONNECT__OWN__VENDOR": "cloudevents",
    "CONNECT__OWN__SECRETS": HOOK_SECRET,
    "CONNECT__OWN__MAX_DELIVERIES_PER_SECOND": "100000",
}
_PORTS = re.compile(r"(?:hooks|metrics) on https?://\S+:(\d+)/")


class RealGateway(RealProcess):
    """``deskpulse gateway``; ends with the context at the latest."""

    def __init__(self, variables: Mapping[str, str], log: Path, *arguments: str, port: int = 0) -> None:
        self._log = log
        own = {"DESKPULSE_GATEWAY__PORT": str(port), "DESKPULSE_GATEWAY__METRICS_PORT": str(port)}
        with log.open("ab") as file:
            self._begin = file.tell()
            command = [sys.executable, "-m", "stream", "gateway", *arguments]
            self.process = subprocess.Popen(command, env={**os.environ, **own, **variables}, stdout=file, stderr=file)

    def _ports(self) -> list[int]:
        found = _PORTS.findall(self._log.read_bytes()[self._begin :].decode(errors="replace"))
        return [int(found[0]), int(found[-1])] if len(found) == 2 else []

    @property
    def ports(self) -> list[int]:
        """Of hooks, and of metrics, as it says itself."""
        return wait_until(self._ports, "its ports", self.log, self._require_running)

    def _require_running(self) -> None:
        assert self.process.poll() is None, f"the gateway ended\n{self.log()}"

    def wait_ready(self) -> Self:
        """Wait until it takes deliveries."""

        def ready() -> bool:
            return asyncio.run(self.get("/readyz"))[0] == 200

        wait_until(ready, "ready", self.log, self._require_running)
        return self

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body at the port of numbers; status 0 while nobody listens."""
        address = f"http://127.0.0.1:{self.ports[1]}{path}"
        try:
            async with aiohttp.ClientSession() as session, session.get(address) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, OSError):
            return 0, b""


_BEGAN_US = time.time_ns() // 1000


def message(number: int) -> dict[str, Any]:
    """An event of its own, the same each time."""
    return {
        "specversion": "1.0",
        "id": f"m-{number}",
        "source": "/tests/gateway",
        "type": "support.ticket.created",
        "subject": f"T-{number}",
        "time": format_time_us(_BEGAN_US),
        "data": {"channel": "email"},
    }


@dataclass
class Sent:
    """What became of deliveries: numbers by status, 0 where there was no answer, and Retry-After of refusals."""

    by_status: dict[int, list[int]] = field(default_factory=dict)
    retry_after: set[str] = field(default_factory=set)

    def note(self, status: int, number: int) -> None:
        self.by_status.setdefault(status, []).append(number)

    @property
    def acknowledged(self) -> set[str]:
        """Ids of the events that were answered with 2xx."""
        return {
            f"m-{number}" for status, numbers in self.by_status.items() if 200 <= status < 300 for number in numbers
        }


async def deliver(
    port: int,
    numbers: Iterable[int],
    sent: Sent | None = None,
    at_once: int = 20,
    go_on: Callable[[], bool] = lambda: True,
) -> Sent:
    """Post the events of ``numbers``, each in a delivery of its own, ``at_once`` at a time."""
    noted = sent if sent is not None else Sent()
    waiting = iter(numbers)
    headers = {"X-Webhook-Secret": HOOK_SECRET, "Content-Type": "application/cloudevents+json"}

    async def one(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            if not go_on():
                return
            body = orjson.dumps(message(number))
            try:
                async with session.post(f"http://127.0.0.1:{port}/hooks/own", data=body, headers=headers) as answer:
                    await answer.read()
                    noted.note(answer.status, number)
                    if answer.status == 503:
                        noted.retry_after.add(answer.headers.get("Retry-After", ""))
            except (aiohttp.ClientError, OSError):
                noted.note(0, number)

    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE_SECONDS), connector=connector) as session:
        await asyncio.gather(*(one(session) for _ in range(at_once)))
    return noted


@contextmanager
def keep_delivering(port: int, every_seconds: float = 1.0) -> Iterator[None]:
    """Meanwhile something comes to the hook now and then: the same event, and one of a type that nobody knows."""
    ended = threading.Event()
    bodies = [message(1), {**message(2), "type": "support.ticket.reticulated"}]

    async def once() -> None:
        headers = {"X-Webhook-Secret": HOOK_SECRET, "Content-Type": "application/cloudevents+json"}
        async with aiohttp.ClientSession(headers=headers) as session:
            for body in bodies:
                await (await session.post(f"http://127.0.0.1:{port}/hooks/own", data=orjson.dumps(body))).read()

    def run() -> None:
        while not ended.wait(every_seconds):
            asyncio.run(once())

    sending = threading.Thread(target=run)
    sending.start()
    try:
        yield
    finally:
        ended.set()
        sending.join()
