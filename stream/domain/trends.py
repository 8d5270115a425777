"""Trends: the latest numbers of a group, step by step, for small charts. Pure; time is an argument.

Windows up to an hour have steps of 2 minutes over the last hour, up to a day and today of half an hour over a day,
longer ones of a day over 30 days. The last step holds now, and so is not over yet: a ratio of its first seconds would
jump to 0 or 1. Its value is that of a whole step's length that ends now, and so overlaps the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from stream.domain.windows import COARSE_SECONDS, FINE_SECONDS, MIDDLE_SECONDS, Window


class TrendPlan(Struct, frozen=True):
    """``steps`` steps of ``step_seconds``, each made of panes of ``width_seconds``."""

    width_seconds: int
    step_seconds: int
    steps: int

    def start(self, now_seconds: int) -> int:
        """Where the first step begins."""
        last = now_seconds - now_seconds % self.step_seconds
        return last - (self.steps - 1) * self.step_seconds

    def latest(self, now_seconds: int) -> int:
        """Where the step's length begins that ends with the pane of now."""
        return now_seconds - now_seconds % self.width_seconds + self.width_seconds - self.step_seconds


class Trend(Struct, frozen=True):
    """One value per step, None where there is none."""

    start_seconds: int
    step_seconds: int
    values: tuple[float | None, ...]

    def ending_with(self, value: float | None) -> Trend:
        """The same with another last value."""
        return Trend(self.start_seconds, self.step_seconds, (*self.values[:-1], value))


_PLANS: Final = {
    FINE_SECONDS: TrendPlan(FINE_SECONDS, 120, 30),
    MIDDLE_SECONDS: TrendPlan(MIDDLE_SECONDS, 1800, 48),
    COARSE_SECONDS: TrendPlan(COARSE_SECONDS, 86_400, 30),
}
PLANS: Final = tuple(_PLANS.values())


def plan_of(window: Window) -> TrendPlan | None:
    """How the trend beside a window is made; None for the window of all time."""
    return _PLANS.get(window.width_seconds)


class LevelTrail:
    """What levels were, once per step: nothing remembers them but this, so it begins empty.

    >>> trail = LevelTrail(TrendPlan(10, 120, 3))
    >>> for now, value in ((0, 4.0), (100, 9.0), (130, 5.0)):
    ...     trail.note(now, {"waiting": value}.get)
    >>> trail.trend(130, "waiting").values
    (None, 4.0, 5.0)
    """

    def __init__(self, plan: TrendPlan) -> None:
        self.plan = plan
        self._taken: dict[int, Callable[[str], float | None]] = {}

    def is_due(self, now_seconds: int) -> bool:
        """True when this step has nothing yet."""
        return now_seconds - now_seconds % self.plan.step_seconds not in self._taken

    def note(self, now_seconds: int, value_of: Callable[[str], float | None]) -> None:
        """Keep what ``value_of`` knows, if this step has nothing yet; it must not change afterwards."""
        if self.is_due(now_seconds):
            self._taken[now_seconds - now_seconds % self.plan.step_seconds] = value_of
            first = self.plan.start(now_seconds)
            for old in [start for start in self._taken if start < first]:
                del self._taken[old]

    def trend(self, now_seconds: int, key: str) -> Trend:
        """The steps up to now of one number."""
        first, step = self.plan.start(now_seconds), self.plan.step_seconds
        known = (self._taken.get(first + number * step) for number in range(self.plan.steps))
        return Trend(first, step, tuple(None if value_of is None else value_of(key) for value_of in known))
