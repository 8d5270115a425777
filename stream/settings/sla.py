"""A table ``[[sla]]``: what was promised to whom."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from stream.domain.events import Status
from stream.domain.sla import TARGETS, SlaPolicy

from .dimensions import check_where, covers, ordered_where, wrong_dimensions
from .section import Names, Section

_OPEN = tuple(status for status in get_args(Status) if status not in ("solved", "closed"))
_LONGEST_SECONDS = 400 * 86_400


def _check_pauses(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in _OPEN:
            raise ValueError(f"{name!r} is no status in which a clock may stand still; allowed: {', '.join(_OPEN)}")
    return names


def _check_date(text: str) -> str:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a date such as 2026-12-24") from None
    return text


class SlaSettings(Section):
    """One policy; which one a ticket is judged by, see `stream.domain.sla.policy_of`."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="What it is called.")
    where: Annotated[dict[str, Names], AfterValidator(check_where)] = Field(
        {}, description='Only tickets of these: {priority = "urgent, high"}; all where it is empty.'
    )
    first_reply_seconds: float = Field(
        0, ge=0, le=_LONGEST_SECONDS, description="A person writes within this time of the creation; 0: not promised."
    )
    next_reply_seconds: float = Field(
        0, ge=0, le=_LONGEST_SECONDS, description="The same for every later message of the customer."
    )
    resolution_seconds: float = Field(
        0, ge=0, le=_LONGEST_SECONDS, description="The ticket is solved within this time of its creation."
    )
    calendar: str = Field("", description="Name of [calendars.<name>] in whose hours time runs; empty: always.")
    pauses: Annotated[Names, AfterValidator(_check_pauses)] = Field(
        (), description="Statuses in which time stands still: new, open, pending, on_hold."
    )
    valid_from: Annotated[str, AfterValidator(_check_date)] = Field(
        "", description="Date (UTC) from which on tickets that are created are judged by it; empty: all are."
    )

    @model_validator(mode="after")
    def _check_promise(self) -> Self:
        if not any(self._seconds()):
            names = ", ".join(f"{target}_seconds" for target in TARGETS)
            raise ValueError(f"{self.name} promises nothing; give one or more of {names}")
        return self

    def _seconds(self) -> tuple[float, float, float]:
        return self.first_reply_seconds, self.next_reply_seconds, self.resolution_seconds

    def policy(self) -> SlaPolicy:
        """As the pure core takes it."""
        first, following, resolution = self._seconds()
        return SlaPolicy(
            name=self.name,
            targets_us=(round(first * 1e6), round(following * 1e6), round(resolution * 1e6)),
            where=ordered_where(self.where),
            calendar=self.calendar,
            pauses=tuple(status for status in _OPEN if status in self.pauses),
            valid_from_us=_begin_us(self.valid_from) if self.valid_from else 0,
        )


def _begin_us(day: str) -> int:
    begin = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return max(0, round(begin.timestamp())) * 1_000_000


def problems_of(
    policies: Sequence[SlaSettings], calendars: Collection[str], dimensions: Sequence[str]
) -> Iterator[str]:
    """Policies of a name that is there twice, in hours that there are not, or for what is no dimension."""
    names: set[str] = set()
    for number, policy in enumerate(policies, 1):
        if policy.name in names:
            yield f"sla.{number}.name={policy.name!r} is there already; give each its own"
        names.add(policy.name)
        if policy.calendar and policy.calendar not in calendars:
            known = ", ".join(calendars) or "none yet: add [calendars.<name>]"
            yield f"sla.{number}.calendar={policy.calendar!r}: there is no such calendar; there are {known}"
        yield from wrong_dimensions(f"sla.{number}.where", policy.where, dimensions)
    yield from _never_taken(policies)


def _never_taken(policies: Sequence[SlaSettings]) -> Iterator[str]:
    """Policies behind one that takes all their tickets, for all of their time."""
    for place, policy in enumerate(policies):
        for before, other in enumerate(policies[:place]):
            gives_way = any(
                each.where == other.where and each.valid_from > other.valid_from for each in policies[place:]
            )
            if covers(other.where, policy.where) and other.valid_from <= policy.valid_from and not gives_way:
                yield (
                    f"sla.{place + 1}: no ticket is ever judged by {policy.name}: {other.name} (sla.{before + 1}) "
                    "takes all that fit it; put the one that fits fewer in front, or give it a later valid_from"
                )
                break
