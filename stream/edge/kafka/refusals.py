"""A Kafka that answers and lets nobody in: which of the settings to look at. Pure: made from the client's exception."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from stream.settings import KafkaSettings

_LOGIN_ERRORS = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)


def refusal(kafka: KafkaSettings, error: BaseException | None) -> str:
    """What was refused, by whom, and what to look at; empty when ``error`` is something else."""
    for cause in _causes(error):
        where = f"Kafka at {kafka.bootstrap_servers} ({kafka.security_protocol})"
        if isinstance(cause, UnsupportedSaslMechanismError):
            return (
                f"{where} refuses the login: it does not know the mechanism {kafka.sasl_mechanism} "
                f"(DESKPULSE_KAFKA__SASL_MECHANISM; the user is DESKPULSE_KAFKA__SASL_USERNAME={kafka.sasl_username!r})"
            )
        if isinstance(cause, _LOGIN_ERRORS):
            return (
                f"{where} refuses the login DESKPULSE_KAFKA__SASL_USERNAME={kafka.sasl_username!r} by "
                f"{kafka.sasl_mechanism} (DESKPULSE_KAFKA__SASL_MECHANISM): check it and DESKPULSE_KAFKA__SASL_PASSWORD"
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"{where} shows a certificate that is not trusted: {cause.reason}: {cause.verify_message}. Is its "
                f"authority in DESKPULSE_KAFKA__SSL_CA_FILE={kafka.ssl_ca_file or ''}, and its name the address?"
            )
        if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
            return (
                f"{where} refuses the certificate DESKPULSE_KAFKA__SSL_CERT_FILE={kafka.ssl_cert_file or '(none)'}: "
                f"{(cause.reason or '').replace('_', ' ').lower()}"
            )
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
