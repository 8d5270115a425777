"""Comparing two accounts of the same tickets, and adding up what makes them differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from stream.reconcile.figure import Figure, Reading, Theirs
from stream.reconcile.ticket import Ticket

UNEXPLAINED = "unexplained"
NOT_OURS = "not among our events"
NOT_THEIRS = "not in the export"
NO_BEGINNING = "its beginning is not among our events"
LATER = "changed after the export was made"


class Compared(Struct, frozen=True):
    """One figure of one ticket. ``rule`` is empty where both agree."""

    ticket: str
    figure: str
    ours: float | None
    theirs: float | None
    rule: str

    @property
    def difference(self) -> float:
        """How much more ours adds to the sum."""
        return (self.ours or 0.0) - (self.theirs or 0.0)


class Share(Struct):
    """What one rule contributes: tickets, and the difference of the sums."""

    rule: str
    tickets: int = 0
    difference: float = 0.0


class Total(Struct, frozen=True):
    """One figure of all tickets. ``shares`` add up to the difference of the sums, to the last digit."""

    figure: Figure
    agreeing: int
    ours_count: int
    ours_sum: float
    theirs_count: int
    theirs_sum: float
    shares: tuple[Share, ...]

    @property
    def unexplained(self) -> int:
        """Tickets whose difference no rule gives."""
        return sum(share.tickets for share in self.shares if share.rule == UNEXPLAINED)


def compare(ours: Mapping[str, Ticket], theirs: Iterable[Theirs], figures: Iterable[Figure]) -> Iterator[Compared]:
    """All figures of all tickets that either side has a number for."""
    figures = tuple(figures)
    seen: set[str] = set()
    for row in theirs:
        seen.add(row.ticket)
        ticket = ours.get(row.ticket)
        for figure in figures:
            if figure.name not in row.figures:
                continue
            said = row.figures[figure.name]
            value = None if ticket is None else figure.ours(ticket)
            if value is None and said is None:
                continue
            rule = NOT_OURS if ticket is None else _rule(figure, ticket, row, value, said)
            yield Compared(row.ticket, figure.name, value, said, rule)
    for name, ticket in ours.items():
        if name not in seen:
            for figure in figures:
                value = figure.ours(ticket)
                if value:
                    yield Compared(name, figure.name, value, None, NOT_THEIRS)


def _rule(figure: Figure, ticket: Ticket, row: Theirs, value: float | None, said: float | None) -> str:
    if _agree(value, said, figure.tolerance):
        return ""
    if ticket.created_us is None:
        return NO_BEGINNING
    now = _named(figure.readings(ticket, row), said, figure.tolerance)
    if now is not None or row.as_of_us is None:
        return now or UNEXPLAINED
    then = ticket.until(row.as_of_us)
    if len(then.log) == len(ticket.log):
        return UNEXPLAINED
    if _agree(figure.ours(then), said, figure.tolerance):
        return LATER
    old = _named(figure.readings(then, row), said, figure.tolerance)
    return f"{LATER}; {old}" if old else UNEXPLAINED


def _named(readings: Iterable[Reading], said: float | None, tolerance: float) -> str | None:
    """The first rule by which our log says the same."""
    return next((rule for rule, value in readings if value is not None and _agree(value, said, tolerance)), None)


def _agree(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= tolerance


def totals(compared: Iterable[Compared], figures: Iterable[Figure]) -> list[Total]:
    """Each figure, added up."""
    found = list(compared)
    return [_total(figure, [item for item in found if item.figure == figure.name]) for figure in figures]


def _total(figure: Figure, compared: list[Compared]) -> Total:
    shares: dict[str, Share] = {}
    for item in compared:
        # Rounding within the tolerance is a rule as well: without it the shares would not add up.
        share = shares.setdefault(item.rule, Share(item.rule))
        share.tickets += 1
        share.difference += item.difference
    agreeing = shares.get("")
    ordered = sorted(shares.values(), key=lambda share: (share.rule == UNEXPLAINED, -share.tickets, share.rule))
    return Total(
        figure,
        agreeing.tickets if agreeing else 0,
        sum(item.ours is not None for item in compared),
        sum(item.ours or 0.0 for item in compared),
        sum(item.theirs is not None for item in compared),
        sum(item.theirs or 0.0 for item in compared),
        tuple(ordered),
    )
