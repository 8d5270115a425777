"""An answer's bytes as JSON: within bounds, its numbers are numbers, and a large one does not keep the loop waiting."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, Final, NoReturn

MOST_BYTES: Final = 64 << 20
MOST_VALUES: Final = 5_000_000
_BYTES_OF_A_VALUE: Final = 100
"""What one takes when it is decoded, at most; in the answer it may take two or three."""

_LARGE_BYTES: Final = 256 << 10
_SEPARATORS: Final = (b",", b"[", b"{", b":")


def weight_of(body: bytes) -> int:
    """How much memory its JSON takes, at most.

    >>> weight_of(b'"abc"'), weight_of(b'[1, {"a": [2]}]')
    (5, 515)
    """
    # One character beyond Latin-1 makes all of a text wide.
    wide = 1 if body.isascii() and b"\\u" not in body else 4
    return wide * len(body) + _BYTES_OF_A_VALUE * _values(body)


def _values(body: bytes) -> int:
    return sum(map(body.count, _SEPARATORS))


async def decoded(body: bytes) -> Any:
    """The JSON of an answer. ValueError says what is wrong with it, and nothing of what it holds."""
    if len(body) <= _LARGE_BYTES:
        return _decode(body, json.JSONDecoder(parse_constant=_refuse, parse_float=_finite))
    if _values(body) > MOST_VALUES:
        raise ValueError(f"an answer of more than {MOST_VALUES:,} values and names")
    # The decoder holds the interpreter's lock from its first byte to its last, in a thread as well: what is called for
    # each object and number is where others get a turn.
    patient = json.JSONDecoder(
        object_hook=lambda found: found,
        parse_int=_integer,
        parse_constant=_refuse,
        parse_float=_finite,
    )
    return await asyncio.to_thread(_decode, body, patient)


def _decode(body: bytes, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise ValueError("an answer that is no JSON") from error


def _integer(digits: str) -> int:
    return int(digits)


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise ValueError("too large a number")
    return found
