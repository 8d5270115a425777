"""Where the HTTP side listens, and how much one client may take of it."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from .kafka import OptionalFile
from .section import Names, Section, refuse

SIDES = ("board", "api", "metrics")
"""What may be on a port of its own, or nowhere."""

_ANCESTOR = re.compile(r"'none'|'self'|(https?://)?((\*\.)?[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(:([0-9]{1,5}|\*))?")
_URL = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}/?")
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")


def check_networks(values: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses and networks as given; ValueError says what is wrong."""
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


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _check_url(value: str) -> str:
    if value and not _URL.fullmatch(value):
        raise ValueError(f"{value!r} is not http:// or https:// with a host and a port, such as http://10.0.0.7:8087")
    return value.rstrip("/")


def _check_place(value: str) -> str:
    if value in ("on", "off") or (value.isascii() and value.isdigit() and len(value) <= 5 and int(value) <= 65535):
        return value
    raise ValueError(f"allowed: {PLACES}")


def _check_ancestors(value: str) -> str:
    sources = [source for source in value.split(" ") if source]
    if not sources or not all(_ANCESTOR.fullmatch(source) for source in sources):
        raise ValueError(f"allowed: {ANCESTORS}")
    bare = [source.strip("'") for source in sources]
    if len(bare) > 1 and "none" in bare:
        raise ValueError("none stands alone")
    return " ".join(bare)


PLACES = "on (on http.port), off, or a port of its own from 0 to 65535 (0: a free one)"
ANCESTORS = "none, self, or addresses such as https://intranet.example.com, separated by spaces"
Place = Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_check_place)]


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
    board: Place = Field(
        "on", description="Where the wallboard is, with its files and its stream: on http.port, off, or its own port."
    )
    api: Place = Field("on", description="The same for the numbers as JSON and their stream, /api/...")
    metrics: Place = Field("on", description="The same for /metrics. /healthz and /readyz are on every port.")
    advertised_url: Annotated[str, AfterValidator(_check_url)] = Field(
        "",
        description="Address under which other workers reach this one, to show its numbers: http://10.0.0.7:8087. "
        "Empty: http.host and the port, and for 0.0.0.0 the address that this machine talks to Kafka from.",
    )
    frame_ancestors: Annotated[str, AfterValidator(_check_ancestors)] = Field(
        "none", description="Who may show the wallboard in a frame (frame-ancestors of its content-security policy)."
    )
    allowed_hosts: Annotated[Names, AfterValidator(_check_hosts)] = Field(
        (),
        description="Names that the worker answers to, beside addresses, localhost and http.host; *.example.com: all "
        "below; *: any, which lets pages of elsewhere read it (DNS rebinding).",
    )
    trusted_proxies: Annotated[Names, AfterValidator(check_networks)] = Field(
        (),
        description="Proxies in front of the worker: from these alone X-Forwarded-For is believed; empty: none.",
    )
    tls_certificate: OptionalFile = Field(
        None, description="PEM file of the server's certificate, with what stands behind it: TLS 1.3, no HTTP without."
    )
    tls_key: OptionalFile = Field(
        None, description="PEM file of the certificate's key; empty: it is in tls_certificate."
    )
    tls_client_ca: OptionalFile = Field(
        None, description="PEM file of the authority of client certificates; with it every client needs one."
    )
    users_file: OptionalFile = Field(
        None, description="YAML file of who may log in (docs/access.md); with it only /healthz answers without a login."
    )
    max_wrong_logins_per_minute: int = Field(
        10, ge=1, le=1000, description="From one client address; after that its logins wait."
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
    max_streams: int = Field(
        200,
        ge=1,
        le=10_000,
        description="Wallboards open at the same time; never more than three quarters of the connections.",
    )
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
    max_metrics_samples: int = Field(
        400_000,
        ge=10_000,
        le=10_000_000,
        description="Samples of numbers on /metrics, one with labels of over 256 bytes counts as several; group-bys "
        "that do not fit are left out whole, the finest first.",
    )

    @property
    def ports(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """Each port to listen on, and what is there, ``http.port`` first. The same port is shared; each 0 is new."""
        here = frozenset(side for side in SIDES if getattr(self, side) == "on")
        others: dict[str, set[str]] = {}
        for side in SIDES:
            place = getattr(self, side)
            if place not in ("on", "off"):
                others.setdefault(side if int(place) == 0 else str(int(place)), set()).add(side)
        own = ((int(key) if key.isdigit() else 0, frozenset(sides)) for key, sides in others.items())
        return (self.port, here), *own

    @property
    def answered_hosts(self) -> tuple[str, ...]:
        """``allowed_hosts``, and the name by which other workers ask."""
        own = urlsplit(self.advertised_url).hostname
        return (*self.allowed_hosts, own) if own else self.allowed_hosts

    @property
    def framed_by(self) -> str:
        """``frame_ancestors`` as a content-security policy writes it."""
        return " ".join(f"'{word}'" if word in ("none", "self") else word for word in self.frame_ancestors.split())

    @property
    def asks_who(self) -> bool:
        """Whether a client has to show who it is."""
        return self.users_file is not None or self.tls_client_ca is not None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = [
            (f"{part}_per_address", f"must not be more than http.{part} ({whole})")
            for part, whole in (("max_connections", self.max_connections), ("max_streams", self.max_streams))
            if f"{part}_per_address" in self.model_fields_set and getattr(self, f"{part}_per_address") > whole
        ]
        if self.tls_certificate is None:
            alone = "is of no use without http.tls_certificate; set that too, or leave this out"
            problems += [(name, alone) for name in ("tls_key", "tls_client_ca") if getattr(self, name) is not None]
        problems += [
            (side, f"is http.port itself; write on, or give it another port ({PLACES})")
            for side in SIDES
            if self.port and getattr(self, side) == str(self.port)
        ]
        refuse(problems, dict(self))
        return self
