"""What a request brings to show who sent it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

COOKIE: Final = "deskpulse_board"

Kind: TypeAlias = Literal["password", "bearer", "board", "unreadable"]


class Credentials(Struct, frozen=True):
    """A login, not looked at yet. ``unreadable``: there is one, but of no kind that is known here."""

    kind: Kind
    secret: str = ""
    user: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.kind})"  # a secret that is printed is in a log before long


def credentials_of(authorization: Sequence[str], cookies: Mapping[str, str]) -> Credentials | None:
    """The login in these Authorization headers, or else in the television's cookie; None without one."""
    if len(authorization) > 1:
        return Credentials("unreadable")
    if authorization:
        scheme, _, value = authorization[0].partition(" ")
        if scheme.lower() == "bearer":
            return Credentials("bearer", value.strip())
        return _basic(value.strip()) if scheme.lower() == "basic" else Credentials("unreadable")
    token = cookies.get(COOKIE)
    return Credentials("board", token) if token is not None else None


def _basic(value: str) -> Credentials:
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return Credentials("unreadable")
    return Credentials("password", password, user) if colon else Credentials("unreadable")
