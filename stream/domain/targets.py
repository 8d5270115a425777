"""What a number should be, and how one that is there compares: pure, the same for pages, gauges and alerts.

>>> target = Target("abandonment", "abandonment", "a@1", at_most=True, value=0.05)
>>> judge(target, 0.03, count=200, min_samples=20), judge(target, 0.048, count=200, min_samples=20)
('on_target', 'at_risk')
>>> judge(target, 0.08, count=200, min_samples=20), judge(target, 0.5, count=2, min_samples=20)
('off_target', 'too_few')
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

Judgement: TypeAlias = Literal["on_target", "at_risk", "off_target", "too_few", "no_target", "no_data"]
TargetField: TypeAlias = Literal["value", "p90", "oldest"]
TargetUnit: TypeAlias = Literal["ratio", "seconds", "count"]

RISK_RATIO: Final = 0.1
"""With less than this share of what is allowed left, a number is at risk."""


class Target(Struct, frozen=True):
    """``name``: what the target is called; ``metric`` and ``definition`` (``name@version``) name the row it is for.

    ``field`` of the row: ``value``, ``p90`` (of the quantiles) or ``oldest`` (its age). ``unit``: ``ratio``,
    ``seconds`` or ``count``. ``value`` 0: no target. ``at_most``: the number should not be above it; else it is a
    ratio to reach.
    """

    name: str
    metric: str
    definition: str
    field: TargetField = "value"
    unit: TargetUnit = "ratio"
    at_most: bool = False
    value: float = 0.0

    def with_value(self, value: float) -> Target:
        """The same target at ``value``."""
        return msgspec.structs.replace(self, value=value)

    @property
    def risk_begins(self) -> float:
        """From here on to the target a number is at risk: a tenth of what may go wrong is left.

        At most 5 % abandoned: from 4.5 % on. At least 80 % answered in time: from 82 % down.
        """
        if self.at_most:
            return self.value * (1 - RISK_RATIO)
        return self.value + (1 - self.value) * RISK_RATIO


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
