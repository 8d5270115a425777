"""Statements: what a ticket says of its customer, and a customer that was merged of its tickets to the other one.

Like facts they are a pure function of the log: when the log changes, those before are compared with those after, and
what differs is stated anew or taken back. Where a ticket gets another customer, the one loses what the other gets.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from msgspec.structs import replace

from stream.domain.customer_events import CustomerMerged
from stream.domain.events import Event, SurveyAnswered, SurveySent, TicketCreated, TicketUpdated
from stream.domain.readers.caller import Caller
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.dealings import Dealings
from stream.domain.readers.queue import Queue
from stream.domain.readers.reader import Reader
from stream.domain.readers.statuses import Statuses
from stream.domain.readers.survey_requests import SurveyRequests
from stream.domain.readers.surveys import Surveys
from stream.domain.statement_events import (
    STATEMENTS,
    CustomerAnswer,
    CustomerAsked,
    CustomerContact,
    TakenBack,
    answer_uid,
    asked_uid,
    contact_uid,
    passed_on,
    way_of,
)
from stream.domain.subjects import CUSTOMER_MARK, is_customer
from stream.domain.timeline import Timeline

Statements: TypeAlias = dict[tuple[str, str], Event]
"""By customer and uid."""
Stated: TypeAlias = tuple[str, Event]
"""A customer, and what is stated of it, or taken back."""

READ_FOR_THEM: Final[tuple[type[Reader], ...]] = (
    Caller,
    Surveys,
    SurveyRequests,
    Statuses,
    Queue,
    Conversation,
    Dealings,
)
"""Readers that they are made of."""

LONGEST_WAY: Final = 8
"""Customers that a statement is passed on by, one merged into the next. Beyond, and in a circle, it stays."""

NOTHING: Final[Statements] = {}


def statements_of(name: str, timeline: Timeline) -> Statements:
    """All that holds for what ``timeline`` has read of the log of ``name``."""
    if is_customer(name):
        return _passed_on(name.removeprefix(CUSTOMER_MARK), timeline.dealings) if timeline.dealings.into else NOTHING
    if timeline.lifecycle.excluded:
        return NOTHING
    customer, all_answers = timeline.caller.customer, timeline.surveys.answers
    if not customer and not all_answers:
        return NOTHING  # the usual case where few contacts have one
    found: Statements = {}
    if customer and timeline.created_us is not None:
        contact = _contact(name, timeline, timeline.created_us)
        found[customer, contact.uid] = contact
    for survey, (_, sent_us) in timeline.survey_requests.sent.items():
        # Who answers says whose it was; until then it is the ticket's customer's.
        of = all_answers[survey][-1].customer or customer if survey in all_answers else customer
        if of:
            uid = asked_uid(name, survey)
            found[of, uid] = CustomerAsked(sent_us, "", uid)
    for survey, answers in all_answers.items():
        latest = answers[-1]
        of = latest.customer or customer
        if not of or latest.kind == "ces":
            continue
        uid = answer_uid(name, survey)
        found[of, uid] = CustomerAnswer(
            latest.time_us, latest.sequence, uid, latest.kind, latest.score, latest.scale_min, latest.scale_max
        )
    return found or NOTHING


def _contact(name: str, ticket: Timeline, created_us: int) -> CustomerContact:
    uid = contact_uid(name)
    return CustomerContact(created_us, "", uid, ticket.is_open, ticket.done_us, ticket.opened_by_agent)


def _passed_on(customer: str, dealings: Dealings) -> Statements:
    into = dealings.into
    found: Statements = {}
    all_of_them: list[CustomerContact | CustomerAnswer | CustomerAsked] = [
        *dealings.contacts,
        *dealings.answers,
        *dealings.requests,
    ]
    for statement in all_of_them:
        way = way_of(statement.uid)
        # What has been at the other already, or is there now, would go in a circle.
        if into != customer and into not in way and len(way) < LONGEST_WAY:
            moved = replace(statement, uid=passed_on(statement.uid, customer))
            found[into, moved.uid] = moved
    return found


def differing(before: Statements, after: Statements) -> list[Stated]:
    """What is to be stated, or taken back, so that ``after`` holds where ``before`` did."""
    found = [(place[0], statement) for place, statement in after.items() if before.get(place) != statement]
    for customer, uid in before:
        if (customer, uid) not in after:
            found.append((customer, TakenBack(0, "", uid)))
    return found


def stated_anew(name: str, log: Iterable[Event], holding: Statements) -> list[Stated]:
    """All that is ``holding``, and what may have been stated of others that the log names, taken back.

    For those who may not have been told, or of before: nobody knows what they were told.
    """
    customers: dict[str, None] = {}
    uids: dict[str, None] = {}
    if not is_customer(name):
        uids[contact_uid(name)] = None
    for event in log:
        if isinstance(event, TicketCreated | TicketUpdated):
            customers[event.customer] = None
        elif isinstance(event, SurveyAnswered):
            customers[event.customer] = None
            uids[answer_uid(name, event.survey_id)] = None
        elif isinstance(event, SurveySent):
            uids[asked_uid(name, event.survey_id)] = None
        elif isinstance(event, CustomerMerged):
            customers[event.into] = None
        elif type(event) in STATEMENTS:
            uids[passed_on(event.uid, name.removeprefix(CUSTOMER_MARK))] = None
    gone: list[Stated] = [
        (customer, TakenBack(0, "", uid))
        for customer in customers
        for uid in uids
        if customer and (customer, uid) not in holding
    ]
    return [*gone, *((customer, statement) for (customer, _), statement in holding.items())]
