"""Where the HTTP side listens, and how much one client may take of it."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from .section import Names, Section, refuse

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")


def _check_networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ipaddress.ip_network(value)
        except ValueError as error:
            raise ValueError(f"{value!r} is no address or network such as 10.0.0.7 or 10.0.0.0/24 ({error})") from None
    return values


def _check_hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value != "*" and not _HOST.fullmatch(value):
            raise ValueError(f"{value!r} is no name such as desk.example.com, *.example.com or * (no port, no scheme)")
    return values


class HttpSettings(Section):
    """Section ``http``: metrics, wallboard and health in one server."""

    enabled: bool = Field(True, description="Serve metrics, wallboard and health.")
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        max_length=255,
        description="Address to listen on; 0.0.0.0: all.",
    )
    port: int = Field(8087, ge=0, le=65535, description="Port to listen on; 0: a free one.")
    allowed_hosts: Annotated[Names, AfterValidator(_check_hosts)] = Field(
        (),
        description="Names that the worker answers to, beside addresses, localhost and http.host; *.example.com: all "
        "below; *: any, which lets pages of elsewhere read it (DNS rebinding).",
    )
    trusted_proxies: Annotated[Names, AfterValidator(_check_networks)] = Field(
        (),
        description="Proxies in front of the worker: from these alone X-Forwarded-For is believed; empty: none.",
    )
    max_connections: int = Field(
        512,
        ge=8,
        le=10_000,
        description="Open connections; for one more, the one that has waited longest without a request is closed.",
    )
    max_connections_per_address: int = Field(
        128, ge=4, le=10_000, description="The same for one client address; trusted proxies have no such limit."
    )
    max_streams: int = Field(200, ge=1, le=10_000, description="Wallboards that are open at the same time.")
    max_streams_per_address: int = Field(50, ge=1, le=10_000, description="The same for one client address.")
    header_timeout_seconds: float = Field(
        10.0, ge=0.1, le=600, description="A request's header, and a TLS handshake, must be complete in this time."
    )
    keepalive_timeout_seconds: float = Field(
        75.0, ge=0.1, le=3600, description="A connection without a request is closed after this time."
    )
    write_timeout_seconds: float = Field(
        10.0, ge=0.1, le=600, description="A client that takes nothing of its answer for so long is cut off."
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = [
            (f"{part}_per_address", f"must not be more than http.{part} ({whole})")
            for part, whole in (("max_connections", self.max_connections), ("max_streams", self.max_streams))
            if f"{part}_per_address" in self.model_fields_set and getattr(self, f"{part}_per_address") > whole
        ]
        refuse(problems, dict(self))
        return self
