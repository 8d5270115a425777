"""A Kafka that wants a login or a client certificate, and certificates for both sides."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from stream.broker.embedded import EmbeddedKafka
from stream.broker.jars import ensure_jars
from stream.broker.java import java_command
from stream.broker.ports import free_ports
from tests.patience import PATIENCE_SECONDS

USER, PASSWORD = "pulse", "correct horse"


class Authority:
    """Issues certificates as PEM files in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def issue(self, name: str) -> Path:
        """A PEM file of a key and its certificate, as Kafka and OpenSSL both read it."""
        issued = self._authority.issue_cert(name)
        key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
        file = self._folder / f"{name}.pem"
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + chain)
        return file


class Secured(NamedTuple):
    """The addresses: without protection (for the test itself), with a login over TLS, with client certificates."""

    plain: str
    login: str
    certificates: str
    authority: Authority


@contextmanager
def secured_kafka(folder: Path) -> Iterator[Secured]:
    """A broker of its own with SCRAM-SHA-512 over TLS on one port and mutual TLS on another."""
    authority = Authority(folder / "authority")
    login, certificates = free_ports(2)
    pem = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(authority.issue("127.0.0.1")),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.file),
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.ssl.ssl.client.auth": "required",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
    }
    listeners = [f"SASL_SSL://127.0.0.1:{login}", f"SSL://127.0.0.1:{certificates}"]
    with EmbeddedKafka(data_dir=folder / "kafka", extra_settings=pem, listeners=listeners) as kafka:
        _add_user(kafka, folder)
        yield Secured(kafka.bootstrap_servers, f"127.0.0.1:{login}", f"127.0.0.1:{certificates}", authority)


def _add_user(kafka: EmbeddedKafka, folder: Path) -> None:
    log4j = folder / "kafka" / "node-1" / "log4j2.properties"
    command = [*java_command(ensure_jars(), 256, log4j), "kafka.admin.ConfigCommand", "--bootstrap-server"]
    command += [kafka.bootstrap_servers, "--alter", "--entity-type", "users", "--entity-name", USER]
    command += ["--add-config", f"SCRAM-SHA-512=[password={PASSWORD}]"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
