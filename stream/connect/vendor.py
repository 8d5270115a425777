"""What a vendor is: a name, a pure translator, the files it is read from, and its webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from stream.connect.options import Options
from stream.connect.outcome import Broken, Outcome

if TYPE_CHECKING:
    from stream.connect.api import Api

Record: TypeAlias = Mapping[str, Any]
"""One decoded JSON object, or one row of a table."""


Scorer: TypeAlias = Callable[[object], float | None]
"""How a text sounds, -1 to 1; None where that cannot be said. It keeps nothing of the text."""


@dataclass(frozen=True)
class Account:
    """Whose records these are. ``source`` becomes the events' source (``/zendesk/acme``) and holds no space.

    ``scorer``: where one is chosen, what gives the customers' messages a sentiment.
    """

    source: str
    options: Options
    scorer: Scorer | None = None


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

    ``passed``: kinds of events that count for nothing. ``broken``: what should hold a record and cannot be read.
    ``answer`` is the body of a handshake's answer, as plain text. All of them empty is a delivery about nothing.
    """

    records: tuple[Record, ...] = ()
    doorbells: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    broken: tuple[Broken, ...] = ()
    answer: str | None = None


@dataclass(frozen=True)
class Sample:
    """A delivery made up to try a hook with, as the vendor would send it: no real ids, names or texts."""

    title: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hook:
    """The vendor's webhooks, as data but for `read`, which is pure and raises nothing.

    ``schemes`` names how they may be signed (`stream.connect.verify.schemes`), the usual one first.
    ``challenge_header``: a signed delivery that carries it is a handshake, and its value is the answer.
    ``delivery_header``: the vendor's id of a delivery, equal when it is tried again.
    ``accepted_status``: what the vendor takes for "has arrived".
    HEAD and GET are answered with 200 for every vendor, and a ping is a kind that `read` passes over.
    """

    schemes: tuple[str, ...]
    read: Callable[[Delivery, Account], Reading]
    challenge_header: str = ""
    delivery_header: str = ""
    accepted_status: int = 200
    samples: tuple[Sample, ...] = ()


class Follower(Protocol):
    """Reads a log that grows: rows in (``{"line": text}``), outcomes out as soon as they are sure."""

    def take(self, rows: Iterable[Record]) -> Iterator[Outcome]:
        """The next rows, in the log's order; none: some time has passed."""
        ...


@dataclass(frozen=True)
class Vendor:
    """One vendor. ``translate`` is pure: a history record and whose it is in, outcomes out, in the record's order.

    ``join``, where there is one, is given the records of all layouts, and tells each what the others know of it.
    """

    name: str
    title: str
    options: type[Options]
    translate: Callable[[Record, Account], Iterator[Outcome]]
    layouts: tuple[Layout, ...] = ()
    join: Callable[[Iterable[Record], Account], Iterator[Record]] | None = None
    hook: Hook | None = None
    follow: Callable[[Account], Follower] | None = None
    api: Api | None = None
