"""One other system that Deskpulse is connected to: whose events, how they come, what is secret about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from .section import Section

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
NAMES_ALLOWED: Final = "a-z, 0-9 and '-', at most 63, starting with a letter or digit"


def _check_name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"allowed: {NAMES_ALLOWED}")
    return value


def _check_source(value: str) -> str:
    if len(value) > 256 or "@" in value or not value.isprintable() or any(sign.isspace() for sign in value):
        raise ValueError("allowed: up to 256 characters without spaces and @, such as /zendesk/acme")
    return value


def _is_url(value: str) -> bool:
    split = urlsplit(value)
    return split.scheme in ("http", "https") and bool(split.hostname) and value == value.strip()


def _check_url(value: str) -> str:
    if value and not _is_url(value):
        raise ValueError(
            "allowed: the whole address that the vendor calls, such as https://hooks.example.com/hooks/acme"
        )
    return value


def _check_api_url(value: str) -> str:
    if value and (not _is_url(value) or "@" in value or "?" in value or "#" in value):
        raise ValueError("allowed: the address below which the API lies, such as https://acme.zendesk.com")
    return value.rstrip("/")


def _as_list(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _as_path(value: object) -> object:
    return None if value == "" else value


Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_as_list)]
"""Comma separated in the environment, an array (or the same text) in a file."""


class ConnectSettings(Section):
    """A section ``[[connect]]``; there may be any number of them, each with a name of its own."""

    name: Annotated[str, AfterValidator(_check_name)] = Field(
        description="The hook's address is /hooks/NAME, and the variables begin with DESKPULSE_CONNECT__NAME.",
    )
    vendor: str = Field(
        min_length=1, max_length=64, description="Which system it is: cloudevents, or a name of `deskpulse convert`."
    )
    source: Annotated[str, AfterValidator(_check_source)] = Field(
        "", description="Whose events these are, such as /zendesk/acme; empty: /<vendor>/<name>."
    )
    scheme: str = Field("", description="How deliveries are signed; empty: the vendor's usual way.")
    secrets: Secrets = Field(
        (),
        description="What deliveries are signed with. Any of them will do, so that one can be replaced without a gap.",
    )
    secrets_file: Annotated[Path | None, BeforeValidator(_as_path)] = Field(
        None, description="File with one secret a line, besides those of secrets; read again when it changes."
    )
    public_url: Annotated[str, AfterValidator(_check_url)] = Field(
        "", description="Address that the vendor calls, where that is a part of what it signs (HubSpot, Twilio)."
    )
    tolerance_seconds: float = Field(
        300.0, ge=1, le=86_400, description="A signed delivery that is older, or so far ahead of the clock, is refused."
    )
    max_body_bytes: int = Field(1_048_576, ge=1024, le=16_777_216, description="A larger delivery is refused.")
    max_deliveries_per_second: float = Field(
        200.0,
        ge=0.1,
        le=100_000,
        description="More of them, beyond a burst of ten seconds' worth, are told to come later.",
    )
    api_url: Annotated[str, AfterValidator(_check_api_url)] = Field(
        "", description="Address of the vendor's API for `deskpulse pull`; empty: it is not asked."
    )
    api_user: str = Field("", max_length=256, description="User whose token it is, where the vendor wants one.")
    api_token: SecretStr = Field(SecretStr(""), description="Token of the API.")
    api_token_file: Annotated[Path | None, BeforeValidator(_as_path)] = Field(
        None, description="File that holds api_token, read again when the vendor refuses it."
    )
    api_requests_per_minute: float = Field(
        0.0, ge=0, le=1_000_000, description="Requests of one list of the API a minute; 0: what the vendor allows."
    )
    poll_seconds: float = Field(60.0, ge=0.05, le=86_400, description="The API is asked so often for what is new.")
    options: dict[str, Any] = Field(
        {}, description="Options of the vendor (docs/connect): names of teams, what statuses mean, ..."
    )

    @property
    def source_name(self) -> str:
        """``source``, or the one that stands for it."""
        return self.source or f"/{self.vendor.replace('_', '-')}/{self.name}"
