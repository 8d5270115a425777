"""Dead letters of the gateway: why, of which record of which hook; nothing of what was sent but its length and hash."""

from __future__ import annotations

import hashlib

import orjson

from stream.connect.letter import letter_of
from stream.gateway.taken import Letter


def letter_key(path: str, letter: Letter, body: bytes) -> bytes:
    """Key of a dead letter: equal where the same delivery is broken again."""
    return f"{path}|{letter.record}|{hashlib.sha256(body).hexdigest()[:16]}".encode()


def letter_row(path: str, letter: Letter, body: bytes, now_us: int) -> bytes:
    """Value of a dead letter, in the form that all have: the hook stands where others have topic and offset."""
    row = letter_of(path, letter.reason, letter.detail, now_us, len(body))
    row["original_sha256"] = hashlib.sha256(body).hexdigest()
    if letter.record:
        row["record"] = letter.record
    return orjson.dumps(row)
