"""How clients reach Kafka: security for aiokafka and Faust, and one way to say that no broker answers."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from faust.auth import SASLCredentials, SSLCredentials

from stream.edge.kafka.refusals import refusal
from stream.errors import ConfigError, UnavailableError
from stream.settings import KafkaSettings

ANSWER_WITHIN_SECONDS = 10.0


def aiokafka_security(kafka: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments that make any aiokafka client log in and encrypt as the settings say."""
    arguments: dict[str, Any] = {"security_protocol": kafka.security_protocol}
    if kafka.uses_ssl:
        arguments["ssl_context"] = _ssl_context(kafka)
    if kafka.uses_sasl:
        arguments["sasl_mechanism"] = kafka.sasl_mechanism
        arguments["sasl_plain_username"] = kafka.sasl_username
        arguments["sasl_plain_password"] = kafka.sasl_password.get_secret_value()
    return arguments


def faust_broker(kafka: KafkaSettings) -> dict[str, Any]:
    """The settings ``broker`` and ``broker_credentials`` of a Faust app."""
    arguments: dict[str, Any] = {"broker": [f"kafka://{address}" for address in kafka.addresses]}
    context = _ssl_context(kafka) if kafka.uses_ssl else None
    if kafka.uses_sasl:
        # Without a context these credentials mean SASL_PLAINTEXT, with one SASL_SSL.
        arguments["broker_credentials"] = SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.sasl_password.get_secret_value(),
            mechanism=kafka.sasl_mechanism,
            ssl_context=context,
        )
    elif context is not None:
        arguments["broker_credentials"] = SSLCredentials(context)
    return arguments


@asynccontextmanager
async def admin_client(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connected admin client; UnavailableError names the address when no broker answers, now or later.

    ConfigError: a broker answers and lets nobody in; it says which setting to look at.
    """
    client = AIOKafkaAdminClient(
        bootstrap_servers=list(kafka.addresses),
        client_id="deskpulse-admin",
        request_timeout_ms=int(ANSWER_WITHIN_SECONDS * 1000),
        **aiokafka_security(kafka),
    )
    reasons = _Reasons()
    try:
        with reasons:
            # The limit is around everything: with several dead addresses the client tries each one as long.
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                await client.start()
    except (KafkaError, OSError) as error:
        await client.close()
        if refused := refusal(kafka, reasons.cause):
            raise ConfigError(refused) from error
        raise unavailable(kafka, reasons.latest or error) from error
    try:
        yield client
    except (KafkaError, TimeoutError, ConnectionError) as error:
        raise unavailable(kafka, error) from error
    finally:
        await client.close()


def unavailable(kafka: KafkaSettings, reason: object) -> UnavailableError:
    """The error for a Kafka that does not answer: where it was looked for, why it failed, what to check."""
    text = str(reason) or ("no answer in time" if isinstance(reason, TimeoutError) else type(reason).__name__)
    return UnavailableError(
        f"Kafka at {kafka.bootstrap_servers} (DESKPULSE_KAFKA__BOOTSTRAP_SERVERS, {kafka.security_protocol}) "
        f"does not answer: {text}\n"
        "Is the broker running, the address right and the port reachable? For a broker on this machine: "
        "`deskpulse broker`. If it wants TLS or a login, see DESKPULSE_KAFKA__SECURITY_PROTOCOL."
    )


class _Reasons(logging.Handler):
    """Keeps what aiokafka logs while it connects: its exception says only that no address worked, not why."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.latest = ""
        self.cause: BaseException | None = None
        self._logger = logging.getLogger("aiokafka")

    def emit(self, record: logging.LogRecord) -> None:
        self.latest = record.getMessage()
        cause = record.args[-1] if isinstance(record.args, tuple) and record.args else None
        if isinstance(cause, BaseException):
            self.cause = cause
            self.latest += "" if str(cause) else type(cause).__name__  # a TLS connection cut short says nothing else

    def __enter__(self) -> None:
        self._logger.addHandler(self)

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)


def _ssl_context(kafka: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=kafka.ssl_ca_file)
    except ssl.SSLError as error:
        message = _bad_file("ssl_ca_file", kafka.ssl_ca_file, "PEM certificates", error)
        raise ConfigError(message) from error
    if kafka.ssl_cert_file is None:
        return context
    try:
        # Without a password function OpenSSL asks on the terminal for that of an encrypted key, and waits.
        context.load_cert_chain(kafka.ssl_cert_file, kafka.ssl_key_file, password=lambda: "")
    except ssl.SSLError as error:
        files = f"{kafka.ssl_cert_file}, {kafka.ssl_key_file or 'no ssl_key_file'}"
        allowed = "a PEM certificate and its unencrypted key"
        raise ConfigError(_bad_file("ssl_cert_file", files, allowed, error)) from error
    return context


def _bad_file(field: str, value: object, allowed: str, error: ssl.SSLError) -> str:
    return f"DESKPULSE_KAFKA__{field.upper()}={value}: allowed: {allowed} ({error.reason or error})"
