"""One answer as it is kept for the last so many of them: bytes, which sort by time.

Of answers at the same microsecond a digest of ticket and survey says which is the later: a fixed order that no
arrival changes, and that neither good nor bad ones have an advantage in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from struct import Struct
from typing import Final, TypeAlias

from stream.domain.cells import Cell, Cells
from stream.domain.facts import Fact

Families: TypeAlias = Mapping[str, tuple[str, ...]]
"""By name of a metric: the measures of its answers. All answers have the first, and an amount for it."""

MOST_MEASURES: Final = 16
_FORM: Final = Struct(">Q4sHq")
"""Time (microseconds), digest, which of the measures (a bit for each), amount."""
_DIGEST_BYTES: Final = 4

ENTRY_BYTES: Final = _FORM.size


def entry_of(ticket: str, key: str, fact: Fact, measures: Sequence[str]) -> bytes:
    """The answer that ``fact`` is; ``key``: that of the fact."""
    marks = 0
    for booking in fact.bookings:
        if booking.measure.name in measures:
            marks |= 1 << measures.index(booking.measure.name)
    digest = blake2b(f"{ticket}\0{key}".encode(), digest_size=_DIGEST_BYTES).digest()
    return _FORM.pack(fact.time_us, digest, marks, fact.bookings[0].amount)


def time_us_of(entry: bytes) -> int:
    """When it was given."""
    return int.from_bytes(entry[:8], "big")


def cells_of(entries: Iterable[bytes], measures: Sequence[str]) -> Cells:
    """What these answers come to."""
    cells: Cells = {}
    for entry in entries:
        _, _, marks, amount = _FORM.unpack(entry)
        for bit, measure in enumerate(measures):
            if marks >> bit & 1:
                cell = cells.get(measure)
                if cell is None:
                    cell = cells[measure] = Cell()
                cell.count += 1
                if not bit:
                    cell.sum += amount
    return cells


def joined(entries: Iterable[bytes]) -> bytes:
    """Entries as they are told."""
    return b"".join(entries)


def parted(value: bytes) -> tuple[bytes, ...]:
    """Inverse of `joined`. Raises ValueError where that is none."""
    if not value or len(value) % ENTRY_BYTES:
        raise ValueError("no answers")
    return tuple(value[at : at + ENTRY_BYTES] for at in range(0, len(value), ENTRY_BYTES))
