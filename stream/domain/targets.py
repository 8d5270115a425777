"""What a number should be, and how one that is there compares: pure, the same for pages, gauges and alerts.

>>> target = Target(0.05, at_most=True)
>>> judge(target, 0.03, count=200, min_samples=20), judge(target, 0.048, count=200, min_samples=20)
('on_target', 'at_risk')
>>> judge(target, 0.08, count=200, min_samples=20), judge(target, 0.5, count=2, min_samples=20)
('off_target', 'too_few')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

Judgement: TypeAlias = Literal["on_target", "at_risk", "off_target", "too_few", "no_target", "no_data"]

RISK_RATIO: Final = 0.1
"""With less than this share of what is allowed left, a number is at risk."""


class Target(Struct, frozen=True):
    """``value`` 0: no target. ``at_most``: the number should not be above it; else it should be reached.

    ``best``: what can be reached at all; 1 of a ratio.
    """

    value: float
    at_most: bool = False
    best: float = 1.0

    @property
    def risk_begins(self) -> float:
        """From here on to the target a number is at risk: a tenth of what may go wrong is left.

        At most 5 % abandoned: from 4.5 % on. At least 80 % answered in time: from 82 % down. At least 40 of 100
        points: from 46 down.
        """
        if self.at_most:
            return self.value * (1 - RISK_RATIO)
        return self.value + (self.best - self.value) * RISK_RATIO


class OwnTargets(Struct, frozen=True):
    """Targets of a part of the contacts. ``part``: name by dimension; ``values`` by headline, 0: no target there."""

    part: Mapping[str, str]
    values: Mapping[str, float]


class Targets(Struct, frozen=True):
    """Every target: ``usual`` by headline, and in the order they were given those that parts have of their own."""

    usual: Mapping[str, float]
    own: tuple[OwnTargets, ...] = ()

    def value(self, headline: str, group: Mapping[str, str]) -> float:
        """The target of a headline that holds for ``group`` (name by dimension, empty for all contacts); 0: none.

        A part holds for the groups that lie within it. Of several that say something of the headline the one with the
        most dimensions holds, and of equally many the one given first.

        >>> own = (OwnTargets({"channel": "phone"}, {"wait": 60.0}), OwnTargets({"team": "vip"}, {"wait": 30.0}))
        >>> targets = Targets({"wait": 120.0}, own)
        >>> targets.value("wait", {}), targets.value("wait", {"channel": "phone", "team": "vip"})
        (120.0, 60.0)
        """
        own = self.own_value(headline, group)
        return self.usual[headline] if own is None else own

    def own_value(self, headline: str, group: Mapping[str, str]) -> float | None:
        """That of the part that holds for ``group``; None where none does."""
        holding = [one for one in self.own if headline in one.values and one.part.items() <= group.items()]
        return max(holding, key=lambda one: len(one.part)).values[headline] if holding else None


def judge(target: Target, number: float | None, count: int | None = None, min_samples: int = 0) -> Judgement:
    """Compare ``number``; ``count`` is the number of samples it stands on, None for levels, which have none."""
    if number is None:
        return "no_data"
    if not target.value:
        return "no_target"
    if count is not None and count < min_samples:
        return "too_few"
    if number > target.value if target.at_most else number < target.value:
        return "off_target"
    near = number > target.risk_begins if target.at_most else number < target.risk_begins
    return "at_risk" if near else "on_target"
