"""Numbers: what one row says, kept as a tenth of its published form, and that form."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from stream.domain.histogram import bounds_of, seconds_of
from stream.domain.intervals import net_promoter_interval, net_promoter_score, wilson
from stream.domain.rowspec import RowSpec
from stream.domain.sampling import Distance
from stream.domain.satisfaction import Satisfaction
from stream.domain.segments import Segment, group_labels
from stream.domain.surges import Surge
from stream.domain.times import format_time_us
from stream.domain.windows import LAST
from stream.domain.workforce import Workforce

Quantile: TypeAlias = Literal["p50", "p90", "p99"]
Row: TypeAlias = dict[str, Any]
"""``metric, definition, by, segment, window, window_start, window_end, count`` and what the kind of row adds."""

Bounds: TypeAlias = tuple[int, int]
"""Start and end of a window, in seconds."""

QUANTILES: Final[dict[Quantile, float]] = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_NO_INTERVAL: Final = (None, None)


class Percentiles(Struct, frozen=True, gc=False):
    """Those of `QUANTILES`, in seconds. No tuple: the collector would look at a hundred thousand of them."""

    p50: float | None
    p90: float | None
    p99: float | None


class Number(Struct, frozen=True, gc=False):
    """What one row says. ``amount``: numerator of a ratio, sum of amounts in the published unit, oldest start (us).

    Of the longest span it is the bin. ``less``: what a balance takes from its numerator, and a count from its number.
    ``findings``: of what has more to say than that. ``before``: the same of the window before, where it is
    compared with that. ``answers``: of a window of answers, how many there are; -1 of others.
    """

    spec: RowSpec
    bounds: Bounds | None
    count: int
    amount: float = 0
    percentiles: Percentiles | None = None
    less: int = 0
    findings: Workforce | Satisfaction | Distance | Surge | None = None
    before: Number | None = None
    answers: int = -1

    def row(self, by: str, group: Segment, window: str) -> Row:
        """The published form. A ratio, mean or quantile of nothing is None, never 0."""
        bounds = self.bounds
        return {
            "metric": self.spec.metric,
            "definition": self.spec.definition_id,
            "by": by,
            "segment": group_labels(by, group),
            "window": window,
            "window_start": moment(bounds[0]) if bounds else None,
            "window_end": moment(bounds[1]) if bounds else None,
            "count": self.count,
            **self.fields(window),
        }

    def fields(self, window: str) -> Row:
        """What the kind of row, and of window, adds; never nothing."""
        row: Row = {}
        spec, count, amount = self.spec, self.count, self.amount
        if spec.kind == "ratio":
            row["numerator"] = amount
            row["denominator"] = count
            row["value"] = amount / count if count else None
            # A balance of comings and goings may lie beyond: that is no share.
            is_share = 0 <= amount <= count
            row["low"], row["high"] = (wilson(int(amount), count) if is_share else None) or _NO_INTERVAL
        elif spec.kind == "balance":
            plus = int(amount)
            row["numerator"] = plus
            row["subtrahend"] = self.less
            row["denominator"] = count
            row["value"] = net_promoter_score(plus, self.less, count)
            row["low"], row["high"] = net_promoter_interval(plus, self.less, count) or _NO_INTERVAL
            if spec.compares:
                row |= _comparison(row["value"], self.before)
        elif spec.kind == "count":
            row["value"] = count - 2 * self.less
        elif spec.kind == "longest":
            row["value"] = seconds_of(int(amount)) if count else None
            row["low"], row["high"] = bounds_of(int(amount)) if count else _NO_INTERVAL
        elif self.findings is not None:
            row |= self.findings.fields()
        elif spec.kind == "level":
            row["value"] = count
            row["oldest"] = format_time_us(int(amount)) if count else None
        else:
            row["sum"] = amount
            row["mean"] = amount / count if count else None
            if self.percentiles is not None:
                row["quantiles"] = {name: getattr(self.percentiles, name) for name in QUANTILES}
        if self.answers >= 0:
            row["answers"] = self.answers
            row["is_full"] = self.answers >= int(window.removeprefix(LAST))
        return row


@lru_cache(maxsize=4096)
def moment(seconds: int) -> str:
    """A time as it is published."""
    return format_time_us(seconds * 1_000_000)


def _comparison(value: float | None, before: Number | None) -> Row:
    earlier = net_promoter_score(int(before.amount), before.less, before.count) if before is not None else None
    return {
        "before": earlier,
        "before_count": before.count if before is not None else None,
        "change": None if value is None or earlier is None else value - earlier,
    }
