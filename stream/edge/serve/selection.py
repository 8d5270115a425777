"""What a board is asked for: page, tiles, window and group, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from stream.domain.labels import clean_label
from stream.domain.segments import ALL, dimensions_of
from stream.edge.serve.pages import (
    CUSTOMERS,
    OVERVIEW,
    TEAM,
    TEAMS,
    dimensions_on,
    groups_on,
    known_pages,
    table_dimension,
    usual_window,
)
from stream.edge.serve.team_table import group_by_of_table
from stream.metrics.headlines import HEADLINES
from stream.settings import Settings
from stream.settings.metrics import general_windows


class QueryError(ValueError):
    """A query parameter is wrong; the message names it and says what is allowed."""


class Selection(Struct, frozen=True):
    """What a board shows: one window, and one group (``by`` and its values), on one page.

    ``tiles``: names of the headlines that are shown, where these are not those of the page.
    """

    window: str
    by: str
    segment: dict[str, str]
    page: str = OVERVIEW
    tiles: tuple[str, ...] = ()


def window_names(settings: Settings) -> list[str]:
    """Names of all windows that are published, without that of the levels."""
    return [*settings.window_names]


def parse_selection(query: Mapping[str, str], settings: Settings) -> Selection:
    """From ``window``, one parameter per dimension of the group, ``by``, ``page`` and ``tiles``.

    Without them the last hour of all on the first page. Without ``by`` the dimensions that are given say what it is.

    Where nothing is summed by ``all``, of the first of ``group_by.names``; where ``by`` names a dimension that is not
    given, of the group without a name.
    """
    windows = window_names(settings)
    page = one_of(query, "page", known_pages(settings)) or OVERVIEW
    window = one_of(query, "window", windows) or usual_window(page, _windows_of(page, settings))
    names = groups_on(page, settings) if page == CUSTOMERS else settings.group_names
    by = one_of(query, "by", names) or _group_by(query, page, settings)
    _check_group(page, by, settings)
    segment = {dimension: _label(query, dimension) for dimension in dimensions_of(by)}
    return Selection(window, by, segment, page, _tiles(query))


def _windows_of(page: str, settings: Settings) -> list[str]:
    """Windows that one metric alone brings along show nothing of the others: no page of all begins with them."""
    if page == CUSTOMERS:
        return window_names(settings)
    general = general_windows(settings.windows)
    return [name for name in settings.window_names if name in general] or window_names(settings)


def _group_by(query: Mapping[str, str], page: str, settings: Settings) -> str:
    names = groups_on(page, settings)
    given = [name for name in dimensions_on(page, settings) if name in query]
    if not given:
        return ALL if ALL in names or page == TEAMS else names[0]
    by = "_".join(given)
    if by not in names:
        raise QueryError(f"{'=..., '.join(given)}=...: nothing is summed by {by}; there is {', '.join(names)}")
    return by


def _check_group(page: str, by: str, settings: Settings) -> None:
    listed, names = table_dimension(settings) or "", settings.group_names
    if page == TEAM and by == ALL:
        raise QueryError(f"page={page!r}: it is the page of one group: name it, such as {listed}=...")
    if page != TEAMS:
        return
    if listed in dimensions_of(by):
        raise QueryError(f"page={page!r}: it shows all by {listed}: leave {listed}=... out, or ask for page={TEAM}")
    if group_by_of_table(by, listed, names) is None:
        raise QueryError(f"page={page!r}: nothing is summed by {listed} and {by}; there is {', '.join(names)}")


def _tiles(query: Mapping[str, str]) -> tuple[str, ...]:
    given = query.get("tiles")
    if given is None:
        return ()
    known = [headline.name for headline in HEADLINES]
    chosen = tuple(dict.fromkeys(given.split(",")))
    unknown = [name for name in chosen if name not in known]
    if unknown:
        allowed = f"allowed, joined by commas: {', '.join(known)}"
        raise QueryError(f"tiles={given[:64]!r}: there is no tile {unknown[0][:64]!r}; {allowed}")
    return chosen


def _label(query: Mapping[str, str], dimension: str) -> str:
    # What no label can be is not looked for: groups are joined by a character that only cleaned labels are free of.
    value = query.get(dimension, "")
    if clean_label(value) != value:
        raise QueryError(
            f"{dimension}={value[:64]!r}: allowed: a value as it is exported, such as {clean_label(value)!r}"
        )
    return value


def check_names(query: Mapping[str, str], known: Sequence[str]) -> None:
    """QueryError: the query has a parameter of another name, which would be passed over."""
    for name in query:
        if name not in known:
            raise QueryError(f"{name[:64]!r} is no parameter here: allowed: {', '.join(known)}")


def once(query: Mapping[str, str]) -> Mapping[str, str]:
    """The query as it is; QueryError: it names a parameter twice, of which only the first would be looked at."""
    names = [name for name, _ in query.items()]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise QueryError(f"{name[:64]!r} is given more than once: allowed: once")
    return query


def one_of(query: Mapping[str, str], name: str, allowed: Sequence[str]) -> str | None:
    """A parameter that has to be one of these; None where it is not given."""
    value = query.get(name)
    if value is not None and value not in allowed:
        raise QueryError(f"{name}={value[:64]!r}: allowed: {', '.join(allowed)}")
    return value
