"""Security settings reach aiokafka and Faust; a Kafka that does not answer is named, in time."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import faust
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth, server_list
from pydantic import SecretStr

from stream.edge.kafka import connection
from stream.edge.kafka.connection import admin_client, aiokafka_security, faust_broker
from stream.errors import ConfigError, UnavailableError
from stream.settings import KafkaSettings
from tests.patience import PATIENCE_SECONDS

LOGIN = {"sasl_username": "pulse", "sasl_password": SecretStr("correct horse"), "sasl_mechanism": "SCRAM-SHA-512"}
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")


def settings(protocol: str, **more: object) -> KafkaSettings:
    return KafkaSettings.model_validate({"security_protocol": protocol, **more})


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate and its key, which is encrypted."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-subj", "/CN=test", "-passout", "pass:secret"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


def test_plain_is_said_and_nothing_else() -> None:
    assert aiokafka_security(settings("PLAINTEXT")) == {"security_protocol": "PLAINTEXT"}
    assert faust_broker(settings("PLAINTEXT")) == {"broker": ["kafka://127.0.0.1:9092"]}


def test_encryption_checks_the_name_of_the_broker() -> None:
    context = aiokafka_security(settings("SSL"))["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
def test_faust_gives_its_clients_what_ours_get(protocol: str) -> None:
    kafka = settings(protocol, **(LOGIN if protocol.startswith("SASL") else {}))
    app = faust.App("test", **faust_broker(kafka))
    ours, theirs = aiokafka_security(kafka), dict(credentials_to_aiokafka_auth(app.conf.broker_credentials))
    assert (ours.pop("ssl_context", None) is None) == (theirs.pop("ssl_context", None) is None)
    assert ours == theirs


def test_every_client_of_aiokafka_takes_the_arguments() -> None:
    async def make() -> None:
        AIOKafkaProducer(**aiokafka_security(settings("SASL_SSL", **LOGIN)))

    asyncio.run(make())


def test_faust_finds_the_same_addresses() -> None:
    servers = ["a:9092", "[::1]:9093"]
    app = faust.App("test", **faust_broker(KafkaSettings(bootstrap_servers=",".join(servers))))
    assert server_list(app.conf.broker, 1) == servers


@pytest.mark.parametrize("field", ["ssl_ca_file", "ssl_cert_file"])
def test_a_file_that_is_no_certificate_is_named(field: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.pem"
    file.write_text("not PEM")
    with pytest.raises(ConfigError, match=rf"DESKPULSE_KAFKA__{field.upper()}={file}.*allowed: .*PEM"):
        aiokafka_security(settings("SSL", **{field: file}))


@needs_openssl
def test_a_certificate_of_an_own_authority_is_taken(certificate: tuple[Path, Path]) -> None:
    context = aiokafka_security(settings("SSL", ssl_ca_file=certificate[0]))["ssl_context"]
    assert [dict(pair[0] for pair in item["subject"])["commonName"] for item in context.get_ca_certs()] == ["test"]


@needs_openssl
def test_an_encrypted_key_is_an_error_not_a_question_on_the_terminal(certificate: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match="allowed: a PEM certificate and its unencrypted key"):
        aiokafka_security(settings("SSL", ssl_cert_file=certificate[0], ssl_key_file=certificate[1]))


def connect(kafka: KafkaSettings) -> None:
    async def go() -> None:
        async with admin_client(kafka):
            pass

    asyncio.run(go())


def test_a_refused_connection_names_address_and_reason() -> None:
    with pytest.raises(UnavailableError, match=r"Kafka at 127\.0\.0\.1:1 .*does not answer: .*Connect call failed"):
        connect(KafkaSettings(bootstrap_servers="127.0.0.1:1"))


def test_a_port_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER_WITHIN_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UnavailableError, match=rf"Kafka at {address} .*does not answer"):
            connect(KafkaSettings(bootstrap_servers=address))


def test_all_addresses_together_have_the_time_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(_: object) -> None:
        await asyncio.Event().wait()  # as with a long list of addresses, each given up on its own

    async def go() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), admin_client(KafkaSettings()):
            pass

    monkeypatch.setattr(connection, "ANSWER_WITHIN_SECONDS", 0.05)
    monkeypatch.setattr(AIOKafkaAdminClient, "start", start)
    with pytest.raises(UnavailableError, match="no answer in time"):
        asyncio.run(go())
