"""Policies of service level agreements, and the clock that they are judged by. Pure; times in microseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from stream.domain.calendars.opening import Openings
from stream.domain.events import Status

Target: TypeAlias = Literal["first_reply", "next_reply", "resolution"]
TARGETS: Final[tuple[Target, ...]] = ("first_reply", "next_reply", "resolution")


class SlaPolicy(Struct, frozen=True):
    """What was promised to whom. ``targets_us``: in the order of `TARGETS`, 0 where nothing was.

    ``where``: dimension and names, of which a ticket's segment has to have one; empty: all. ``calendar``: name of that
    in whose hours time runs; empty: always. ``pauses``: statuses in which it stands still. ``valid_from_us``: tickets
    created before are not judged by it.
    """

    name: str
    targets_us: tuple[int, int, int]
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    calendar: str = ""
    pauses: tuple[Status, ...] = ()
    valid_from_us: int = 0


def policy_of(policies: Sequence[SlaPolicy], labels: Mapping[str, str], created_us: int) -> SlaPolicy | None:
    """That which a ticket is judged by: the first that fits, in place of which none for the same came until then."""
    fitting = [
        policy
        for policy in policies
        if policy.valid_from_us <= created_us
        and all(labels.get(dimension) in names for dimension, names in policy.where)
    ]
    for policy in fitting:
        if not any(other.where == policy.where and other.valid_from_us > policy.valid_from_us for other in fitting):
            return policy
    return None


class SlaClock:
    """Time as it runs for one ticket. ``changes``: of its status, ascending; it is new before the first."""

    def __init__(
        self, openings: Openings | None, changes: Sequence[tuple[int, Status]], pauses: Sequence[Status]
    ) -> None:
        self._openings = openings
        self._changes = changes
        self._pauses = pauses

    def _running(self, start_us: int) -> Iterator[tuple[int, int | None]]:
        """Begin and end of the spans since a start in which no status stops the clock; None: it runs on."""
        begin_us: int | None = None if "new" in self._pauses else start_us
        for time_us, status in self._changes:
            if status in self._pauses:
                if begin_us is not None and time_us > begin_us:
                    yield begin_us, time_us
                begin_us = None
            elif begin_us is None:
                begin_us = max(time_us, start_us)
        if begin_us is not None:
            yield begin_us, None

    def _between(self, begin_us: int, end_us: int) -> int:
        if self._openings is not None:
            return self._openings.between(begin_us, end_us)
        return max(0, end_us - begin_us)

    def elapsed(self, start_us: int, end_us: int) -> int:
        """How much time ran between two moments; 0 where the second is not later."""
        return sum(
            self._between(begin, end_us if until is None else min(until, end_us))
            for begin, until in self._running(start_us)
            if begin < end_us
        )

    def due(self, start_us: int, target_us: int) -> int | None:
        """The last moment at which no more than ``target_us`` have run; None: the clock stands before it is reached."""
        left_us = target_us
        for begin_us, until_us in self._running(start_us):
            if until_us is not None:
                passed_us = self._between(begin_us, until_us)
                if passed_us <= left_us:
                    left_us -= passed_us
                    continue
            return begin_us + left_us if self._openings is None else self._openings.after(begin_us, left_us)
        return None
