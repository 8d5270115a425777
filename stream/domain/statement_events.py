"""What a customer's log holds of the customer's tickets: statements, which no source sends, but the tickets' shards.

A statement's uid says who made it of what: kind, ticket, survey, and the customers it came through (which were merged).
No source's uid is like it, as it holds control characters. Of two with one uid the one that came last holds: one ticket
is in one shard at a time, so they come in the order in which they were made.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

_BETWEEN: Final = "\x1f"
_FIRST_OF_WAY: Final = 3


class CustomerContact(Struct, frozen=True, array_like=True, gc=False, tag=47):
    """The customer has a ticket, created at ``time_us``. ``done_us``: since when it is done, None while it is not.

    One that is neither open nor done was given up. ``by_agent``: an agent opened it, the customer did not ask.
    """

    time_us: int
    sequence: str
    uid: str
    is_open: bool
    done_us: int | None = None
    by_agent: bool = False


class CustomerAnswer(Struct, frozen=True, array_like=True, gc=False, tag=48):
    """The latest answer to a survey of one of the customer's tickets, and its scale."""

    time_us: int
    sequence: str
    uid: str
    kind: Literal["csat", "nps"]
    score: float
    scale_min: float
    scale_max: float


class CustomerAsked(Struct, frozen=True, array_like=True, gc=False, tag=50):
    """The customer was sent a survey of one of its tickets, of whichever kind, at ``time_us``."""

    time_us: int
    sequence: str
    uid: str


class TakenBack(Struct, frozen=True, array_like=True, gc=False, tag=49):
    """A statement does not hold any more: it leaves the log, and this never enters one."""

    time_us: int
    sequence: str
    uid: str


STATEMENTS: Final = frozenset((CustomerContact, CustomerAnswer, CustomerAsked, TakenBack))
"""Of two of one uid the later one replaces the other."""


def contact_uid(ticket: str) -> str:
    """Of the one contact that a ticket is."""
    return _BETWEEN.join(("contact", ticket, ""))


def answer_uid(ticket: str, survey: str) -> str:
    """Of a survey's answer."""
    return _BETWEEN.join(("answer", ticket, survey))


def asked_uid(ticket: str, survey: str) -> str:
    """Of the sending of a survey."""
    return _BETWEEN.join(("asked", ticket, survey))


def way_of(uid: str) -> list[str]:
    """The customers that a statement came through."""
    return uid.split(_BETWEEN)[_FIRST_OF_WAY:]


def passed_on(uid: str, customer: str) -> str:
    """What ``customer``, who was merged, says of a statement to the other."""
    return uid + _BETWEEN + customer


def is_statement(uid: str) -> bool:
    """True of an uid that only statements have."""
    return _BETWEEN in uid
