"""Pages of the wallboard: which there are, which tiles each has, and which window it shows where none is chosen.

Tiles come from the records of the headlines, which name their pages. ``team`` is the first page of one group, ``teams``
a table of all teams, or of what the first dimension with groups of its own is; there is none where there is no such.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from stream.domain.segments import ALL, dimensions_of
from stream.domain.subjects import CUSTOMER
from stream.metrics.headlines import HEADLINES, PAGES, Headline
from stream.rules import rows_without_settings
from stream.settings import Settings

OVERVIEW: Final = "overview"
TEAM: Final = "team"
TEAMS: Final = "teams"
CUSTOMERS: Final = "customers"
_USUAL_OF_TABLE: Final = "team"
"""What ``teams`` lists where it has groups."""

_WINDOWS: Final = {"satisfaction": ("30d", "7d", "24h"), "backlog": ("24h",), CUSTOMERS: ("30d", "7d", "24h")}
"""Of what is judged by days. The first that is published is shown, else `_USUAL`."""
_USUAL: Final = "1h"


class Shown(Struct, frozen=True):
    """What a page shows beside the choice of a group and a window. ``missing``: what it is about and is not counted."""

    headlines: tuple[Headline, ...]
    has_table: bool
    missing: str | None = None


def page_names(settings: Settings) -> tuple[str, ...]:
    """All pages that there is something on."""
    pages = tuple(page for page in PAGES if page != CUSTOMERS or settings.customers)
    return (*pages, TEAM, TEAMS) if table_dimension(settings) else pages


def known_pages(settings: Settings) -> tuple[str, ...]:
    """All pages that can be asked for: one of what is not counted says how that is switched on."""
    pages = page_names(settings)
    return pages if CUSTOMERS in pages else (*pages, CUSTOMERS)


def dimensions_on(page: str, settings: Settings) -> tuple[str, ...]:
    """What groups of a page are made of."""
    return CUSTOMER.dimensions if page == CUSTOMERS else settings.dimensions


def groups_on(page: str, settings: Settings) -> tuple[str, ...]:
    """Names of the groups that a page may show; ``all`` where it has no other."""
    own = {*dimensions_on(page, settings)}
    return tuple(by for by in settings.group_names if {*dimensions_of(by)} <= own) or (ALL,)


def table_dimension(settings: Settings) -> str | None:
    """What ``teams`` lists: teams, else the first dimension that is a group of its own; None: there is no such."""
    names = [name for name in settings.dimensions if name in settings.group_names]
    return _USUAL_OF_TABLE if _USUAL_OF_TABLE in names else next(iter(names), None)


def usual_window(page: str, windows: Sequence[str]) -> str:
    """The window that a page shows where none is chosen, of those there are."""
    wanted = (*_WINDOWS.get(page, ()), _USUAL)
    return next((name for name in wanted if name in windows), windows[0])


def shown_on(page: str, tiles: Sequence[str], settings: Settings) -> Shown:
    """What is on a page; ``tiles``: names of headlines, in their order, instead of its own.

    Of its own, a page leaves out what cannot have a number, as the settings have nothing that it is about.
    """
    by_name = {headline.name: headline for headline in HEADLINES}
    own = page if page in PAGES else OVERVIEW
    chosen = [by_name[name] for name in tiles] or own_headlines(own, settings)
    missing = CUSTOMERS if page == CUSTOMERS and not settings.customers else None
    return Shown(tuple(chosen) if missing is None else (), page == TEAMS, missing)


def own_headlines(page: str, settings: Settings) -> list[Headline]:
    """What a page with tiles has of its own by these settings."""
    absent = rows_without_settings(settings)
    return [one for one in HEADLINES if page in one.pages and one.row.name not in absent]
