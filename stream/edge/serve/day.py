"""The volume of today, as boards carry it: each number is that of its row, beside what days before had by then."""

from __future__ import annotations

from typing import Any

from stream.domain.row_numbers import number_of
from stream.domain.rows import row_key
from stream.domain.segments import Segment
from stream.domain.times import format_time_us
from stream.domain.volume import Compared, Volume
from stream.domain.windows import TODAY
from stream.edge.owners.view import View
from stream.metrics.volume import DAY_COUNTS

_NOTHING = Compared(0.0)


def day_shown(view: View, page: str, by: str, group: Segment, volume: Volume | None) -> dict[str, Any] | None:
    """``counts`` of a page since midnight; None where it has none, or none is published for today.

    ``by_hour`` and ``before`` are what there was up to ``until``, today and on the days before: what was usual, or
    yesterday (``against``). They are null where that is not known.
    """
    counts = []
    for count in DAY_COUNTS:
        if page not in count.pages:
            continue
        row = view.rows.get(row_key(count.row, by, group, TODAY.name))
        number = number_of(row, count.field, view.now_us) if row is not None else None
        if number is None:
            continue
        compared = volume.numbers.get(count.name, _NOTHING) if volume is not None else _NOTHING
        is_known = compared.before is not None
        counts.append(
            {
                "name": count.name,
                "today": number,
                "by_hour": compared.today if is_known else None,
                "before": compared.before,
                "against": compared.against,
            }
        )
    if not counts:
        return None
    until = format_time_us(volume.until * 1_000_000) if volume is not None else None
    return {"counts": counts, "until": until}
