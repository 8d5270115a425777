"""SLA attainment: how many of the promises that began in a window were kept, were not, or are undecided.

A policy (``[[sla]]``) promises a first reply, next replies, a resolution, each within a time that runs in the hours of
a calendar or always, and stands still in the statuses that it names. The clock of a **first reply** and of a
**resolution** starts at the creation, that of a **next reply** at the customer's first message not replied to yet, as
in `replies`; a ticket that an agent opened is promised no first reply. A promise is **met** by what was promised, in
time to the last moment; it is **breached** from the moment at which its time is over, without any event (to the
minute), and remains so however late the answer comes; until then it is **undecided**, for ever where the clock stands.
What is not needed any more, as the ticket was resolved before its time was over, is none of the three. A reopened
ticket is promised its resolution again, by the same clock.

**Cohort**: each promise counts in the window in which its clock started, whenever it is decided, so that no window
exceeds 1. Until all is decided the truth lies between two bounds: ``at_least`` counts what is undecided as breached,
``at_most`` as met; ``of_decided`` leaves it out. A ticket is judged by the policy that fits where it is (a changed
priority changes its promises, as ``segment_of_facts`` says) and that was valid at its creation: a policy that comes
later, with ``valid_from``, leaves alone what was promised before; one that is changed in its place does not. (Against
a hit rate that counts what is undecided as met, and 100 % where nothing was missed yet.)

>>> from stream.domain.events import Message, TicketCreated
>>> from stream.domain.sla import SlaPolicy
>>> from stream.domain.timeline import ReadingPlan, timeline_of
>>> known = Definitions(sla=(SlaPolicy("all", (60_000_000, 0, 3_600_000_000)),))
>>> log = [TicketCreated(0, "", "1 /a", "email"), Message(45_000_000, "", "2 /a", "agent", True)]
>>> facts = {}
>>> book(timeline_of(log, ReadingPlan(known)), known, facts)
>>> [(fact.time_us // 1_000_000, fact.bookings[0].measure.name) for fact in facts.values()]
[(0, 'sla_first_reply_met'), (0, 'sla_resolution_undecided'), (3600, 'sla_resolution_later')]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stream.domain.calendars.assignment import calendars_of
from stream.domain.cells import Cells
from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.measures import Measure
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.exchange import Exchange
from stream.domain.readers.queue import Queue
from stream.domain.readers.statuses import Statuses
from stream.domain.rowspec import DAILY, Export, RowSpec
from stream.domain.segments import Segment, dimensions_named
from stream.domain.sla import TARGETS, SlaClock, Target, policy_of
from stream.domain.timeline import Timeline
from stream.metrics import first_response, replies
from stream.metrics.spec import Metric

_MINUTE_US: Final = 60_000_000
_HELP: Final[dict[Target, str]] = {
    "first_reply": "first replies",
    "next_reply": "next replies",
    "resolution": "resolutions",
}
_LATER: Final = {"due_in_60m": -60 * _MINUTE_US, "due_in_15m": -15 * _MINUTE_US, "overdue": 0}

MET: Final = {target: Measure(f"sla_{target}_met", f"Promised {_HELP[target]} that were met") for target in TARGETS}
BREACHED: Final = {
    target: Measure(f"sla_{target}_breached", f"Promised {_HELP[target]} that were breached") for target in TARGETS
}
UNDECIDED: Final = {
    target: Measure(
        f"sla_{target}_undecided",
        f"Promised {_HELP[target]} whose time is not over",
        overdue=BREACHED[target].name,
    )
    for target in TARGETS
}
DUE: Final = {
    target: Measure(
        f"sla_{target}_later",
        f"Promised {_HELP[target]} that are due in more than an hour",
        stages=tuple((after_us, f"sla_{target}_{name}") for name, after_us in _LATER.items()),
    )
    for target in TARGETS
}
_WORDS: Final = {
    "due_in_60m": "that are due in 15 to 60 minutes",
    "due_in_15m": "that are due within 15 minutes",
    "overdue": "that are late, and not there yet",
}
SOON: Final = {
    (target, name): Measure(f"sla_{target}_{name}", f"Promised {_HELP[target]} {_WORDS[name]}", listed=True)
    for target in TARGETS
    for name in _LATER
}
_DUE_SOON: Final = tuple(SOON[target, "due_in_15m"] for target in TARGETS)


class _Judge:
    """Of one ticket: what was promised, and what became of it."""

    def __init__(self, ticket: Timeline, clock: SlaClock, over_us: int | None, into: Facts) -> None:
        self._ticket = ticket
        self._clock = clock
        self._over_us = over_us
        """When the ticket was done, if it is."""
        self._into = into

    def judge(self, target: Target, target_us: int, start_us: int, stop_us: int | None, number: str = "") -> None:
        """A promise that began at ``start_us`` and was met, in time or not, at ``stop_us``; None: not yet."""
        key, segment = f"sla_{target}{number}", self._ticket.segment_at(start_us)
        end_us = self._over_us if stop_us is None else stop_us
        if end_us is None:
            self._note_undecided(key, target, start_us, segment, self._clock.due(start_us, target_us))
            return
        left_us = target_us - self._clock.elapsed(start_us, end_us)
        if left_us < 0 or stop_us is not None:
            measure = BREACHED[target] if left_us < 0 else MET[target]
            self._into[key] = Fact(start_us, segment, (Booking(measure),), left_us / 1e6)

    def _note_undecided(self, key: str, target: Target, start_us: int, segment: Segment, due_us: int | None) -> None:
        minute = -1 if due_us is None else due_us // _MINUTE_US
        self._into[key] = Fact(start_us, segment, (Booking(UNDECIDED[target], 0, minute),))
        if due_us is not None:
            self._into[f"sla_{target}_due"] = Fact(due_us, self._ticket.segment, (Booking(DUE[target]),), level=True)


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book ``sla_first_reply``, ``sla_next_reply/n`` and ``sla_resolution``, and the levels of what is due."""
    created = ticket.created_us
    if not definitions.sla or created is None:
        return
    labels = dimensions_named(definitions.dimensions).labels(ticket.segment_at(created))
    policy = policy_of(definitions.sla, labels, created)
    if policy is None:
        return
    openings = calendars_of(definitions.calendars).named[policy.calendar] if policy.calendar else None
    over_us = _over(ticket)
    judge = _Judge(ticket, SlaClock(openings, ticket.statuses.changes, policy.pauses), over_us, into)
    first_us, next_us, resolution_us = policy.targets_us
    if first_us and not ticket.opened_by_agent:
        told: Facts = {}
        first_response.book(ticket, definitions, told)
        response = told.get(first_response.RESPONSE.name)
        judge.judge("first_reply", first_us, created, None if response is None else response.time_us)
    if next_us:
        waits, waiting_us, has_responded = replies.waits_of(ticket, definitions)
        for number, (start_us, end_us) in enumerate(waits, 1):
            judge.judge("next_reply", next_us, start_us, end_us, f"/{number}")
        if waiting_us is not None and has_responded:
            judge.judge("next_reply", next_us, waiting_us, None, f"/{len(waits) + 1}")
    if resolution_us:
        judge.judge("resolution", resolution_us, created, over_us)


def _over(ticket: Timeline) -> int | None:
    """When the ticket was done, None while it is not; a live contact without a status is at its end."""
    if ticket.is_open:
        return None
    return ticket.statuses.resolutions[-1] if ticket.statuses.resolutions else ticket.queue.events[-1].time_us


def _count(target: Target, name: str, measure: Measure) -> RowSpec:
    return RowSpec(
        metric="sla_promises",
        definition=f"{target}_{name}",
        version=1,
        kind="count",
        help=measure.help,
        formula=f"count of {_HELP[target]} promised in the window, {name} by now",
        booked="at the start of the clock",
        gauge="sla_promises",
        measure=measure,
        export=None,
    )


def _rate(of: str, targets: tuple[Target, ...], name: str, export: Export | None) -> RowSpec:
    met, breached, undecided = (tuple(kind[target] for target in targets) for kind in (MET, BREACHED, UNDECIDED))
    numerator, denominator, formula = {
        "of_decided": (met, (*met, *breached), "met / (met + breached)"),
        "at_least": (met, (*met, *breached, *undecided), "met / (met + breached + undecided)"),
        "at_most": (
            (*met, *undecided),
            (*met, *breached, *undecided),
            "(met + undecided) / (met + breached + undecided)",
        ),
    }[name]
    return RowSpec(
        metric="sla_attainment",
        definition=f"{of}_{name}",
        version=1,
        kind="ratio",
        help=f"Share met, {name.replace('_', ' ')}, of what was promised in the window ({of.replace('_', ' ')})",
        formula=formula,
        booked="at the start of the clock",
        gauge="sla_attainment",
        numerator=numerator,
        denominator=denominator,
        export=export,
        is_decided_late=name == "at_least",
    )


def _due_soon(cells: Cells, bounds: tuple[int, int] | None) -> tuple[int, float]:
    """How many promises of any kind are due soon, and when the first of them is."""
    found = [cells[measure.name] for measure in _DUE_SOON if measure.name in cells and cells[measure.name].count]
    return sum(cell.count for cell in found), min((cell.sum for cell in found), default=0)


def _rows() -> Iterator[RowSpec]:
    for name in ("of_decided", "at_least", "at_most"):
        yield _rate("promises", TARGETS, name, DAILY)
        for target in TARGETS:
            yield _rate(target, (target,), name, None)
    for target in TARGETS:
        for name, kind in (("met", MET), ("breached", BREACHED), ("undecided", UNDECIDED)):
            yield _count(target, name, kind[target])
    for (target, name), measure in SOON.items():
        yield RowSpec(
            metric="sla_due",
            definition=f"{target}_{name}",
            version=1,
            kind="level",
            help=measure.help,
            formula=f"count of {_HELP[target]} promised and not there, by when they are due; the oldest is due first",
            booked="while open",
            gauge="sla_due",
            measure=measure,
        )
    yield RowSpec(
        metric="sla_due_soon",
        definition="promises_due_in_15m",
        version=1,
        kind="level",
        help="Promises of every kind that are due within 15 minutes",
        formula="count of first replies, next replies and resolutions promised and not there; the oldest is due first",
        booked="while open",
        gauge="sla_due_soon",
        level=_DUE_SOON,
        parts=_due_soon,
    )


METRIC = Metric(
    name="sla",
    measures=(*MET.values(), *BREACHED.values(), *UNDECIDED.values(), *DUE.values(), *SOON.values()),
    rows=tuple(_rows()),
    reads=(Conversation, Exchange, Queue, Statuses),
    facts=book,
    needs="sla",
    fact_values={
        "sla_first_reply": "seconds that were left, below 0 that it was late; none while undecided",
        "sla_next_reply/<n>": "the same",
        "sla_resolution": "the same",
    },
)
