"""What a ticket says of its customer, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from stream.domain.definitions import Definitions
from stream.domain.derivation import Derivation
from stream.domain.events import Event, SurveyAnswered, SurveySent, SurveyWithdrawn, TicketCreated, TicketUpdated
from stream.domain.log import Insertion, insert
from stream.domain.shard import Shard
from stream.domain.statement_events import (
    CustomerAnswer,
    CustomerAsked,
    CustomerContact,
    TakenBack,
    answer_uid,
    asked_uid,
    contact_uid,
)
from stream.domain.statements import NOTHING, Statements
from stream.domain.timeline import ALL_CHANGED, timeline_of
from stream.metrics import METRICS
from tests.domain.stories import US, Story, rules

DERIVATION = Derivation(METRICS, Definitions(), makes_statements=True)
CREATED = TicketCreated(0, "", "0 /t", "phone", customer="a")


def stated(*log: Event) -> Statements:
    return DERIVATION.statements("T", timeline_of(log, DERIVATION.plan), ALL_CHANGED, NOTHING)


def contact(story: Story) -> CustomerContact:
    """What a ticket of customer a says of the contact, after this story."""
    found = stated(CREATED, *story.log)["a", contact_uid("T")]
    assert isinstance(found, CustomerContact)
    return found


@pytest.mark.parametrize(
    ("story", "is_open", "done"),
    [
        (Story(), True, None),
        (Story().status(5, "solved"), False, 5),
        (Story().status(5, "solved").status(7, "open"), True, None),
        (Story().status(5, "solved").status(7, "open").status(9, "closed").status(11, "solved"), False, 9),
        (Story().queued(1).answered(2), True, None),
        (Story().queued(1).answered(2).ended(30), False, 30),
        (Story().queued(1).abandoned(9), False, None),
    ],
)
def test_a_contact_is_open_or_done_since_when_or_was_given_up(story: Story, is_open: bool, done: float | None) -> None:
    said = contact(story)
    assert (said.time_us, said.is_open, said.done_us) == (0, is_open, None if done is None else done * US)


def test_who_opened_it_is_told() -> None:
    by_agent = TicketCreated(0, "", "0 /t", "phone", opened_by_agent=True, customer="a")
    assert contact(Story()).by_agent is False
    (said,) = stated(by_agent).values()
    assert isinstance(said, CustomerContact)
    assert said.by_agent is True


def answered(at: int, customer: str = "", kind: Any = "csat", uid: str = "q") -> SurveyAnswered:
    return SurveyAnswered(at, "", f"{at} /{uid}", uid, kind, 2, 1, 5, customer)


def test_an_answer_is_of_whom_it_names_or_of_the_tickets_customer() -> None:
    both = stated(CREATED, answered(5), answered(6, "b", uid="r"))
    assert {place: type(said) for place, said in both.items()} == {
        ("a", contact_uid("T")): CustomerContact,
        ("a", answer_uid("T", "q")): CustomerAnswer,
        ("b", answer_uid("T", "r")): CustomerAnswer,
    }
    # A ticket that names nobody is that of who answered.
    nameless = TicketCreated(0, "", "0 /t", "phone")
    assert {customer for customer, _ in stated(nameless, answered(5, "b"))} == {"b"}
    assert stated(nameless, answered(5)) == {}


def test_the_latest_answer_holds_with_its_time_and_scale_unless_it_is_withdrawn() -> None:
    later = SurveyAnswered(9, "", "9 /q", "q", "csat", 4, 1, 5)
    said = stated(CREATED, answered(5), later)["a", answer_uid("T", "q")]
    assert said == CustomerAnswer(9, "", answer_uid("T", "q"), "csat", 4, 1, 5)
    gone = SurveyWithdrawn(11, "", "11 /q", "q", "csat")
    assert {uid for _, uid in stated(CREATED, answered(5), gone)} == {contact_uid("T")}


def sent(at: int, uid: str = "q", kind: Any = "csat") -> SurveySent:
    return SurveySent(at, "", f"{at} /{uid}", uid, kind)


def test_a_survey_is_told_to_whom_it_was_sent_when_it_first_was() -> None:
    place = ("a", asked_uid("T", "q"))
    # Of effort as well: whoever is asked is asked.
    for kind in ("csat", "nps", "ces"):
        assert stated(CREATED, sent(5, kind=kind), sent(9))[place] == CustomerAsked(5, "", asked_uid("T", "q"))
    # Who answers says whose it was; the others are the ticket's.
    both = stated(CREATED, sent(5), sent(6, "r"), answered(9, "b"))
    assert {customer for customer, uid in both if uid == asked_uid("T", "q")} == {"b"}
    assert {customer for customer, uid in both if uid == asked_uid("T", "r")} == {"a"}
    # An answer that names nobody leaves it where it was.
    assert place in stated(CREATED, sent(5), answered(9))
    nameless = TicketCreated(0, "", "0 /t", "phone")
    assert stated(nameless, sent(5)) == {}
    assert ("b", asked_uid("T", "r")) in stated(nameless, sent(6, "r"), answered(9, "b"))


def test_effort_concerns_no_customer() -> None:
    assert {uid for _, uid in stated(CREATED, answered(5, kind="ces"))} == {contact_uid("T")}


def test_a_ticket_that_was_never_created_is_no_contact() -> None:
    assert stated(TicketUpdated(0, "", "1 /t", customer="a")) == {}


def test_what_is_taken_back_leaves_the_log_whole() -> None:
    first, second = CustomerContact(0, "", contact_uid("T"), True), CustomerContact(0, "", contact_uid("T"), False, 5)
    log: list[Event] = []
    assert insert(log, TakenBack(0, "", first.uid)) is Insertion.DUPLICATE
    assert (insert(log, second), insert(log, first), log) == (Insertion.ADDED, Insertion.CONFLICT, [first])
    assert insert(log, first) is Insertion.DUPLICATE
    assert (insert(log, TakenBack(0, "", first.uid)), log) == (Insertion.CONFLICT, [])


def test_a_log_that_is_empty_is_stored_no_more() -> None:
    shard = Shard(rules(tells_customers=True))
    uid = contact_uid("T")
    assert shard.hear("a", TakenBack(0, "", uid)) is Insertion.DUPLICATE
    shard.hear("a", CustomerContact(US, "", uid, True))
    assert [row is None for _, row in shard.settle(9 * US).tickets] == [False]
    shard.hear("a", TakenBack(0, "", uid))
    changes = shard.settle(9 * US)
    assert ([(name, row) for name, row in changes.tickets], len(shard.tickets)) == ([("\x1ea", None)], 0)
    # Within one settlement as well, and it can come back.
    shard.hear("a", CustomerContact(US, "", uid, True))
    shard.hear("a", TakenBack(0, "", uid))
    shard.hear("a", CustomerContact(US, "", uid, False))
    shard.settle(9 * US)
    assert dict(shard.tickets) == {"\x1ea": [CustomerContact(US, "", uid, False)]}
    assert shard.newest_us == 0


def test_where_customers_are_not_counted_nothing_is_stated() -> None:
    shard = Shard(rules())
    shard.fold("T", CREATED)
    assert shard.settle(9 * US).stated == []
