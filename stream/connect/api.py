"""A vendor's API as data and pure functions: what is asked, what the answers hold, and where the next one goes on.

Whoever asks (`stream.pull`) knows nothing of vendors. Addresses in answers are never followed: a cursor is made of
numbers alone, so that a token goes nowhere but to the address of the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from stream.connect.vendor import Account, Record

Cursor: TypeAlias = Mapping[str, int]
"""Where a feed goes on: seconds since 1970, numbers of pages. Kept as JSON."""


@dataclass(frozen=True)
class Request:
    """A GET: ``path`` below the address of the settings."""

    path: str
    query: tuple[tuple[str, str], ...] = ()


class CutOff(Exception):  # noqa: N818 - not an error: what there is has been read as far as it is given
    """A history goes on, and no request gives the rest."""


@dataclass(frozen=True)
class Page:
    """What an answer holds: objects, tickets whose history is to be fetched with it, and where the feed goes on.

    ``is_last``: nothing more for now. ``reached_seconds``: up to when the feed has been read, ``history_since``: from
    when on the histories are of interest, both since 1970. ``names`` tell what the answer holds from what another one
    holds, where a feed goes by numbers of pages.
    """

    rows: tuple[Record, ...]
    cursor: Cursor
    is_last: bool
    reached_seconds: int
    tickets: tuple[str, ...] = ()
    history_since: int = 0
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Feed:
    """A list of the API that grows.

    ``start`` makes the first cursor from seconds since 1970. ``request`` is None where it is too early to ask (now in
    seconds). ``read`` raises `stream.connect.fields.Unreadable` for an answer that is none; times in it that lie ahead
    of now move no cursor, or what comes until then would never be asked for. ``every_seconds``: how
    often it is looked at, at most; ``requests_per_minute``: what the vendor allows. ``is_optional``: not every account
    has it, and not every token may read it. ``first_page``: where the walk began in which a cursor stands.
    """

    name: str
    start: Callable[[int], Cursor]
    request: Callable[[Cursor, int], Request | None]
    read: Callable[[Cursor, Any, int], Page]
    requests_per_minute: float
    every_seconds: float = 0.0
    is_optional: bool = False
    first_page: Callable[[Cursor], Cursor] | None = None


@dataclass(frozen=True)
class Lookup:
    """What answers name and do not hold: ids, asked for up to ``most`` at once, and found as objects by id."""

    missing: Callable[[Sequence[Record], Container[str], Account], set[str]]
    request: Callable[[Sequence[str]], Request]
    found: Callable[[Any], Mapping[str, Record]]
    most: int = 100


@dataclass(frozen=True)
class Api:
    """``headers`` are those of a login (user, token). ``history`` asks for all of a ticket since some second.

    ``more`` is the next request of a history, given the last one, its answer, and that second; it raises `CutOff` where
    there is more and the vendor does not give it. ``records`` makes
    history records of rows, before the vendor's ``join``. ``address``: what the address in the settings looks like.
    """

    address: str
    headers: Callable[[str, str], Mapping[str, str]]
    feeds: tuple[Feed, ...]
    history: Callable[[str, int], Request]
    more: Callable[[Request, Any, int], Request | None]
    records: Callable[[Iterable[Record], Account], Iterator[Record]]
    lookup: Lookup | None = None
