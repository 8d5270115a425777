from __future__ import annotations

import json
import shlex
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from stream.broker.ports import free_ports
from stream.cli.simulate import simulate_command
from stream.contract.decoder import Decoder
from stream.demo.plan import (
    DEMO_SETTINGS,
    DEMO_TARGETS,
    DemoPlan,
    child_environment,
    children,
    history_seconds,
    hook_command,
    incident_command,
)
from stream.demo.readiness import why_not_ready
from stream.domain.limits import Limits
from stream.gateway.hooks import hooks_of
from stream.settings import load_settings

PLAN = DemoPlan(Path("/data"), http_port=8123, kafka_port=19123, contacts_per_minute=90.0)


def test_the_children_use_the_demos_broker_and_port() -> None:
    settings = load_settings(child_environment({}, PLAN))
    assert settings.kafka.bootstrap_servers == "127.0.0.1:19123"
    assert settings.http.port == 8123


def test_settings_of_another_kafka_do_not_reach_the_demo() -> None:
    given = {
        "DESKPULSE_CONFIG": "/etc/production.toml",
        "DESKPULSE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "DESKPULSE_HTTP__ENABLED": "false",
        "DESKPULSE_HTTP__USERS_FILE": "/etc/deskpulse/users.yml",
        "DESKPULSE_GATEWAY__HOST": "0.0.0.0",
        "DESKPULSE_CONNECT__ACME__VENDOR": "zendesk",
        "DESKPULSE_LOG_LEVEL": "debug",
        "PATH": "/bin",
    }
    assert child_environment(given, PLAN) == DEMO_TARGETS | {
        "DESKPULSE_CONFIG": str(DEMO_SETTINGS),
        "DESKPULSE_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:19123",
        "DESKPULSE_HTTP__PORT": "8123",
        "DESKPULSE_LOG_LEVEL": "debug",
        "PATH": "/bin",
    }


def test_the_demo_has_promises_to_keep_and_business_hours() -> None:
    settings = load_settings(child_environment({}, PLAN))
    assert [policy.name for policy in settings.sla] == ["urgent", "billing", "all"]
    assert {"sla", "business_time"} <= {metric.name for metric in settings.registry.metrics}


def test_the_demo_counts_customers() -> None:
    assert load_settings(child_environment({}, PLAN)).customers


def test_targets_of_whoever_starts_the_demo_win() -> None:
    given = {"DESKPULSE_TARGETS__ABANDONMENT_RATIO": "0.01"}
    targets = load_settings(child_environment(given, PLAN)).targets.chosen.usual
    assert (targets["abandonment"], targets["csat"]) == (0.01, 0.75)


def test_a_gateway_is_started_where_it_is_asked_for() -> None:
    plan = replace(PLAN, gateway_port=8124, hook_secret="secret of this run")
    environment = child_environment({}, plan)
    assert [child.name for child in children(plan, environment, 90)] == ["worker", "gateway", "simulator"]
    settings = load_settings(environment)
    assert (settings.gateway.port, settings.gateway.metrics_port) == (8124, 8124)
    assert set(hooks_of(settings, Decoder(Limits()))) == {"demo"}
    assert hook_command(plan).count("secret of this run") == 1


@pytest.mark.parametrize(("since_last_run", "expected"), [(None, 7200), (90.4, 90), (1_000_000.0, 7200), (-5.0, 0)])
def test_the_simulator_fills_two_hours_or_the_gap_since_the_last_run(
    since_last_run: float | None, expected: int
) -> None:
    assert history_seconds(since_last_run) == expected


def test_the_simulator_gets_rate_history_and_broker() -> None:
    worker, simulator = children(PLAN, child_environment({}, PLAN), 90)
    assert worker.command[-1] == "worker"
    assert list(simulator.command[3:]) == [
        "simulate", "--bootstrap-servers", "127.0.0.1:19123", "--live", "--rate", "90", "--history", "90s",
    ]  # fmt: skip


def test_a_simulator_that_is_started_again_does_not_send_its_history_again() -> None:
    _, simulator = children(PLAN, child_environment({}, PLAN), 90)
    assert simulator.again is not None
    assert [*simulator.again[:-1]] == [*simulator.command[:-1]]
    assert simulator.again[-2:] == ["--history", "0m"]


@pytest.mark.parametrize("is_installed", [True, False])
def test_the_incident_is_caused_in_the_demos_own_kafka(
    is_installed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python, script = tmp_path / "python", tmp_path / "deskpulse"
    monkeypatch.setattr("sys.executable", str(python))
    if is_installed:
        script.touch()
    program, options = incident_command(PLAN).split(" simulate ")
    assert shlex.split(program) == ([str(script)] if is_installed else [str(python), "-m", "stream"])
    asked = simulate_command.make_context("simulate", shlex.split(options)).params
    assert (asked["bootstrap_servers"], asked["live"], asked["history"]) == ("127.0.0.1:19123", True, 0)
    assert asked["spikes"]


@pytest.fixture
def answers() -> Iterator[tuple[int, dict[str, object]]]:
    """A port, and what its /readyz answers with."""
    answer: dict[str, object] = {"status": 200, "body": b"{}"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/readyz"
            self.send_response(int(str(answer["status"])))
            self.end_headers()
            self.wfile.write(bytes(answer["body"]))  # type: ignore[call-overload]  # the answer holds bytes

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, answer
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_ready_worker_is_ready(answers: tuple[int, dict[str, object]]) -> None:
    assert why_not_ready(answers[0]) is None


def test_the_reasons_of_a_worker_that_is_not_ready_are_told(answers: tuple[int, dict[str, object]]) -> None:
    answers[1].update(status=503, body=b'{"ready": false, "reasons": ["loading 2 shards", "lag 5"]}')
    assert why_not_ready(answers[0]) == "loading 2 shards; lag 5"
    shards = [f"shard {number} has not begun" for number in range(12)]
    answers[1].update(status=503, body=json.dumps({"ready": False, "reasons": [*shards, "lag 5"]}).encode())
    assert why_not_ready(answers[0]) == "shard 0 has not begun (so 11 more); lag 5"
    answers[1].update(status=503, body=b"<html>")
    assert why_not_ready(answers[0]) == "not ready"


def test_a_worker_that_does_not_listen_is_not_ready() -> None:
    assert why_not_ready(free_ports(1)[0]) == "it does not answer yet"
