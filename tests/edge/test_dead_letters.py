"""How many dead letters are written in a minute; what each carries: tests/schemas/test_written_rows.py."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any, NamedTuple

import pytest

from stream.domain.rejections import Rejected
from stream.edge.owners.dead_letters import SAMPLE, DeadLetters
from stream.settings import DeadLetterSettings

SECOND_US = 1_000_000
REJECTED = Rejected("not_json", "a sentence")


class Record(NamedTuple):
    value: bytes | None
    key: bytes | None = b"T"
    offset: int = 0
    topic: str = "t"
    partition: int = 0
    timestamp: int = 1_763_802_000_123


def letters(tally: Counter[str], *, has_budget: bool = True, **settings: Any) -> DeadLetters:
    return DeadLetters(0, DeadLetterSettings(**settings), 65_536, tally, has_budget=has_budget)


def test_beyond_the_budget_of_a_minute_one_in_a_hundred_is_written_and_all_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tally: Counter[str] = Counter()
    held = letters(tally, max_per_minute=50)
    with caplog.at_level(logging.WARNING):
        for offset in range(50 + 3 * SAMPLE):
            held.add(REJECTED, Record(b"x", offset=offset), offset * 1000)
    offsets = [int(key.rpartition(b"|")[2]) for key, _ in held.take()]
    assert offsets == [*range(50), 149, 249, 349]
    assert tally == {"dead_letters/not_json": 350, "dead_letters_unwritten": 297}
    assert len(caplog.records) == 1
    assert "dead_letters.max_per_minute (50)" in caplog.text


def test_every_minute_has_its_budget_also_when_the_clock_was_set_back() -> None:
    held = letters(Counter(), max_per_minute=2)
    for second in (100, 100, 100, 159, 160, 161, 162, 10, 11, 12):
        held.add(REJECTED, Record(b"x", offset=second), second * SECOND_US)
    assert [int(key.rpartition(b"|")[2]) for key, _ in held.take()] == [100, 100, 160, 161, 10, 11]


def test_a_large_letter_counts_as_several() -> None:
    held = letters(Counter(), max_per_minute=100)
    for offset in range(100):
        held.add(REJECTED, Record(b"x" * 60_000, offset=offset), 0)
    assert len(held.take()) < 30


def test_a_replay_writes_them_all() -> None:
    tally: Counter[str] = Counter()
    held = letters(tally, has_budget=False, max_per_minute=1)
    for offset in range(500):
        held.add(REJECTED, Record(b"x", offset=offset), 0)
    assert (len(held.take()), tally["dead_letters_unwritten"]) == (500, 0)


def test_their_size_is_known_until_they_are_taken() -> None:
    held = letters(Counter())
    held.add(REJECTED, Record(b"x" * 1000), 0)
    assert held.size_bytes == sum(len(key) + len(row or b"") for key, row in held.rows)
    held.take()
    assert (held.size_bytes, held.rows) == (0, [])
