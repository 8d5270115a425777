"""Disorder on purpose: the same lines shuffled and some of them twice. The numbers must come out the same."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import Final

LONGEST_DISTANCE: Final = 10_000
"""Lines between an event and its duplicate, at most, where the file is not shuffled."""


def disordered(lines: Iterable[bytes], shuffle_seed: int | None, duplicate_fraction: float) -> Iterator[bytes]:
    """``lines``, each with the chance ``duplicate_fraction`` of coming twice; same seed, same result.

    With a seed all lines are held in memory and come in random order, duplicates anywhere. Without one the order
    stays, and a duplicate follows after a random distance.
    """
    dice = random.Random(shuffle_seed or 0)
    if shuffle_seed is None:
        yield from _followed_by_duplicates(lines, duplicate_fraction, dice) if duplicate_fraction else lines
        return
    everything: list[bytes] = []
    for line in lines:
        everything.append(line)
        if dice.random() < duplicate_fraction:
            everything.append(line)
    dice.shuffle(everything)
    yield from everything


def _followed_by_duplicates(lines: Iterable[bytes], fraction: float, dice: random.Random) -> Iterator[bytes]:
    pending: list[tuple[int, int, bytes]] = []
    for number, line in enumerate(lines):
        yield line
        if dice.random() < fraction:
            heappush(pending, (number + dice.randrange(LONGEST_DISTANCE), number, line))
        while pending and pending[0][0] <= number:
            yield heappop(pending)[2]
    while pending:
        yield heappop(pending)[2]
