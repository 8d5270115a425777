"""The pipeline with a simulated contact centre, a real Prometheus and a real Alertmanager, on free ports."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stream.broker.ports import free_ports
from stream.settings import Settings
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import PATIENCE_SECONDS, wait_until

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"

# The line of deploy/alertmanager/alertmanager.yml that its comment says to replace.
WEBHOOK = re.compile(r"(?m)^( *- url: &webhook )\S+$")


def fetch_json(url: str) -> Any:
    """What the address answers, decoded; None while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)
    except OSError:
        return None


class Program:
    """A program of its own process; ends with the context at the latest."""

    def __init__(self, command: Sequence[str], log: Path, variables: Mapping[str, str] | None = None) -> None:
        self._log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, env={**os.environ, **(variables or {})}, stdout=file, stderr=file)

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Pipeline:
    """A worker on topics of its own, and, when asked for, a simulated contact centre that has run for hours."""

    def __init__(self, broker: str, namespace: str, folder: Path, **more: str) -> None:
        self.variables = environment(broker, namespace, **{"TOPICS__PARTITIONS": "2", **more})
        self.settings: Settings = with_topics(self.variables)
        self.worker = RealWorker(self.variables, folder / "worker.log")
        self._folder = folder

    @property
    def target(self) -> str:
        """Host and port of the worker's HTTP side."""
        return f"127.0.0.1:{self.worker.port}"

    @property
    def url(self) -> str:
        return f"http://{self.target}"

    def simulator(self, *options: str) -> Program:
        """``deskpulse simulate`` with these options, into this pipeline's topics."""
        command = [sys.executable, "-m", "stream", "simulate", *options]
        return Program(command, self._folder / "simulator.log", self.variables)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.worker.__exit__(kind, error, trace)


class Alertmanager(Program):
    """Alertmanager with the project's own configuration; only the address of the webhook is another."""

    def __init__(self, folder: Path, webhook: str) -> None:
        folder.mkdir()
        text, replaced = WEBHOOK.subn(rf"\g<1>{webhook}", (DEPLOY / "alertmanager/alertmanager.yml").read_text())
        assert replaced == 1, "alertmanager.yml: exactly one line is there to be replaced"
        (folder / "alertmanager.yml").write_text(text)
        (port,) = free_ports(1)
        self.target = f"127.0.0.1:{port}"
        self.url = f"http://{self.target}"
        command = [
            "prometheus-alertmanager",
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={self.target}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        super().__init__(command, folder / "log")

    def wait_ready(self) -> Self:
        wait_until(lambda: fetch_json(f"{self.url}/api/v2/status"), "Alertmanager", self.log)
        return self

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts it knows, the inhibited ones too, with ``labels`` and ``status``."""
        return fetch_json(f"{self.url}/api/v2/alerts") or []


class Prometheus(Program):
    """Prometheus with deploy/prometheus as it is; only the files in targets/ are others."""

    def __init__(
        self, folder: Path, workers: Sequence[str], alertmanagers: Sequence[str] = (), gateways: Sequence[str] = ()
    ) -> None:
        shutil.copytree(DEPLOY / "prometheus", folder)
        self._targets = folder / "targets"
        self.aim("workers", workers)
        self.aim("alertmanagers", alertmanagers)
        self.aim("gateways", gateways)
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        command = [
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-lifecycle",
            "--log.level=warn",
        ]
        super().__init__(command, folder / "log")

    def aim(self, name: str, targets: Sequence[str]) -> None:
        """Write one of the target files; a running Prometheus reads it again."""
        # JSON is YAML. Renamed into place, for Prometheus may look at any moment.
        (self._targets / "new").write_text(json.dumps([{"targets": list(targets)}]))
        (self._targets / "new").rename(self._targets / f"{name}.yml")

    def wait_ready(self) -> Self:
        wait_until(lambda: fetch_json(f"{self.url}/api/v1/status/runtimeinfo"), "Prometheus", self.log)
        return self

    def query(self, expr: str) -> list[dict[str, Any]]:
        """The instant vector of ``expr`` now, or the one value of a scalar; AssertionError when it is refused."""
        answer = fetch_json(f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expr})}")
        assert answer, f"{expr}: refused, or nobody listens\n{self.log()}"
        data = answer["data"]
        return [{"metric": {}, "value": data["result"]}] if data["resultType"] == "scalar" else data["result"]

    def wait_for(self, expr: str) -> list[dict[str, Any]]:
        """The result of ``expr`` as soon as it is not empty."""
        return wait_until(lambda: self.query(expr), expr, self.log)
