"""Dead letters of what was fetched: which record of which list, and why. Nothing of the record itself is kept."""

from __future__ import annotations

import orjson

from stream.connect.letter import letter_of
from stream.connect.outcome import Broken

_LONGEST_CHARACTERS = 256


def letter_key(connect: str, broken: Broken) -> bytes:
    """Equal for the same record, when it is fetched again."""
    return f"/pull/{connect}|{broken.record[:_LONGEST_CHARACTERS]}".encode()


def letter_row(connect: str, broken: Broken, now_us: int) -> bytes:
    """In the form that all dead letters have: the connected system stands where others have topic and offset."""
    row = letter_of(f"/pull/{connect}", broken.reason, broken.detail, now_us)
    return orjson.dumps(row | {"record": broken.record[:_LONGEST_CHARACTERS]})
