"""A7 and its kin: dead letters that do not fit, that are many, that are never the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tests.attacks.attack import Attack
from tests.attacks.records import Record
from tests.attacks.stand import Stand

_MIB = 1 << 20
_SMALL_TOPIC = {"dead_letter": {"max.message.bytes": str(_MIB)}}


def _bad(count: int, size: int, key: bytes = b"L-1", headers: tuple[tuple[str, bytes], ...] = ()) -> Iterator[Record]:
    for _ in range(count):
        yield Record("tickets", key, b"{" + b" " * size, headers)


def _unusual() -> Iterator[Record]:
    yield from _bad(1, 920_000)
    yield from _bad(1, _MIB - 2)
    yield from _bad(1, 3 * _MIB)
    yield from _bad(1, 10, key=b"k" * 900_000)
    yield from _bad(1, 10, key=b"k" * 3 * _MIB)
    yield from _bad(1, 10, headers=(("h" * 500_000, b"v" * 500_000),))
    yield from _bad(1, 10, headers=tuple((f"h{number}", b"v") for number in range(50_000)))
    yield from _bad(1, 700_000, key=b"k" * 700_000, headers=(("h", b"v" * 700_000),))


def _each_refused(stand: Stand) -> str:
    fates = stand.fates()
    refused = sum(count for fate, count in fates.items() if fate not in ("events", "duplicates"))
    assert refused == stand.sent, f"{refused} of {stand.sent} refused: {fates}"
    letters = stand.letters()
    assert letters, "not one dead letter was written"
    return f"{refused} refused, {len(letters)} dead letters of {sum(map(len, letters)) / _MIB:.1f} MiB"


ATTACKS = (
    Attack(
        "letter",
        "a bad event of 920 kB, where the dead-letter topic takes 1 MiB",
        lambda stand: stand.send(_bad(1, 920_000)),
        _each_refused,
        topics=_SMALL_TOPIC,
    ),
    Attack(
        "letters",
        "bad events with values, keys and headers of up to 3 MiB, where the dead-letter topic takes 1 MiB",
        lambda stand: stand.send(_unusual()),
        _each_refused,
        topics=_SMALL_TOPIC,
        long=True,
    ),
    Attack(
        "letter-flood",
        "50 thousand small bad events, and 200 of 1 MB",
        lambda stand: stand.send(chain(_bad(50_000, 200), _bad(200, 1_000_000))),
        _each_refused,
        growth_mib=400,
        long=True,
    ),
)
