"""Where the gateway listens for webhooks, and how much it takes at once."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from .http import check_networks
from .kafka import OptionalFile
from .section import Names, Section, refuse


class GatewaySettings(Section):
    """Section ``gateway``: the process ``deskpulse gateway``. Workers do not read it."""

    host: str = Field("127.0.0.1", min_length=1, max_length=255, description="Address to listen on; 0.0.0.0: all.")
    port: int = Field(8091, ge=0, le=65535, description="Port to listen on; 0: a free one.")
    metrics_host: str = Field(
        "127.0.0.1", min_length=1, max_length=255, description="Address to listen on for /metrics, /healthz, /readyz."
    )
    metrics_port: int = Field(
        8092,
        ge=0,
        le=65535,
        description="Port for these; 0: a free one. Where it is gateway.port, all the world may read them.",
    )
    trusted_proxies: Annotated[Names, AfterValidator(check_networks)] = Field(
        (),
        description="Proxies in front of the gateway: these have no limit of connections for one address; empty: none.",
    )
    tls_certificate: OptionalFile = Field(
        None, description="PEM file of the server's certificate, with what stands behind it: TLS only. Empty: no TLS."
    )
    tls_key: OptionalFile = Field(
        None, description="PEM file of the certificate's key; empty: it is in tls_certificate."
    )
    max_connections: int = Field(
        1024,
        ge=8,
        le=10_000,
        description="Open connections; for one more, the one that has waited longest without a request is closed.",
    )
    max_connections_per_address: int = Field(
        512, ge=4, le=10_000, description="The same for one client address; trusted proxies have no such limit."
    )
    max_waiting_deliveries: int = Field(
        1000, ge=1, le=100_000, description="Deliveries that wait for Kafka at one time; further ones come again later."
    )
    max_waiting_bytes: int = Field(67_108_864, ge=1_048_576, le=1_073_741_824, description="The same for their bodies.")
    header_timeout_seconds: float = Field(
        10.0, ge=0.1, le=600, description="A request's header, and a TLS handshake, must be complete in this time."
    )
    body_timeout_seconds: float = Field(5.0, ge=0.1, le=600, description="The same for its body.")
    keepalive_timeout_seconds: float = Field(
        75.0, ge=0.1, le=3600, description="A connection without a request is closed after this time."
    )
    write_timeout_seconds: float = Field(
        10.0, ge=0.1, le=600, description="A client that takes nothing of its answer for so long is cut off."
    )
    answer_within_seconds: float = Field(
        3.0,
        ge=0.1,
        le=60,
        description="A delivery that Kafka has not acknowledged in this time gets 503; most vendors wait 5 s.",
    )
    retry_after_seconds: int = Field(
        30, ge=1, le=3600, description="What Retry-After says then; some vendors try again only below 60."
    )
    drain_seconds: float = Field(
        10.0, ge=0, le=600, description="At its end it answers what it has, for no longer than this."
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = []
        if self.tls_certificate is None and self.tls_key is not None:
            problems.append(
                ("tls_key", "is of no use without gateway.tls_certificate; set that too, or leave this out")
            )
        if (
            "max_connections_per_address" in self.model_fields_set
            and self.max_connections_per_address > self.max_connections
        ):
            text = f"must not be more than gateway.max_connections ({self.max_connections})"
            problems.append(("max_connections_per_address", text))
        refuse(problems, dict(self))
        return self
