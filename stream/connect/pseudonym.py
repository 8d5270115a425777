"""Ids in place of names: equal for equal names under one key, and naming nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeAlias

Pseudonym: TypeAlias = Callable[[str], str]


def pseudonyms(key: str) -> Pseudonym:
    """A function from names to ``agent-`` and twelve hex digits.

    Without a key that nobody knows, a guessed name can be confirmed.
    """
    secret = hashlib.sha256(key.encode()).digest()

    def pseudonym(name: str) -> str:
        return "agent-" + hashlib.blake2b(name.encode("utf-8", "replace"), key=secret, digest_size=6).hexdigest()

    return pseudonym
