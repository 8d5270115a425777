"""Dead letters of what was fetched: which record of which list, and why. Nothing of the record itself is kept."""

from __future__ import annotations

import orjson

from stream.connect.outcome import Broken
from stream.domain.times import format_time_us

_LONGEST_CHARACTERS = 256


def letter_key(connect: str, broken: Broken) -> bytes:
    """Equal for the same record, when it is fetched again."""
    return f"/pull/{connect}|{broken.record[:_LONGEST_CHARACTERS]}".encode()


def letter_row(connect: str, broken: Broken, now_us: int) -> bytes:
    """In the form that all dead letters have: the connected system stands where others have topic and offset."""
    return orjson.dumps(
        {
            "reason": "invalid_value",
            "detail": broken.detail,
            "topic": f"/pull/{connect}",
            "partition": 0,
            "offset": 0,
            "timestamp": format_time_us(now_us),
            "key_base64": None,
            "original_base64": None,
            "original_bytes": 0,
            "record": broken.record[:_LONGEST_CHARACTERS],
        }
    )
