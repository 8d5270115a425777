"""What arrived at a hook, as far as its signature is concerned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Verdict: TypeAlias = Literal["genuine", "unsigned", "wrong_signature", "no_timestamp", "stale"]
"""``unsigned``: a header or field the scheme needs is missing or cannot be read. ``stale``: outside the tolerance."""


class HookRequest(Struct, frozen=True):
    """One delivery. ``headers`` by lower-case name; ``body`` as it came, before anything was decoded.

    ``url`` is the address that the vendor called, with its query, as it is configured for the hook: what the client
    says of it (Host) is never believed.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
