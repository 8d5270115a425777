"""SCRAM-SHA-512 over TLS and mutual TLS with a real broker: a worker counts, and a wrong secret is a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.errors import ConfigError
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.integration.secured import PASSWORD, USER, Authority, Secured, secured_kafka
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.broker
FEW_ROWS = {"TOPICS__PARTITIONS": "1", "GROUP_BY__NAMES": "all", "WINDOWS__ROLLING": "1h"}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_kafka(tmp_path_factory.mktemp("secured")) as kafka:
        yield kafka


def login(secured: Secured, namespace: str, password_file: Path, **more: str) -> dict[str, str]:
    """Variables of a worker that logs in."""
    chosen = {
        "KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA__SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA__SASL_USERNAME": USER,
        "KAFKA__SASL_PASSWORD_FILE": str(password_file),
        "KAFKA__SSL_CA_FILE": str(secured.authority.file),
        **FEW_ROWS,
        **more,
    }
    return environment(secured.login, namespace, **chosen)


def certificate(secured: Secured, namespace: str, **more: str) -> dict[str, str]:
    """Variables of a worker that shows a certificate."""
    chosen = {
        "KAFKA__SECURITY_PROTOCOL": "SSL",
        "KAFKA__SSL_CA_FILE": str(secured.authority.file),
        "KAFKA__SSL_CERT_FILE": str(secured.authority.issue("worker.example")),
        **FEW_ROWS,
    }
    return environment(secured.certificates, namespace, **{**chosen, **more})


def password_file(folder: Path, password: str = PASSWORD) -> Path:
    file = folder / "password"
    file.write_text(password + "\n")
    return file


def counts_an_event(variables: dict[str, str], folder: Path) -> None:
    settings = with_topics(variables)
    send(settings, [event("T-1", "ticket.created", 10, channel="email")])
    with RealWorker(variables, folder / "worker.log").wait_ready() as worker:
        worker.wait_until(lambda: worker.samples("open_tickets", by="all", window="now") == [1], "the event counted")


def refused(variables: dict[str, str]) -> str:
    """What a worker says that is not let in; with the exit code of a wrong setting."""
    done = subprocess.run(
        [sys.executable, "-m", "stream", "worker"],
        env={**os.environ, **variables, "DESKPULSE_HTTP__PORT": "0"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == ConfigError.exit_code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_worker_logs_in_with_scram_and_a_password_from_a_file(
    secured: Secured, namespace: str, tmp_path: Path
) -> None:
    counts_an_event(login(secured, namespace, password_file(tmp_path)), tmp_path)


def test_a_worker_shows_its_certificate(secured: Secured, namespace: str, tmp_path: Path) -> None:
    counts_an_event(certificate(secured, namespace), tmp_path)


@pytest.mark.parametrize("wrong", ["password", "user", "mechanism"])
def test_a_login_that_is_refused_names_what_to_look_at(
    secured: Secured, namespace: str, tmp_path: Path, wrong: str
) -> None:
    more = {"user": {"KAFKA__SASL_USERNAME": "nobody"}, "mechanism": {"KAFKA__SASL_MECHANISM": "SCRAM-SHA-256"}}
    file = password_file(tmp_path, "wrong horse" if wrong == "password" else PASSWORD)
    told = refused(login(secured, namespace, file, **more.get(wrong, {})))
    assert f"Kafka at {secured.login}" in told
    assert "refuses the login" in told
    assert "DESKPULSE_KAFKA__SASL_USERNAME" in told
    assert not any(secret in told for secret in (PASSWORD, "wrong horse"))


def test_a_certificate_of_somebody_else_is_refused_in_words(secured: Secured, namespace: str, tmp_path: Path) -> None:
    strange = Authority(tmp_path / "strange").issue("worker.example")
    told = refused(certificate(secured, namespace, KAFKA__SSL_CERT_FILE=str(strange)))
    assert f"Kafka at {secured.certificates}" in told
    assert "refuses the certificate" in told
    assert "DESKPULSE_KAFKA__SSL_CERT_FILE" in told


def test_no_certificate_where_one_is_wanted_is_told(secured: Secured, namespace: str) -> None:
    told = refused(certificate(secured, namespace, KAFKA__SSL_CERT_FILE=""))
    assert "refuses the certificate" in told


def test_a_broker_of_an_unknown_authority_is_not_trusted(secured: Secured, namespace: str, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other").file
    told = refused(login(secured, namespace, password_file(tmp_path), KAFKA__SSL_CA_FILE=str(other)))
    assert "certificate verify failed" in told
    assert "DESKPULSE_KAFKA__SSL_CA_FILE" in told
