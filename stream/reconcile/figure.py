"""A figure that both sides have, and the ways in which a log can be read for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from msgspec import Struct

from stream.reconcile.ticket import Ticket

Reading: TypeAlias = tuple[str, float | None]
"""By which rule the vendor's number may differ from ours, and what our log says by that rule."""


class Theirs(Struct, frozen=True):
    """A ticket in the vendor's export: its figures by name, and when they were made (None: nobody says).

    ``beside``: numbers of the export that a rule needs, and that are no figures themselves.
    """

    ticket: str
    figures: Mapping[str, float | None]
    as_of_us: int | None = None
    beside: Mapping[str, float] = {}


@dataclass(frozen=True)
class Figure:
    """``ours`` is what we count; ``readings`` are others of the same log. Numbers up to ``tolerance`` apart agree."""

    name: str
    title: str
    unit: Literal["seconds", "times"]
    tolerance: float
    ours: Callable[[Ticket], float | None]
    readings: Callable[[Ticket, Theirs], Iterator[Reading]]


def first_response(tolerance: float, name: str, title: str) -> Figure:
    """Time to the first response, as help desks tell it."""
    return Figure(name, title, "seconds", tolerance, lambda ticket: ticket.figure("first_response"), _responses)


def resolution(tolerance: float, name: str, title: str, *, which: Literal["first", "full"]) -> Figure:
    """Time to the first or the last resolution."""
    fact = f"{which}_resolution"

    def readings(ticket: Ticket, theirs: Theirs) -> Iterator[Reading]:
        yield "merged, spam or deleted: ours leaves it out", ticket.figure_of_all(fact)
        resolutions = ticket.resolutions
        if which == "full" and resolutions:
            yield "reopened: ours has no full resolution until it is done again", resolutions[-1]
        for other in resolutions:
            yield "theirs ends at another of its resolutions", other

    return Figure(name, title, "seconds", tolerance, lambda ticket: ticket.figure(fact), readings)


def _responses(ticket: Ticket, theirs: Theirs) -> Iterator[Reading]:
    yield "merged, spam or deleted: ours leaves it out", ticket.figure_of_all("first_response")
    to_customer = ticket.figure_of_all("first_reply_to_customer")
    yield "opened by an agent: ours leaves it out", to_customer
    replies = ticket.replies
    if ticket.timeline.conversation.handoffs and replies:
        yield "theirs begins at the creation, ours when a bot handed over", replies[0]
    booked = ticket.figure_of_all("first_response")
    if booked is not None:
        since_opening = _since_opening(ticket)
        yield "theirs begins at the last opening, ours at the creation or the hand-over", since_opening
    for reply in ticket.programs_replies:
        yield "theirs counts what a program wrote", reply
    for reply in replies:
        yield "theirs passes over an earlier reply of a person", reply


def _since_opening(ticket: Ticket) -> float | None:
    timeline = ticket.timeline
    created, replies = timeline.created_us, timeline.conversation.human_replies
    after = [reply for reply in replies if created is not None and reply >= created]
    if created is None or not after:
        return None
    openings = [created, *timeline.conversation.handoffs, *timeline.statuses.reopenings]
    return (after[0] - max(opening for opening in openings if opening <= after[0])) / 1e6
