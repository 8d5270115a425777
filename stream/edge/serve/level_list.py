"""``GET /api/facts?level=...``: which tickets are in a level now, as the shards tell them by name."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nsmallest
from typing import Any

from msgspec import Struct

from stream.domain.level_members import members_of
from stream.domain.levels import NO_STAGES
from stream.domain.rollup import NOW_WINDOW
from stream.domain.rows import row_key
from stream.domain.rowspec import RowSpec
from stream.domain.segments import FIELDS, SEPARATOR, dimensions_named
from stream.domain.times import format_time_us
from stream.edge.owners.view import View
from stream.metrics.registry import Registry
from stream.settings import Settings


class LevelQuery(Struct, frozen=True):
    """The tickets in the level ``row`` of one group, at most ``limit`` of them."""

    row: RowSpec
    by: str
    segment: Mapping[str, str]
    limit: int


def listed_rows(registry: Registry) -> dict[str, RowSpec]:
    """By definition the levels whose tickets are told by name."""
    return {row.definition: row for row in registry.rows if row.is_listed}


def level_list(view: View, query: LevelQuery, settings: Settings, now_us: int) -> dict[str, Any]:
    """Those whose start, or what is due, comes first, with the seconds that are left until then, below 0 that passed.

    The first `levels.MOST_LISTED` of a group are sure to be there. ``count``: as in the row; None where the group has
    none.
    """
    dimensions = dimensions_named(settings.dimensions)
    group = SEPARATOR.join(query.segment.values())
    found = [
        *members_of(
            view.members,
            (measure.name for measure in query.row.measures),
            lambda segment: dimensions.fits(segment) and dimensions.rolled_up(segment, query.by) == group,
            settings.registry.stages if settings.is_history else NO_STAGES,
            now_us,
        )
    ]
    shown = nsmallest(query.limit, found)
    row = view.rows.get(row_key(query.row, query.by, group, NOW_WINDOW))
    count = row["count"] if row is not None else None
    return {
        "level": query.row.definition_id,
        "by": query.by,
        "segment": query.segment,
        "now": format_time_us(now_us),
        "count": count,
        "tickets": [
            {
                "ticket": ticket,
                "level": measure,
                "time": format_time_us(start_us),
                "seconds_left": (start_us - now_us) / 1e6,
                "segment": dict.fromkeys(FIELDS, "") | dimensions.labels(segment),
            }
            for start_us, measure, ticket, segment in shown
        ],
        "truncated": max(len(found), count or 0) > len(shown),
    }
