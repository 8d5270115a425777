"""The only place that reads the real clocks. Everything else takes time as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final, Protocol

JUMP_US: Final = 1_000_000
"""A clock that is set right by less at a time, as time services do it, is followed."""
RIDE_OUT_US: Final = 60_000_000
"""So long a clock that has jumped is not believed, unless Kafka's brokers agree with it."""
AGREES_US: Final = 5_000_000
"""A record that was appended no further from a clock's time than this agrees with it."""


class Clock(Protocol):
    """Tells the time; tests bring their own."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        ...

    def note_append(self, append_us: int) -> None:
        """A broker says that it appended a record at this time, some time ago or just now."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return _wall_us()

    def note_append(self, append_us: int) -> None:
        """Whatever brokers say, this is what the machine's clock says."""


class ManualClock:
    """A clock that stands still until told otherwise."""

    def __init__(self, start_us: int) -> None:
        self._now_us = start_us

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return self._now_us

    def note_append(self, append_us: int) -> None:
        """It is told otherwise by nobody else."""

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds``."""
        self._now_us += round(seconds * 1_000_000)


class Present:
    """What is now for the numbers: the wall's time, or (``is_history``) that of the newest event that is known.

    Nobody else decides between the two.
    """

    __slots__ = ("_clock", "is_history")

    def __init__(self, clock: Clock, *, is_history: bool) -> None:
        self._clock = clock
        self.is_history = is_history

    def now_us(self, newest_us: int) -> int:
        """Microseconds since 1970 UTC; ``newest_us``: of the newest event, 0 before the first."""
        return newest_us if self.is_history else self._clock.now_us()


def monotonic_seconds() -> float:
    """A clock for measuring spans inside this process."""
    return time.monotonic()


def _wall_us() -> int:
    return time.time_ns() // 1000


def _running_us() -> int:
    # Where there is one that goes on while the machine sleeps, that: waking up is no jump.
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1000


class AgreedClock:
    """The machine's clock, but for jumps: those are ridden out by a clock that nobody sets.

    A jump is believed once a broker has appended a record by the new time, or when it has lasted for `RIDE_OUT_US` and
    no broker goes by the old one. May be read in any thread.
    ``jumps_total``: jumps seen. ``set_back_us``: how far it went back when it believed one, which nobody who remembers
    what time it was can bear.
    """

    def __init__(self, wall_us: Callable[[], int] = _wall_us, running_us: Callable[[], int] = _running_us) -> None:
        self.jumps_total = 0
        self.set_back_us = 0
        self._read_wall_us = wall_us
        self._read_running_us = running_us
        self._lead_us = wall_us() - running_us()
        """What the time that is told is ahead of the clock that nobody sets."""
        self._jumped_us: int | None = None
        self._confirmed_us: int | None = None
        """When, by that clock, a jump was seen, and when a broker last went by the time that is told."""
        self._lock = Lock()

    def now_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        with self._lock:
            return self._now_us()

    def _now_us(self) -> int:
        running_us = self._read_running_us()
        ahead_us = self._read_wall_us() - running_us - self._lead_us
        if abs(ahead_us) <= JUMP_US:
            self._jumped_us = None
            self._lead_us += ahead_us
        elif self._jumped_us is None:
            self._jumped_us = running_us
            self.jumps_total += 1
        elif running_us - max(self._jumped_us, self._confirmed_us or 0) >= RIDE_OUT_US:
            self._believe(ahead_us)
        return running_us + self._lead_us

    def note_append(self, append_us: int) -> None:
        """A broker says that it appended a record at this time, some time ago or just now."""
        with self._lock:
            now_us = self._now_us()
            if abs(append_us - now_us) <= AGREES_US:
                self._confirmed_us = self._read_running_us()
            elif self._jumped_us is not None and abs(append_us - self._read_wall_us()) <= AGREES_US:
                self._believe(self._read_wall_us() - now_us)

    def _believe(self, ahead_us: int) -> None:
        self._jumped_us = None
        self._lead_us += ahead_us
        self.set_back_us = max(0, -ahead_us)

    @property
    def ahead_us(self) -> int:
        """How far the machine's clock is ahead of the time that is told; negative behind; about 0 without a jump."""
        return self._read_wall_us() - self.now_us()

    def doubt(self) -> str:
        """What is wrong with the machine's clock, in words; empty while nothing is."""
        ahead_us = self.ahead_us
        if abs(ahead_us) <= JUMP_US:
            return ""
        return (
            f"the clock of this machine has jumped {abs(ahead_us) / 1e6:.0f} s {'ahead' if ahead_us > 0 else 'back'}: "
            "set it right; it is not gone by until a broker agrees with it, or for a minute none has disagreed"
        )
