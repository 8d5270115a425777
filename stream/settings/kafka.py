"""Where Apache Kafka is, how to log in there, and how quickly a lost worker is noticed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, FilePath, SecretStr, model_validator

from .section import CommaSeparated, Section, refuse

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


def _check_address(address: str) -> None:
    if "://" in address:
        raise ValueError("a broker is written host:port, without a scheme such as kafka://")
    host, colon, port = address.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not bare or (":" in bare and bare == host) or any(c.isspace() or c in "/@" for c in bare):
        raise ValueError(f"{address!r} is not host:port (an IPv6 host stands in brackets: [::1]:9092)")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError(f"{address!r} has no port from 1 to 65535")


def _check_servers(value: str) -> str:
    addresses = [part.strip() for part in value.split(",") if part.strip()]
    if not addresses:
        raise ValueError("at least one host:port is needed")
    for address in addresses:
        _check_address(address)
    return ",".join(addresses)


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


OptionalFile = Annotated[FilePath | None, BeforeValidator(_empty_is_none)]


class KafkaSettings(Section):
    """Section ``kafka``."""

    bootstrap_servers: Annotated[CommaSeparated, AfterValidator(_check_servers)] = Field(
        "127.0.0.1:9092",
        description="Brokers to begin with, host:port, comma separated; the others are found through them.",
    )
    security_protocol: SecurityProtocol = Field(
        "PLAINTEXT",
        description="Protection of the connection: TLS (SSL), a login (SASL), both, or neither.",
    )
    sasl_mechanism: SaslMechanism = Field(
        "PLAIN", description="How the login is proved; used with SASL_PLAINTEXT and SASL_SSL."
    )
    sasl_username: str = Field("", description="Login name; needed with SASL_PLAINTEXT and SASL_SSL.")
    sasl_password: SecretStr = Field(
        SecretStr(""),
        description="Password of the login; better given in the environment. Never shown.",
    )
    ssl_ca_file: OptionalFile = Field(
        None,
        description="PEM file of the authority behind the brokers' certificates; empty: the system's.",
    )
    ssl_cert_file: OptionalFile = Field(
        None, description="PEM file of the client certificate, where brokers ask for one."
    )
    ssl_key_file: OptionalFile = Field(
        None, description="PEM file of the client certificate's key; empty: it is in ssl_cert_file."
    )
    session_timeout_seconds: float = Field(
        6.0, ge=1, le=1800, description="Silence after which the group takes a worker for dead."
    )
    rebalance_timeout_seconds: float = Field(
        10.0, ge=1, le=1800, description="Time every worker has to join a rebalance before it is left out."
    )
    heartbeat_interval_seconds: float = Field(
        1.0,
        ge=0.1,
        le=600,
        description="Time between signs of life: under a third of session_timeout_seconds.",
    )
    replication_factor: int = Field(
        1,
        ge=1,
        le=32,
        description="Copies of each topic when it is created; 3 in production.",
    )
    watch_interval_seconds: float = Field(
        2.0, ge=0.5, le=60, description="Time between two looks of a worker at whether Kafka answers and topics exist."
    )
    max_silence_seconds: float = Field(
        6.0, ge=1, le=600, description="A worker to which Kafka has not answered for so long is not ready."
    )
    max_decompressed_batch_bytes: int = Field(
        134_217_728,
        ge=1_048_576,
        le=2_147_483_647,
        description="A compressed batch that is larger when decompressed is refused unread: one dead letter for all "
        "its records. Several times this much memory is needed.",
    )
    group_instance_id: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,200}$",
        description="Fixed name of this worker in the group (static membership): a quick restart then moves "
        "nothing. Different for every worker; empty: off.",
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The brokers of ``bootstrap_servers``, one by one."""
        return tuple(self.bootstrap_servers.split(","))

    @property
    def uses_sasl(self) -> bool:
        """Whether the connection needs a login."""
        return self.security_protocol.startswith("SASL_")

    @property
    def uses_ssl(self) -> bool:
        """Whether the connection is encrypted."""
        return self.security_protocol.endswith("SSL")

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = [*self._timeout_problems(), *self._login_problems(), *self._certificate_problems()]
        refuse(problems, dict(self))
        return self

    def _timeout_problems(self) -> list[tuple[str, str]]:
        if self.heartbeat_interval_seconds * 3 < self.session_timeout_seconds:
            return []
        return [
            (
                "heartbeat_interval_seconds",
                f"must be under a third of kafka.session_timeout_seconds ({self.session_timeout_seconds:g})",
            )
        ]

    def _login_problems(self) -> list[tuple[str, str]]:
        given = {
            "sasl_username": bool(self.sasl_username),
            "sasl_password": bool(self.sasl_password.get_secret_value()),
        }
        if self.uses_sasl:
            wanted = f"is needed with kafka.security_protocol {self.security_protocol}"
            return [(name, wanted) for name, present in given.items() if not present]
        unused = (
            f"would not be used with kafka.security_protocol {self.security_protocol}; "
            "set that to SASL_SSL or SASL_PLAINTEXT, or leave this out"
        )
        return [(name, unused) for name, present in given.items() if present]

    def _certificate_problems(self) -> list[tuple[str, str]]:
        files: dict[str, Path | None] = {
            "ssl_ca_file": self.ssl_ca_file,
            "ssl_cert_file": self.ssl_cert_file,
            "ssl_key_file": self.ssl_key_file,
        }
        if not self.uses_ssl:
            unused = (
                f"would not be used with kafka.security_protocol {self.security_protocol}; "
                "set that to SSL or SASL_SSL, or leave this out"
            )
            return [(name, unused) for name, file in files.items() if file is not None]
        if self.ssl_key_file is not None and self.ssl_cert_file is None:
            return [("ssl_cert_file", "is needed with kafka.ssl_key_file: a key alone proves nothing")]
        return []
