"""``GET /api/facts``: which tickets are behind a number, from the facts topic; or tickets or customers in a level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from stream.domain.segments import ALL, FIELDS, dimensions_of, ordered_group_by
from stream.domain.times import format_time_us
from stream.edge.kafka.fact_tail import FactQuery
from stream.edge.kafka.recent_facts import find_facts
from stream.edge.serve.level_list import LevelQuery, level_list, listed_levels
from stream.edge.serve.selection import QueryError, check_names
from stream.edge.serve.served_worker import ServedWorker
from stream.errors import UnavailableError
from stream.metrics.registry import Registry

MAX_LOOKUPS: Final = 4
MAX_LOOKUPS_OF_ADDRESS: Final = 2
RETRY_AFTER_SECONDS: Final = 2
MAX_MINUTES: Final = 1440
MAX_LIMIT: Final = 500
_NO_TIME: Final = "this worker knows no time of events; ask the one that holds the roll-up"


class FactLookups:
    """Looks facts up for HTTP clients; every lookup reads from Kafka, so there are only so many at once."""

    def __init__(self, state: ServedWorker) -> None:
        self._state = state
        self._running: Counter[str] = Counter()

    async def find(self, parameters: Mapping[str, str], client: str) -> dict[str, Any]:
        """The facts, the newest first, and what was asked for by the client at this address.

        Raises QueryError for a wrong parameter, UnavailableError when there are too many lookups, Kafka does not
        answer, or what time it is for the numbers is not known here.
        """
        state = self._state
        now_us = state.now_us(state.view)
        if "level" in parameters:
            level = parse_level_query(parameters, state.settings.registry, state.settings.dimensions)
            if not now_us:
                raise UnavailableError(_NO_TIME)
            return level_list(state.view, level, state.settings, now_us)
        query, limit = parse_fact_query(parameters, now_us, state.settings.registry, state.settings.dimensions)
        if not now_us:
            raise UnavailableError(_NO_TIME)
        again = f"under way; ask again in {RETRY_AFTER_SECONDS} s"
        if self._running.total() >= MAX_LOOKUPS:
            raise UnavailableError(f"{MAX_LOOKUPS} lookups are {again}")
        if self._running[client] >= MAX_LOOKUPS_OF_ADDRESS:
            raise UnavailableError(f"{MAX_LOOKUPS_OF_ADDRESS} lookups from this address are {again}")
        self._running[client] += 1
        try:
            found = await find_facts(state.settings, replace(query, unnamed=state.view.unnamed), limit)
        finally:
            self._running -= Counter((client,))  # drops what comes to 0
        return {
            "topic": state.settings.topic_names["facts"],
            "fact": query.kind,
            "by": query.by,
            "segment": query.segment,
            "since": format_time_us(query.since_us),
            "now": format_time_us(now_us),
            "facts": found.facts,
            "truncated": found.truncated,
        }


def parse_fact_query(
    parameters: Mapping[str, str], now_us: int, registry: Registry, dimensions: Sequence[str] = FIELDS
) -> tuple[FactQuery, int]:
    """The query and the limit; QueryError names a wrong parameter, its value and what is allowed."""
    check_names(parameters, ("fact", "by", *dimensions, "minutes", "limit"))
    kind = _one_of(parameters, "fact", None, registry.fact_kinds)
    by, segment = _group(parameters, dimensions)
    minutes = _whole_number(parameters, "minutes", 15, MAX_MINUTES)
    limit = _whole_number(parameters, "limit", 50, MAX_LIMIT)
    return FactQuery(kind, by, segment, max(now_us - minutes * 60_000_000, 0), dimensions), limit


def parse_level_query(
    parameters: Mapping[str, str], registry: Registry, dimensions: Sequence[str] = FIELDS
) -> LevelQuery:
    """The same where a level is asked for. ``dimensions``: of tickets; customers have their own."""
    levels = listed_levels(registry)
    level = levels[_one_of(parameters, "level", None, tuple(levels))]
    dimensions = level.subject.dimensions or dimensions
    check_names(parameters, ("level", "by", *dimensions, "limit"))
    by, segment = _group(parameters, dimensions)
    return LevelQuery(level, by, segment, _whole_number(parameters, "limit", 50, MAX_LIMIT))


def _group(parameters: Mapping[str, str], dimensions: Sequence[str]) -> tuple[str, dict[str, str]]:
    by = parameters.get("by", ALL)
    if ordered_group_by(by, dimensions) != by:
        raise QueryError(f"by={by[:64]!r}: allowed: all, or {', '.join(dimensions)} joined by _ in this order")
    named = dimensions_of(by)
    for dimension in dimensions:
        if (dimension in named) != (dimension in parameters):
            wrong = " is missing" if dimension in named else f"={parameters[dimension][:64]!r}"
            allowed = " and ".join(named) or f"none of {', '.join(dimensions)}"
            raise QueryError(f"{dimension}{wrong}: with by={by} allowed, and needed: {allowed}")
    return by, {dimension: parameters[dimension] for dimension in named}


def _one_of(parameters: Mapping[str, str], name: str, default: str | None, allowed: tuple[str, ...]) -> str:
    value = parameters.get(name, default)
    if value is None:
        raise QueryError(f"{name} is missing: allowed: {', '.join(allowed)}")
    if value not in allowed:
        raise QueryError(f"{name}={value[:64]!r}: allowed: {', '.join(allowed)}")
    return value


def _whole_number(parameters: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = parameters.get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= most:
        return int(text)
    raise QueryError(f"{name}={text[:64]!r}: allowed: a whole number from 1 to {most}")
