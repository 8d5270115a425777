"""What a vendor is: a name, a pure translator, the files it is read from, and its webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from stream.connect.options import Options
from stream.connect.outcome import Outcome

Record: TypeAlias = Mapping[str, Any]
"""One decoded JSON object, or one row of a table."""


@dataclass(frozen=True)
class Account:
    """Whose records these are. ``source`` becomes the events' source (``/zendesk/acme``) and holds no space."""

    source: str
    options: Options


@dataclass(frozen=True)
class Layout:
    """One form in which the vendor's history lies in files.

    ``recognises`` is given the field names of the first object or the head of a table (``["line"]`` for a text that is
    neither). ``records`` makes history records of the file's objects or rows (``{"line": text}``), in the file's order;
    it may hold back what belongs together.
    """

    name: str
    title: str
    recognises: Callable[[Sequence[str]], bool]
    records: Callable[[Iterable[Record], Account], Iterator[Record]]


@dataclass(frozen=True)
class Delivery:
    """A verified webhook: ``headers`` by lower-case name, ``content`` the decoded JSON (or the fields of a form)."""

    headers: Mapping[str, str]
    content: Any


@dataclass(frozen=True)
class Reading:
    """What a delivery holds: records to translate, tickets whose history is to be fetched, an answer to a handshake.

    ``passed``: kinds of events that count for nothing. ``answer`` is the body of a handshake's answer, as plain text.
    """

    records: tuple[Record, ...] = ()
    doorbells: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    answer: str | None = None


@dataclass(frozen=True)
class Hook:
    """The vendor's webhooks. ``schemes`` names how they may be signed, the usual one first; `read` raises nothing."""

    schemes: tuple[str, ...]
    read: Callable[[Delivery, Account], Reading]


@dataclass(frozen=True)
class Vendor:
    """One vendor. ``translate`` is pure: a history record and whose it is in, outcomes out, in the record's order."""

    name: str
    title: str
    options: type[Options]
    translate: Callable[[Record, Account], Iterator[Outcome]]
    layouts: tuple[Layout, ...] = ()
    hook: Hook | None = None
