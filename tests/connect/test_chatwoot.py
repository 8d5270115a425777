"""Chatwoot's records by hand: what becomes of each kind, who wrote, and that nothing personal leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connect.chatwoot import VENDOR
from stream.connect.chatwoot.dumps import joined, records_of
from stream.connect.chatwoot.options import ChatwootOptions
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account, Delivery
from tests.connect.chatwoot_account import ChatwootAccount, Message, usual_account
from tests.connect.kit import assert_no_trace, broken, by_id, corners, decoded, outcomes, passed, told
from tests.connect.test_amazon_connect import VALUES
from tests.connect.zendesk_account import PLANTED, START_SECONDS, TEXT, WORD, iso

MOMENT = "123000Z"


def account_of(**options: Any) -> Account:
    return Account("/chatwoot/support.example.org/3", ChatwootOptions.model_validate(options))


def read(*rows: Any, **options: Any) -> list[Outcome]:
    account = account_of(**options)
    return outcomes(VENDOR, joined(records_of(rows, account), account), account)


def hooked(*bodies: Any, **options: Any) -> list[Outcome]:
    account = account_of(**options)
    assert VENDOR.hook is not None
    found: list[Outcome] = []
    for body in bodies:
        reading = VENDOR.hook.read(Delivery({}, body), account)
        found += [*outcomes(VENDOR, reading.records, account), *reading.broken, *map(Passed, reading.passed)]
    return found


def webhooks(story: ChatwootAccount) -> list[dict[str, Any]]:
    states = [body for state in story.states for body in story.webhooks(state)]
    return [*states, *(story.message_webhook(message) for message in story.messages if message.kind != "activity")]


def at(seconds: int) -> str:
    return iso(seconds).replace("Z", "." + MOMENT)


def test_a_conversation_that_a_bot_hands_over() -> None:
    found = {item[0]: item[1:] for item in told(hooked(*webhooks(usual_account()))) if item[0].startswith("812-")}
    agent = {"author": "agent", "public": True, "author_id": "agent-5"}
    second = START_SECONDS * 1000 + 123
    assert found == {
        "812-created": ("ticket.created", iso(0), {"channel": "email"}),
        f"812-status-{second}": ("ticket.status", at(0), {"status": "new"}),
        "812-m500": ("ticket.message", iso(0), {"author": "customer", "public": True}),
        "812-m501": ("ticket.message", iso(2), {"author": "bot", "public": True, "automated": True}),
        "812-m502": ("ticket.message", iso(3), {"author": "system", "public": True, "automated": True}),
        f"812-handoff-{second + 30_000}": ("ticket.handed_off", at(30), {}),
        f"812-status-{second + 30_000}": ("ticket.status", at(30), {"status": "open"}),
        f"812-routing-{second + 40_000}": ("ticket.updated", at(40), {"team": "team-4", "priority": "high"}),
        "812-m503": ("ticket.message", iso(60), {**agent, "public": False}),
        "812-m504": ("ticket.message", iso(90), agent),
        f"812-status-{second + 300_000}": ("ticket.status", at(300), {"status": "solved"}),
        "812-m506": ("ticket.message", iso(900), {"author": "customer", "public": True}),
        f"812-status-{second + 900_000}": ("ticket.status", at(900), {"status": "open"}),
        f"812-routing-{second + 900_000}": ("ticket.updated", at(900), {"team": "team-4", "cleared": ["priority"]}),
        f"812-status-{second + 1_000_000}": ("ticket.status", at(1000), {"status": "pending"}),
        f"812-status-{second + 1_100_000}": ("ticket.status", at(1100), {"status": "solved"}),
    }
    assert len(list(decoded(hooked(*webhooks(usual_account()))))) > len(found)


def test_a_hand_over_is_one_where_the_inbox_has_a_bot() -> None:
    kinds = [kind for _, kind, *_ in told(hooked(*webhooks(usual_account()), bot_inboxes=["9"]))]
    assert "ticket.handed_off" not in kinds
    assert "ticket.handed_off" in [kind for _, kind, *_ in told(hooked(*webhooks(usual_account()), bot_inboxes="2"))]


def test_names_are_those_of_the_options() -> None:
    options = {
        "teams": {"4": "Billing"},
        "channels": {"Email": "Post"},
        "inboxes": {"2": "EMEA"},
        "statuses": {"snoozed": "on_hold", "pending": "ignored"},
    }
    found = {item[0]: item[3] for item in told(hooked(*webhooks(usual_account()), **options))}
    second = START_SECONDS * 1000 + 123
    assert found["812-created"] == {"channel": "Post", "team": "EMEA"}
    assert found[f"812-routing-{second + 40_000}"]["team"] == "Billing"
    assert found[f"812-status-{second + 1_000_000}"] == {"status": "on_hold"}
    assert f"812-status-{second}" not in found


@pytest.mark.parametrize(
    ("kind", "sender", "attributes", "author", "automated"),
    [
        ("incoming", ("contact", 9), {}, "customer", False),
        ("outgoing", ("user", 5), {}, "agent", False),
        ("outgoing", ("user", 55), {}, "bot", True),
        ("outgoing", ("user", 5), {"automation_rule_id": 3}, "system", True),
        ("outgoing", ("agent_bot", 6), {}, "bot", True),
        ("outgoing", ("captain_assistant", 6), {}, "bot", True),
        ("outgoing", None, {}, "system", True),
        ("outgoing", None, {"external_echo": True}, "agent", False),
        ("template", None, {}, "system", True),
    ],
)
def test_who_wrote(kind: str, sender: Any, attributes: dict[str, Any], author: str, automated: bool) -> None:
    story = ChatwootAccount().state(1, 0).message(1, 5, kind, sender, attributes=attributes)
    for found in (
        hooked(story.message_webhook(story.messages[0]), bots="55"),
        read({"payload": [story.api_message(story.messages[0])]}, bots="55"),
    ):
        (data,) = [item[3] for item in told(found) if item[0] == "1-m500"]
        assert (data["author"], data.get("automated", False)) == (author, automated)


def rated(rating: Any) -> tuple[ChatwootAccount, Message]:
    attributes = {"submitted_values": {"csat_survey_response": {"rating": rating, "feedback_message": TEXT}}}
    story = ChatwootAccount().state(1, 0).message(1, 50, "template", content="input_csat", attributes=attributes)
    return story.response(1, 500, 4, 75), story.messages[0]


def test_an_answer_of_a_survey_is_dated_by_the_response_or_at_the_asking() -> None:
    story, message = rated(4)
    update = story.message_webhook(message, "message_updated")
    sent = ("csat-500-sent", "survey.sent", iso(50), {"survey_id": "500", "kind": "csat"})
    data = {"survey_id": "500", "kind": "csat", "score": 4, "scale_min": 1, "scale_max": 5}
    by_response = [item for item in told([*hooked(update), *read(story.responses[0])]) if item[0].startswith("csat")]
    assert by_response == [sent, ("csat-500-4", "survey.answered", iso(75), data)]
    found = [*hooked(update, answers="messages"), *read(story.responses[0], answers="messages")]
    assert [item for item in told(found) if item[0].startswith("csat")] == [
        sent,
        ("csat-500-4", "survey.answered", iso(50), data),
    ]
    assert len(list(decoded(found))) == 3


@pytest.mark.parametrize("rating", [0, 6, TEXT, True, 4.5])
def test_a_rating_that_is_none_is_broken(rating: Any) -> None:
    story, message = rated(rating)
    found = hooked(story.message_webhook(message, "message_updated"), answers="messages")
    assert [item.detail for item in broken(found)] == ["rating is none of 1 to 5"]
    assert_no_trace(found, PLANTED)


def test_what_tells_nothing_new_is_passed_over_by_kind() -> None:
    story = usual_account()
    body = story.webhooks(story.states[0])[0]
    silent = [
        {**body, "event": "conversation_updated", "changed_attributes": [{"labels": {}}]},
        {**body, "event": "conversation_typing_on"},
        {"event": "webwidget_triggered", "account": {"id": 1}},
        story.message_webhook(story.messages[0], "message_updated"),
    ]
    assert passed(hooked(*silent)) == [
        "conversation_updated",
        "conversation_typing_on",
        "webwidget_triggered",
        "message_updated",
    ]


def test_a_message_near_the_beginning_stands_in_for_the_conversations_creation() -> None:
    story = usual_account()
    early, late = story.message_webhook(story.messages[0]), story.message_webhook(story.messages[6])
    assert [item[0] for item in told(hooked(early))] == ["812-created", "812-m500"]
    assert [item[0] for item in told(hooked(late))] == ["812-m506"]


def test_a_version_that_does_not_say_when_is_broken_and_says_so() -> None:
    body = usual_account().webhooks(usual_account().states[1])[1]
    found = hooked({name: value for name, value in body.items() if name != "updated_at"})
    assert [(item.record, "updated_at" in item.detail) for item in broken(found)] == [("conversation 812", True)]


def test_a_row_that_is_deleted_removes_its_conversation() -> None:
    story = usual_account()
    first = story.change(story.states[0], None)
    gone = {
        "op": "d",
        "before": first["after"],
        "after": None,
        "source": {"table": "conversations", "ts_ms": 1764231000123},
    }
    wanted = ("812-removed", "ticket.removed", iso(600), {"reason": "deleted"})
    assert wanted in told(read(gone))
    only_key = {**gone, "before": {"id": first["after"]["id"], "status": None}}
    assert wanted in told(read(story.inbox, only_key, first))
    assert [type(item) for item in read(only_key)] == [Broken]


def test_rows_wait_for_the_numbers_and_channels_that_other_rows_tell() -> None:
    changes = usual_account().changes()
    assert by_id(read(*changes)) == by_id(read(*reversed(changes)))
    without = [item.record for item in broken(read(*changes[1:]))]
    assert without == ["conversation 812", "conversation 813"]
    assert "give the inboxes too" in broken(read(*changes[1:]))[0].detail


@pytest.mark.parametrize(
    "row",
    [
        {"event": "message_created", "id": 7, "message_type": "incoming", "private": False, "created_at": TEXT},
        {"event": "message_created", "id": TEXT, "account": {}, "created_at": 1764231000},
        {"event": "conversation_created", "id": TEXT, "account": {}},
        {"event": "conversation_created", "id": 7, "account": {}, "created_at": TEXT},
        {"message_type": TEXT, "id": 7, "conversation_id": 8, "created_at": 1764231000, "private": False},
        {"message_type": 0, "id": 7, "conversation_id": 8, "created_at": 1764231000, "private": TEXT},
        {"message_type": 0, "id": 7, "conversation_id": TEXT, "created_at": 1764231000, "private": True},
    ],
)
def test_what_cannot_be_read_is_named_without_what_it_holds(row: dict[str, Any]) -> None:
    found = hooked(row) if "event" in row else read(row)
    assert broken(found)
    assert_no_trace(found, PLANTED)


def test_nothing_personal_leaves_from_any_corner() -> None:
    story, _ = rated(4)
    usual = usual_account()
    bodies = [
        *webhooks(usual)[:8],
        usual.message_webhook(usual.messages[4]),
        story.message_webhook(story.messages[0], "message_updated"),
    ]
    for body in bodies:
        assert_no_trace(hooked(body), PLANTED)
        for planted in (*corners(body, TEXT), *corners(body, WORD)):
            assert_no_trace(hooked(planted), PLANTED)
            assert_no_trace(hooked(planted, answers="messages"), PLANTED)
    rows = [*usual.changes(), *map(usual.api_message, usual.messages), *story.responses]
    for row in [*rows, *map(usual.conversation, usual.states[:3])]:
        for planted in (row, *corners(row, TEXT), *corners(row, WORD)):
            assert_no_trace(read(planted, usual.inbox), PLANTED)


SHAPES = [
    usual_account().conversation(usual_account().states[3]),
    usual_account().message_webhook(usual_account().messages[4]),
    usual_account().api_message(usual_account().messages[4]),
    usual_account().changes()[4],
    usual_account().responses[0],
]


@given(st.sampled_from(SHAPES), st.dictionaries(st.sampled_from(sorted({n for s in SHAPES for n in s})), VALUES))
def test_no_record_raises(shape: dict[str, Any], fields: dict[str, Any]) -> None:
    read({**shape, **fields}, fields, {"payload": [fields]}, {"data": {"payload": [fields]}})
    for event in ("conversation_created", "conversation_updated", "message_created"):
        hooked({**shape, **fields, "event": event})


@given(VALUES)
def test_no_webhook_raises(content: Any) -> None:
    hooked(content)
