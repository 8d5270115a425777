"""Zendesk's audits by hand: what becomes of each kind, who wrote, what is passed over; nothing personal leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connect.vendor import Account, Delivery
from stream.connect.zendesk import VENDOR
from stream.connect.zendesk.dumps import records_of
from stream.connect.zendesk.joining import joined
from stream.connect.zendesk.options import ZendeskOptions
from tests.connect.kit import assert_no_trace, broken, by_id, corners, decoded, outcomes, passed, told
from tests.connect.test_amazon_connect import VALUES
from tests.connect.zendesk_account import (
    AGENT,
    BOT,
    CUSTOMER,
    PLANTED,
    SYSTEM,
    TEXT,
    WORD,
    ZendeskAccount,
    iso,
    pages,
    usual_account,
)


def account_of(**options: Any) -> Account:
    return Account("/zendesk/acme", ZendeskOptions.model_validate(options))


def read(*rows: Any, **options: Any) -> list[Any]:
    account = account_of(**options)
    return outcomes(VENDOR, joined(records_of(rows, account), account), account)


def audits(story: ZendeskAccount, **options: Any) -> list[Any]:
    return read({"users": story.users}, {"audits": [story.audit(step) for step in story.steps]}, **options)


def test_a_ticket_that_a_trigger_answers_and_then_a_person() -> None:
    story = usual_account()
    found = [item for item in told(audits(story)) if item[0].startswith("1-")]
    created = {
        "channel": "email",
        "team": "group-3601",
        "priority": "normal",
        "customer_id": "customer-900",
        "opened_by": "customer",
    }
    assert found == [
        ("1-created", "ticket.created", iso(0), created),
        ("1-created-status", "ticket.status", iso(0), {"status": "new"}),
        ("1-1000", "ticket.message", iso(0), {"author": "customer", "public": True}),
        ("1-1010", "ticket.message", iso(1), {"author": "system", "public": True, "automated": True}),
        ("1-1020", "ticket.message", iso(60), {"author": "agent", "public": False, "author_id": "agent-17"}),
        ("1-1030", "ticket.message", iso(300), {"author": "agent", "public": True, "author_id": "agent-17"}),
        ("1-1031", "ticket.status", iso(300), {"status": "solved"}),
        ("1-1032", "ticket.updated", iso(300), {"team": "group-3602"}),
        ("1-1033", "ticket.updated", iso(300), {"priority": "high"}),
        ("1-1040", "ticket.message", iso(900), {"author": "customer", "public": True}),
        ("1-1041", "ticket.status", iso(900), {"status": "open"}),
        ("1-1050", "ticket.message", iso(1200), {"author": "agent", "public": True, "author_id": "agent-17"}),
        ("1-1051", "ticket.status", iso(1200), {"status": "solved"}),
    ]
    assert len(list(decoded(audits(story)))) == len(told(audits(story)))


def test_a_ticket_whose_first_comment_is_an_agents_was_opened_by_an_agent() -> None:
    (created,) = [item for item in told(audits(usual_account())) if item[0] == "2-created"]
    assert created[3]["opened_by"] == "agent"


def test_a_trigger_that_creates_a_ticket_leaves_open_who_opened_it() -> None:
    story = ZendeskAccount().step(1, 0, SYSTEM, via="rule", create={"status": "new"}, public=True)
    assert "opened_by" not in told(audits(story))[0][3]


def test_users_that_are_programs_are_bots_whatever_their_role() -> None:
    (message,) = [item for item in told(audits(usual_account(), bots=[str(BOT)])) if item[0] == "2-1070"]
    assert message[3] == {"author": "bot", "public": True, "automated": True}
    (message,) = [item for item in told(audits(usual_account())) if item[0] == "2-1070"]
    assert message[3]["author"] == "agent"


def test_a_group_or_priority_that_is_taken_away_is_cleared() -> None:
    data = [item[3] for item in told(audits(usual_account())) if item[0].startswith("2-108")]
    assert data == [{"cleared": ["priority"]}, {"cleared": ["team"]}]


def test_groups_channels_and_statuses_have_the_names_of_the_options() -> None:
    options = {"teams": {"3601": "Billing"}, "channels": {"email": "Post"}, "statuses": {"hold": "pending"}}
    found = {item[0]: item[3] for item in told(audits(usual_account(), **options))}
    assert (found["1-created"]["team"], found["1-created"]["channel"]) == ("Billing", "Post")
    assert found["2-1071"] == {"status": "pending"}


@pytest.mark.parametrize("order", [("status", "custom_status_id"), ("custom_status_id", "status")])
def test_a_custom_status_with_a_meaning_goes_before_its_category(order: tuple[str, str]) -> None:
    values = {"status": "open", "custom_status_id": "77"}
    story = ZendeskAccount().step(1, 0, AGENT, change={name: values[name] for name in order})
    assert [item[3] for item in told(audits(story, statuses={"77": "pending"}))] == [{"status": "pending"}]
    assert [item[3] for item in told(audits(story))] == [{"status": "open"}]
    assert [item[3] for item in told(audits(story, statuses={"77": "ignored"}))] == []


def test_a_ticket_that_is_created_in_a_custom_status_has_its_meaning() -> None:
    story = ZendeskAccount().step(1, 0, CUSTOMER, create={"status": "open", "custom_status_id": "77"}, public=True)
    found = {item[0]: item[3] for item in told(audits(story, statuses={"77": "on_hold"}))}
    assert found["1-created-status"] == {"status": "on_hold"}


def test_a_deleted_ticket_is_removed_also_where_a_custom_status_comes_with_it() -> None:
    story = ZendeskAccount().step(1, 9, AGENT, change={"status": "deleted", "custom_status_id": "77"})
    found = told(audits(story, statuses={"77": "pending"}))
    assert ("1-1000", "ticket.removed", iso(9), {"reason": "deleted"}) in found


def merging(ticket: int, target: object, status: str = "closed") -> dict[str, Any]:
    story = ZendeskAccount().step(ticket, 50, AGENT, public=False, change={"status": status})
    audit = story.audit(story.steps[0])
    audit["events"][0]["via"] = {"channel": "system", "source": {"rel": "merge", "from": {"ticket_id": target}}}
    return audit


def test_the_ticket_that_is_merged_into_another_says_so_and_the_other_does_not() -> None:
    found = told(read(merging(5, 6)))
    assert ("5-1000-merged", "ticket.merged", iso(50), {"into": "6"}) in found
    assert "ticket.merged" not in [kind for _, kind, *_ in told(read(merging(6, 5, "open")))]
    assert "merging into a ticket that is not named" in passed(read(merging(5, TEXT)))


@pytest.mark.parametrize(
    ("score", "answers"),
    [
        ("good", [1]),
        ("bad", [0]),
        ("good_with_comment", [1]),
        ("received_bad_with_comment", [0]),
        ("received_bad_without_comment", [0]),
        ("offered", []),
        ("wonderful", []),
    ],
)
def test_a_rating_is_asked_and_answered(score: str, answers: list[int]) -> None:
    story = ZendeskAccount().rating(1, score, 10, 70)
    found = told(read({"satisfaction_ratings": story.ratings}))
    assert found[0] == ("5000-sent", "survey.sent", iso(10), {"survey_id": "5000", "kind": "csat"})
    assert [(when, data["score"]) for _, _, when, data in found[1:]] == [(iso(70), score) for score in answers]
    assert len(list(decoded(read({"satisfaction_ratings": story.ratings})))) == len(found)


def test_a_vote_that_is_changed_is_another_answer_of_the_same_survey() -> None:
    rating = ZendeskAccount().rating(1, "good", 10, 70).ratings[0]
    changed = {**rating, "score": "bad", "updated_at": iso(90)}
    found = by_id(read(rating, changed, rating))
    assert len(found) == 3


def test_an_author_nobody_knows_breaks_the_comment_and_nothing_else() -> None:
    story = usual_account()
    found = read({"audits": [story.audit(step) for step in story.steps]})
    assert {"comment 1030 of ticket 1", "creation of ticket 1"} <= {item.record for item in broken(found)}
    assert "include=users" in broken(found)[0].detail
    assert by_id(found).items() <= by_id(audits(story)).items()
    assert by_id(read(*(story.audit(s) for s in story.steps), roles={"17": "agent", "900": "customer"}, bots="55"))


def test_users_may_come_after_the_audits_that_need_them() -> None:
    story = usual_account()
    rows = [*({"audit": story.audit(step)} for step in story.steps), *story.users]
    assert by_id(read(*rows)) == by_id(audits(story))


def test_both_feeds_and_every_wrapping_give_the_same_events() -> None:
    story = usual_account()
    wanted = by_id(audits(story))
    events = [story.ticket_event(step) for step in story.steps]
    singer = [{"type": "RECORD", "stream": "ticket_audits", "record": story.audit(step)} for step in story.steps]
    users = [{"type": "RECORD", "stream": "users", "record": user} for user in story.users]
    airbyte = [{"type": "RECORD", "record": {"stream": "x", "data": item["record"]}} for item in (*users, *singer)]
    raw = [{"_airbyte_raw_id": "u", "_airbyte_data": item["record"]} for item in (*singer, *users)]
    for rows in (
        [{"users": story.users}, *pages("ticket_events", events, 3)],
        [{"type": "SCHEMA"}, *singer, {"type": "STATE", "value": {}}, *users],
        airbyte,
        raw,
    ):
        assert by_id(read(*rows)) == wanted


@pytest.mark.parametrize(
    ("kind", "told_as"),
    [
        ("soft_deleted", ("ticket.removed", {"reason": "deleted"})),
        ("permanently_deleted", ("ticket.removed", {"reason": "deleted"})),
        ("marked_as_spam", ("ticket.removed", {"reason": "spam"})),
        ("undeleted", ("ticket.restored", {})),
    ],
)
def test_a_webhook_tells_of_deletions_by_itself(kind: str, told_as: tuple[str, dict[str, Any]]) -> None:
    content = {"type": f"zen:event-type:ticket.{kind}", "detail": {"id": "7"}, "time": "2025-11-27T08:00:09.123456789Z"}
    assert VENDOR.hook is not None
    reading = VENDOR.hook.read(Delivery({}, content), account_of())
    ((_, event, when, data),) = told(outcomes(VENDOR, reading.records, account_of()))
    assert (event, data, when) == (*told_as, "2025-11-27T08:00:09Z")


def test_a_deletion_by_webhook_and_by_the_list_is_one_event() -> None:
    content = {"type": "zen:event-type:ticket.soft_deleted", "detail": {"id": "7"}, "time": iso(9)}
    assert VENDOR.hook is not None
    reading = VENDOR.hook.read(Delivery({}, content), account_of())
    by_list = read({"deleted_tickets": [{"id": 7, "subject": TEXT, "actor": {"name": TEXT}, "deleted_at": iso(9)}]})
    assert by_id(outcomes(VENDOR, reading.records, account_of())) == by_id(by_list)


@pytest.mark.parametrize(
    ("content", "field", "value"),
    [
        ({"type": "zen:event-type:ticket.status_changed", "detail": {"id": "7"}}, "doorbells", ("7",)),
        ({"type": "zen:event-type:ticket.merged", "subject": "zen:ticket:7"}, "doorbells", ("7",)),
        ({"type": "zen:event-type:ticket.something_new", "detail": {"id": "7"}}, "doorbells", ("7",)),
        ({"ticket_id": "7"}, "doorbells", ("7",)),
        ({"ticket_id": 7}, "doorbells", ("7",)),
        ({"ticket_id": "{{ticket.id}}"}, "passed", ("trigger without a ticket",)),
        ({"type": "zen:event-type:ticket.csat_received", "detail": {"id": "7"}}, "passed", ("csat_received",)),
        ({"type": "zen:event-type:user.created"}, "passed", ("event that is none of a ticket's",)),
        ({"type": TEXT}, "passed", ("event that is none of a ticket's",)),
    ],
)
def test_a_webhook_rings_or_is_passed_over(content: Any, field: str, value: tuple[str, ...]) -> None:
    assert VENDOR.hook is not None
    assert getattr(VENDOR.hook.read(Delivery({}, content), account_of()), field) == value


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        None,
        {"type": "zen:event-type:ticket.merged", "subject": f"zen:ticket:{TEXT}", "detail": {"id": TEXT}},
        {"type": "zen:event-type:ticket.soft_deleted", "detail": {"id": "7"}, "time": TEXT},
    ],
)
def test_a_webhook_that_should_say_more_is_broken(content: Any) -> None:
    assert VENDOR.hook is not None
    reading = VENDOR.hook.read(Delivery({}, content), account_of())
    assert reading.broken
    assert_no_trace(reading.broken, PLANTED)


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", TEXT), ("ticket_id", None), ("ticket_id", "erika@example.org"), ("created_at", TEXT), ("created_at", 17)],
)
def test_an_audit_that_cannot_be_read_names_the_field_and_nothing_it_holds(field: str, value: Any) -> None:
    story = usual_account()
    found = read({**story.audit(story.steps[0]), field: value})
    assert [field in item.detail for item in broken(found)] == [True]
    assert not told(found)
    assert_no_trace(found, PLANTED)


def test_nothing_personal_leaves_from_any_corner() -> None:
    story = usual_account()
    for shape in (story.audit, story.ticket_event):
        rows = [shape(step) for step in story.steps]
        assert_no_trace(read({"users": story.users}, *rows, {"satisfaction_ratings": story.ratings}), PLANTED)
    for row in [*map(story.audit, story.steps), *map(story.ticket_event, story.steps), *story.ratings, *story.users]:
        for planted in (*corners(row, TEXT), *corners(row, WORD)):
            assert_no_trace(read(planted, *story.users), PLANTED)
    for step in story.steps:
        for planted in (*corners(story.webhook(step), TEXT), *corners(story.webhook(step), WORD)):
            assert VENDOR.hook is not None
            reading = VENDOR.hook.read(Delivery({}, planted), account_of())
            assert_no_trace([*reading.broken, reading.passed, reading.doorbells, reading.records], PLANTED)


@given(st.dictionaries(st.sampled_from(sorted(usual_account().audit(usual_account().steps[0]))), VALUES, max_size=5))
def test_no_record_raises(fields: dict[str, Any]) -> None:
    story = usual_account()
    read({**story.audit(story.steps[3]), **fields})
    read({**story.ticket_event(story.steps[3]), **fields})
    read({**story.ratings[0], **fields}, fields, {"audits": [fields], "users": [fields], "deleted_tickets": [fields]})
    assert VENDOR.hook is not None
    VENDOR.hook.read(Delivery({}, {**story.webhook(story.steps[0]), **fields}), account_of())


@given(VALUES)
def test_no_webhook_raises(content: Any) -> None:
    assert VENDOR.hook is not None
    VENDOR.hook.read(Delivery({}, content), account_of())


BRANDED: dict[str, Any] = {"attributes": {"brand": "brand_id", "tier": "360012345"}, "labels": {"77": "Acme"}}


def branded(story: ZendeskAccount) -> ZendeskAccount:
    story.step(8, 0, CUSTOMER, create={"status": "new", "brand_id": "77", "360012345": "gold"}, public=True)
    return story.step(8, 60, AGENT, change={"brand_id": "78"}).step(8, 90, AGENT, change={"360012345": None})


def test_fields_that_the_options_name_become_attributes_and_no_other_does() -> None:
    story = branded(ZendeskAccount())
    data = {name: data for name, kind, _, data in told(audits(story, **BRANDED)) if kind != "ticket.message"}
    assert data["8-created"]["attributes"] == {"brand": "Acme", "tier": "gold"}
    assert data["8-1010"] == {"attributes": {"brand": "78"}}
    assert data["8-1020"] == {"cleared_attributes": ["tier"]}
    assert len(list(decoded(audits(story, **BRANDED)))) == len(told(audits(story, **BRANDED)))
    bare = {name: data for name, _, _, data in told(audits(story))}
    assert "attributes" not in bare["8-created"]
    assert not {"8-1010", "8-1020"} & bare.keys()


def test_attributes_are_the_same_by_audits_and_by_the_incremental_feed() -> None:
    story = branded(ZendeskAccount())
    events = {"ticket_events": [story.ticket_event(step) for step in story.steps], "users": story.users}
    assert by_id(read(events, **BRANDED)) == by_id(audits(story, **BRANDED))


def test_custom_fields_of_the_incremental_feed_stand_together() -> None:
    record = {
        "id": 5,
        "ticket_id": 9,
        "created_at": iso(0),
        "child_events": [
            {"id": 51, "event_type": "Change", "custom_ticket_fields": {"360012345": "gold", "360099999": TEXT}},
            {"id": 52, "event_type": "Change", "custom_ticket_fields": {"360099999": TEXT}},
        ],
    }
    found = read({"users": []}, {"ticket_events": [record]}, **BRANDED)
    assert [(name, data) for name, _, _, data in told(found)] == [("9-51", {"attributes": {"tier": "gold"}})]
    assert_no_trace(found, PLANTED)
