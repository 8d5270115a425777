"""An answer's bytes as JSON: within bounds, its numbers are numbers, and a large one does not keep the loop waiting."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, Final, NoReturn

MOST_BYTES: Final = 64 << 20
MOST_VALUES: Final = 5_000_000
"""A value takes up to a hundred bytes of memory, and two of the answer."""

_LARGE_BYTES: Final = 256 << 10
_SEPARATORS: Final = (b",", b"[", b"{")


async def decoded(body: bytes) -> Any:
    """The JSON of an answer. ValueError says what is wrong with it, and nothing of what it holds."""
    if len(body) <= _LARGE_BYTES:
        return _decode(body, json.JSONDecoder(parse_constant=_refuse, parse_float=_finite))
    if sum(map(body.count, _SEPARATORS)) > MOST_VALUES:
        raise ValueError(f"an answer of more than {MOST_VALUES:,} values")
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
