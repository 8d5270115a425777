"""``GET /api/facts?level=...``: which tickets, or customers, are in a level now, as the shards tell them by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping
from heapq import nsmallest
from typing import Any

from msgspec import Struct

from stream.domain.groups import Groups
from stream.domain.level_members import members_of
from stream.domain.levels import NO_STAGES
from stream.domain.rollup import NOW_WINDOW
from stream.domain.rows import row_key
from stream.domain.rowspec import RowSpec
from stream.domain.segments import FIELDS, SEPARATOR, Dimensions, Segment, dimensions_named
from stream.domain.subjects import CUSTOMER, Subject, is_customer, subject_named
from stream.domain.times import format_time_us
from stream.edge.owners.view import View
from stream.metrics.registry import Registry
from stream.settings import Settings


class ListedLevel(Struct, frozen=True):
    """A level whose members are told by name, and what these are."""

    row: RowSpec
    subject: Subject


class LevelQuery(Struct, frozen=True):
    """The members of ``level`` in one group, at most ``limit`` of them."""

    level: ListedLevel
    by: str
    segment: Mapping[str, str]
    limit: int


def listed_levels(registry: Registry) -> dict[str, ListedLevel]:
    """By definition; one that is the only one of its metric also by the metric's name in rows."""
    found = {
        row.definition: ListedLevel(row, subject_named(metric.subject))
        for metric in registry.metrics
        for row in metric.rows
        if row.is_listed
    }
    of_metric = Counter(level.row.metric for level in found.values())
    return found | {level.row.metric: level for level in found.values() if of_metric[level.row.metric] == 1}


def level_list(view: View, query: LevelQuery, settings: Settings, now_us: int) -> dict[str, Any]:
    """Those whose start, or what is due, comes first, with the seconds that are left until then, below 0 that passed.

    Of customers nothing is due: they have the seconds since. The first `levels.MOST_LISTED` of a group are sure to be
    there. ``count``: as in the row; None where the group has none.
    """
    row, dimensions = query.level.row, dimensions_named(settings.dimensions)
    group = SEPARATOR.join(query.segment.values())
    is_of_customers = query.level.subject is CUSTOMER
    found = [
        *members_of(
            view.members,
            (measure.name for measure in row.measures),
            _in_group(query.by, group, dimensions, is_of_customers, view.unnamed),
            settings.registry.stages if settings.is_history else NO_STAGES,
            now_us,
        )
    ]
    shown = nsmallest(query.limit, found)
    published = view.rows.get(row_key(row, query.by, group, NOW_WINDOW))
    count = published["count"] if published is not None else None
    members = (
        [_customer(*one, now_us) for one in shown]
        if is_of_customers
        else [_ticket(*one, now_us, dimensions) for one in shown]
    )
    return {
        "level": row.definition_id,
        "by": query.by,
        "segment": query.segment,
        "now": format_time_us(now_us),
        "count": count,
        f"{query.level.subject.name}s": members,
        "truncated": max(len(found), count or 0) > len(shown),
    }


def _in_group(
    by: str, group: Segment, dimensions: Dimensions, is_of_customers: bool, unnamed: Container[Segment]
) -> Callable[[Segment], bool]:
    groups = Groups((by,), dimensions)

    def is_asked(segment: Segment) -> bool:
        if is_customer(segment) != is_of_customers or not (is_of_customers or dimensions.fits(segment)):
            return False
        return groups.one_of(groups.other_of(segment) if segment in unnamed else segment, by) == group

    return is_asked


def _ticket(
    start_us: int, measure: str, ticket: str, segment: Segment, now_us: int, dimensions: Dimensions
) -> dict[str, Any]:
    return {
        "ticket": ticket,
        "level": measure,
        "time": format_time_us(start_us),
        "seconds_left": (start_us - now_us) / 1e6,
        "segment": dict.fromkeys(FIELDS, "") | dimensions.labels(segment),
    }


def _customer(start_us: int, measure: str, name: str, segment: Segment, now_us: int) -> dict[str, Any]:
    labels = segment[1:].split(SEPARATOR)  # name and segment begin with the mark of customers
    return {
        "customer": name[1:],
        "level": measure,
        "time": format_time_us(start_us),
        "seconds_since": (now_us - start_us) / 1e6,
        "segment": dict(zip(CUSTOMER.dimensions, labels, strict=True)),
    }
