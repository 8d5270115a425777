"""A real worker on the wall's clock, its HTTP side, and events that happen now."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from prometheus_client.parser import text_string_to_metric_families

from stream.broker.ports import free_ports
from stream.domain.times import format_time_us
from stream.edge.topics import ensure_topics
from stream.replay.send import send_lines
from stream.settings import LOGICAL_TOPICS, Settings, load_settings


def environment(broker: str, namespace: str, **more: str) -> dict[str, str]:
    """Variables of a worker with names of its own; ``more`` without the prefix, e.g. ``TOPICS__PARTITIONS="2"``."""
    own = {f"TOPICS__{name.upper()}": f"{namespace}.{name}" for name in LOGICAL_TOPICS}
    chosen = {"KAFKA__BOOTSTRAP_SERVERS": broker, "APPLICATION_ID": namespace, **own, **more}
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


class RealWorker:
    """A process of its own; ends with the context at the latest."""

    def __init__(self, variables: Mapping[str, str], log: Path, *arguments: str) -> None:
        self._log = log
        (self.port,) = free_ports(1)
        environ = {**os.environ, **variables, "DESKPULSE_HTTP__PORT": str(self.port)}
        with log.open("ab") as file:
            command = [sys.executable, "-m", "stream", "worker", *arguments]
            self.process = subprocess.Popen(command, env=environ, stdout=file, stderr=file)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; status 0 while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
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

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> float:
        """Wait for ``condition``; gives how long it took."""
        began = time.monotonic()
        while not condition():
            passed = time.monotonic() - began
            if passed >= seconds:
                told = f"{self.readiness()}, {self.health()}"
                raise AssertionError(f"{what}: not within {seconds:g} s\n{told}\n{self.log()}")
            assert self.process.poll() is None, f"{what}: the worker ended\n{self.log()}"
            time.sleep(0.05)
        return time.monotonic() - began

    def wait_ready(self) -> Self:
        self.wait_until(lambda: self.readiness()[0] == 200, "ready")
        return self

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]

    def end(self, number: signal.Signals) -> int:
        """Send a signal, give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            # One whose event loop is blocked does not hear SIGTERM.
            self.process.kill()
            self.process.wait()
