"""CPU milliseconds of the records that cost the decoder most, each as large as an event may be.

Run as ``python -m tests.bench.bench_hostile``. The best round counts; `MOST_MILLISECONDS` is what one may take.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from tests.bench.benchmark import Benchmark, Result, alone, say
from tests.contract.hostile import FIELDS, TEXT_FAMILIES, right_event, takes_text

MOST_MILLISECONDS = 5.0
LATEST_US = 4_000_000_000_000_000
_ROOM = Limits().max_event_bytes - 2_000


def records() -> Iterator[tuple[str, bytes]]:
    """Names and values: every text of the contract with every family of characters, and other ways to be large."""
    for event_type, fields in FIELDS.items():
        for field in filter(takes_text, fields):
            for family, piece in TEXT_FAMILIES.items():
                event = right_event(event_type)
                holder = event if len(field.path) == 1 else event["data"]
                holder[field.path[-1]] = piece * (_ROOM // len(json.dumps(piece, ensure_ascii=False).encode()))
                yield f"{event_type} {'.'.join(field.path)} {family}", _json(event)
    for family, piece in TEXT_FAMILIES.items():
        event = right_event("support.ticket.created")
        for name in ("channel", "team", "priority"):
            event["data"][name] = piece * (_ROOM // 3 // len(json.dumps(piece, ensure_ascii=False).encode()))
        yield f"three labels {family}", _json(event)
        yield f"three labels of 512 {family}", _json(right_event("support.ticket.created") | {"data": _labels(piece)})
    yield from _structures()


def _labels(piece: str) -> dict[str, str]:
    return {name: (piece * 512)[:511] + end for name, end in (("channel", "a"), ("team", "b"), ("priority", "c"))}


def _structures() -> Iterator[tuple[str, bytes]]:
    event = right_event("support.ticket.created")
    many = {f"k{number:05}": 0 for number in range(_ROOM // 13)}
    without_id = {name: value for name, value in event.items() if name != "id"}
    yield "many fields", _json(event | many)
    yield "many fields, none of the contract", _json(many)
    yield "many fields, id missing", _json(without_id | many)
    yield "many fields in data", _json(event | {"data": event["data"] | many})
    yield "many fields in data, channel missing", _json(event | {"data": many})
    yield "many fields, unknown type", _json(event | many | {"type": "acme.order"})
    yield "data given many times", _with(event, '"data":{"channel":"e"},' * (_ROOM // 23) + '"x":0')
    yield "array of long integers", _with(without_id, '"id":[' + ",".join(["9" * 4000] * (_ROOM // 4001)) + "]")
    yield "one integer", _with(event, '"sequence":' + "9" * _ROOM)
    yield "one fraction", _with(right_event("support.ticket.ended"), '"data":{"hold_seconds":0.' + "9" * _ROOM + "}")
    yield "one number", _with(right_event("support.ticket.ended"), '"data":{"hold_seconds":' + "9" * _ROOM + "}")
    yield "nested arrays", b"[" * _ROOM
    yield "nested objects", b'{"type":' * (_ROOM // 8)
    for filler in (b",", b":", b":[", b": ", b" ", b'"', b"-", b"\x00", b"\xff", b"NaN,", b"[],"):
        yield f"only {filler!r}", filler * (_ROOM // len(filler))
        yield f"text of {filler!r}, not ended", b'{"type":"' + filler * (_ROOM // len(filler))


def _json(event: Mapping[str, object]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _with(event: Mapping[str, object], text: str) -> bytes:
    return _json(event)[:-1] + f",{text}}}".encode()


def best_milliseconds(value: bytes, rounds: int) -> float:
    """CPU time of decoding ``value`` with a fresh decoder."""
    best = float("inf")
    for _ in range(rounds):
        decode = Decoder().decode
        began = time.process_time_ns()
        decode(value, None, (), LATEST_US)
        best = min(best, (time.process_time_ns() - began) / 1e6)
    return best


def measure(_: str, *, rounds: int, most: int | None = None) -> Result:
    """The costliest records, of all or of the first ``most``."""
    chosen = islice(records(), most)
    spent = sorted(((best_milliseconds(value, rounds), name) for name, value in chosen), reverse=True)
    for milliseconds, name in spent[:20]:
        say(f"{milliseconds:8.2f} ms  {name}")
    worst, name = spent[0]
    return {"worst_milliseconds": round(worst, 2), "worst": name, "records": len(spent), "allowed": MOST_MILLISECONDS}


def section(part: Result) -> Iterator[str]:
    """Its part of the page, were it in the suite."""
    yield f"The costliest record takes {part['worst_milliseconds']} ms."


BENCHMARK: Final = Benchmark(
    "hostile",
    measure,
    {"tiny": {"rounds": 1, "most": 20}, "quick": {"rounds": 1}, "full": {"rounds": 5}},
    ("worst_milliseconds", "worst", "records", "allowed"),
    section,
    needs_broker=False,
)

if __name__ == "__main__":
    alone(BENCHMARK)
