"""Who is in one level: everybody with a start, and the front of them, who are there for longest, in order.

Of the order only its beginning is ever asked for, so that only that is kept: a heap of all up to a bound. Whoever comes
behind the bound is in the dict alone, and when the front runs out it is made anew of that.
"""

from __future__ import annotations

from collections import Counter
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Any, Final, TypeAlias

from stream.compiled import mypyc_attr

Members: TypeAlias = tuple[tuple[int, str], ...]
"""The first members of a level by their starts: each with its start and the ticket's name."""
FRONT: Final = 256
"""Members in the front at least, where there are so many; up to twice as many."""
_SHARE: Final = 16
"""A front is at least this part of all: what it costs to make it anew is a few steps for each that left."""
_SLACK: Final = 64
_RANK: Final = 64
"""Members of a sample that are within the bound: so many at least are in a front made anew."""


@mypyc_attr(acyclic=True)
class Membership:
    """Tickets in one state in one segment; the front keeps stale entries until they come to the top.

    ``since``: the starts, by name. ``last_told``: the last of the `first` members as they were last taken; None: there
    was room for more. ``least``: see `FRONT`.
    """

    __slots__ = ("bound", "front", "last_told", "least", "since")

    def __init__(self, least: int = FRONT) -> None:
        # Compiled, an int would be made anew for each: the levels of one ticket share theirs.
        self.since: dict[str, Any] = {}
        self.front: list[tuple[int, str]] = []
        self.bound: tuple[int, str] | None = None
        """Whoever has a start and a name up to these is in the front; None: everybody is."""
        self.last_told: tuple[int, str] | None = None
        self.least = least

    def enter(self, ticket: str, since_us: int, start: Any) -> None:
        """``start``: ``since_us`` as the object that is kept."""
        self.since[ticket] = start
        bound = self.bound
        if bound is not None and since_us >= bound[0] and (since_us, ticket) > bound:
            return
        heappush(self.front, (since_us, ticket))
        wanted = self._wanted()
        # Where there are few, stale entries behind one that stays would be most of it.
        if len(self.front) > min(2 * wanted, 2 * len(self.since) + _SLACK):
            self._shorten(wanted)

    def _wanted(self) -> int:
        return max(self.least, len(self.since) // _SHARE)

    def _shorten(self, wanted: int) -> None:
        """Leave out what is stale, and whoever is behind the ``wanted`` first."""
        since = self.since
        front = sorted({entry for entry in self.front if since.get(entry[1]) == entry[0]})
        if len(front) > wanted:
            del front[wanted:]
            self.bound = front[-1]
        self.front = front

    def _make_front(self, least: int) -> None:
        """Make the front anew, of ``least`` members or of all. The bound is found in a sample: to sort all is slow."""
        wanted = self._wanted()
        step = max(1, wanted // _RANK)
        sample: list[tuple[int, str]] = sorted(
            (start, ticket) for ticket, start in islice(self.since.items(), 0, None, step)
        )
        rank = max(wanted // step, least)
        if rank >= len(sample):
            self.bound = None
            self.front = [(start, ticket) for ticket, start in self.since.items()]
        else:
            self.bound = sample[rank]
            last_us, last = sample[rank]
            self.front = [
                (start, ticket)
                for ticket, start in self.since.items()
                if start < last_us or (start == last_us and ticket <= last)
            ]
        heapify(self.front)

    def starts(self, step_us: int) -> dict[int, int]:
        """How many are in the state since each step of time."""
        return Counter(since // step_us for since in self.since.values())

    def first(self, most: int) -> Members:
        """The ``most`` that are in the state for longest; those that the front only remembers are taken out of it."""
        found = self._take(most)
        if len(found) < most and self.bound is not None:
            self._make_front(most)
            found = self._take(most)
        first = tuple((since, ticket) for ticket, since in found.items())
        for entry in first:
            heappush(self.front, entry)
        self.last_told = first[-1] if len(first) == most else None
        return first

    def _take(self, most: int) -> dict[str, int]:
        found: dict[str, int] = {}
        while self.front and len(found) < most:
            since, ticket = heappop(self.front)
            if self.since.get(ticket) == since:
                found[ticket] = since
        return found

    def is_beyond(self, ticket: str, since_us: int) -> bool:
        """Whether one that comes, or goes, is not among the `first` members, who then stay what they were."""
        return self.last_told is not None and (since_us, ticket) > self.last_told

    def pop_before(self, time_us: int) -> list[tuple[str, int]]:
        """Those in the state since before ``time_us``, taken out, with their starts."""
        gone: list[tuple[str, int]] = []
        while self.since and self.oldest_us() < time_us:
            since, ticket = heappop(self.front)
            del self.since[ticket]
            gone.append((ticket, since))
        return gone

    def oldest_us(self) -> int:
        """The oldest start; 0: nobody is in the state."""
        oldest_us = self._top_us()
        if not self.front and self.bound is not None:
            self._make_front(1)
            oldest_us = self._top_us()
        return oldest_us

    def _top_us(self) -> int:
        front, since = self.front, self.since
        while front and since.get(front[0][1]) != front[0][0]:
            heappop(front)
        return front[0][0] if front else 0
