"""How far a shard is, as it tells the roll-up and stores it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct


class ShardStatus(Struct, frozen=True):
    """How far a shard is: next offset per source topic, newest event time, and the tally of what became of events.

    ``complete_us``: all events up to this time have been counted (of each source topic the newest event's time, or
    the wall clock's at the last moment when nothing was waiting to be read). ``newest_of``: newest event time per
    source topic, to tell which events come late.
    """

    positions: dict[str, int]
    newest_us: int
    complete_us: int
    tally: dict[str, int]
    newest_of: dict[str, int] = {}


def total_tally(statuses: Iterable[ShardStatus]) -> Counter[str]:
    """What became of the events of all shards together."""
    total: Counter[str] = Counter()
    for status in statuses:
        total.update(status.tally)
    return total
