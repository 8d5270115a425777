"""A real worker on the wall's clock, its HTTP side, and events that happen now."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from prometheus_client.parser import text_string_to_metric_families

from stream.domain.times import format_time_us
from stream.edge.kafka.topics import ensure_topics
from stream.replay.send import send_lines
from stream.settings import CUSTOMER_TOPICS, LOGICAL_TOPICS, Settings, load_settings
from tests.patience import PATIENCE_SECONDS, wait_until

_ADDRESS = re.compile(r"wallboard on \w+://\S+:(\d+)/,")


def environment(broker: str, namespace: str, **more: str) -> dict[str, str]:
    """Variables of a worker with names of its own; ``more`` without the prefix, e.g. ``TOPICS__PARTITIONS="2"``."""
    own = {f"TOPICS__{name.upper()}": f"{namespace}.{name}" for name in (*LOGICAL_TOPICS, *CUSTOMER_TOPICS)}
    few = {"TOPICS__PARTITIONS": "4"}  # each costs transactions
    chosen = {"KAFKA__BOOTSTRAP_SERVERS": broker, "APPLICATION_ID": namespace, **few, **own, **more}
    return {f"DESKPULSE_{name}": value for name, value in chosen.items()}


def with_topics(variables: Mapping[str, str]) -> Settings:
    """The settings of these variables, once all their topics exist."""
    settings = load_settings(variables)
    asyncio.run(ensure_topics(settings, create=True)).require_usable()
    return settings


def send(settings: Settings, events: Iterable[Mapping[str, Any]]) -> int:
    """Send events, each to its topic and partition; gives how many."""
    return sum(asyncio.run(send_lines(settings, [orjson.dumps(event) for event in events], lambda _: None)).values())


def event(ticket: str, kind: str, seconds_ago: float = 0, **data: Any) -> dict[str, Any]:
    """``support.<kind>`` of ``ticket``, by the clock on the wall."""
    time_us = time.time_ns() // 1000 - round(seconds_ago * 1_000_000)
    return {
        "specversion": "1.0",
        "id": f"{kind}/{time_us}",
        "source": "/test",
        "type": f"support.{kind}",
        "subject": ticket,
        "time": format_time_us(time_us),
        "data": data,
    }


class RealProcess:
    """A program of ours as a process of its own, killed at the end where it has not ended by itself."""

    process: subprocess.Popen[bytes]
    _log: Path

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]

    def end(self, number: signal.Signals) -> int:
        """Send a signal, give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            # One whose event loop is blocked does not hear SIGTERM.
            self.process.kill()
            self.process.wait()


class RealWorker(RealProcess):
    """A process of its own; ends with the context at the latest. ``port`` 0: it takes a free one."""

    def __init__(
        self,
        variables: Mapping[str, str],
        log: Path,
        *arguments: str,
        port: int = 0,
        through: Sequence[str] = (),
        module: str = "stream",
    ) -> None:
        self._log = log
        self._port = port
        environ = {**os.environ, **variables, "DESKPULSE_HTTP__PORT": str(port)}
        with log.open("ab") as file:
            self._begin = file.tell()
            command = [*through, sys.executable, "-m", module, "worker", *arguments]
            self.process = subprocess.Popen(command, env=environ, stdout=file, stderr=file)

    @property
    def port(self) -> int:
        """Where it serves HTTP, as it says itself: a port chosen here could be another's by the time it is bound."""
        if not self._port:
            self._port = int(wait_until(self._said_address, "its address", self.log, self._require_running)[0])
        return self._port

    def _said_address(self) -> list[str]:
        return _ADDRESS.findall(self._log.read_bytes()[self._begin :].decode(errors="replace"))

    def _require_running(self) -> None:
        assert self.process.poll() is None, f"the worker ended\n{self.log()}"

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; status 0 while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def health(self) -> tuple[int, str]:
        """Status of /healthz, and its reason."""
        status, body = self.get("/healthz")
        return status, str(json.loads(body)["reason"] or "") if body else ""

    def readiness(self) -> tuple[int, tuple[str, ...]]:
        """Status of /readyz, and its reasons."""
        status, body = self.get("/readyz")
        return status, tuple(json.loads(body)["reasons"]) if body else ()

    def samples(self, name: str, **labels: str) -> list[float]:
        """Values on /metrics of the series ``name`` that have these labels."""
        _, body = self.get("/metrics")
        return [
            sample.value
            for family in text_string_to_metric_families(body)
            for sample in family.samples
            if sample.name == f"deskpulse_{name}" and sample.labels.items() >= labels.items()
        ]

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for ``condition``, as long as the worker runs."""
        wait_until(condition, what, self.told, self._require_running, seconds)

    def told(self) -> str:
        """What the worker says of itself, for a test that fails."""
        return f"{self.readiness()}, {self.health()}\n{self.log()}"

    def wait_samples(self, name: str, expected: list[float], what: str, **labels: str) -> None:
        """Wait until `samples` gives these."""
        self.wait_until(lambda: self.samples(name, **labels) == expected, what)

    def wait_ready(self) -> Self:
        self.wait_until(lambda: self.readiness()[0] == 200, "ready")
        return self

    def lift_hold(self) -> None:
        """Let a worker that was started with ``--hold`` go on to the next one."""
        self.process.send_signal(signal.SIGALRM)
