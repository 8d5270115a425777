"""Contact records of Amazon Connect, by hand: chains, waits, ends, and that copies of a record count once."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connect.amazon_connect import VENDOR
from stream.connect.options import Options
from stream.connect.vendor import Account
from tests.connect.kit import assert_no_trace, broken, by_id, decoded, outcomes, passed, told

ARN = "arn:aws:connect:eu-central-1:123456789012:instance/i-1"
QUEUE = {"ARN": f"{ARN}/queue/q-7", "Name": "Billing", "EnqueueTimestamp": "2026-11-27T09:00:10Z", "Duration": 20}
AGENT = {
    "ARN": f"{ARN}/agent/a-9",
    "Username": "anna.arndt",
    "ConnectedToAgentTimestamp": "2026-11-27T09:00:30Z",
    "CustomerHoldDuration": 15,
    "AfterContactWorkStartTimestamp": "2026-11-27T09:05:00Z",
    "AfterContactWorkEndTimestamp": "2026-11-27T09:05:40Z",
    "AfterContactWorkDuration": 40,
}


def contact(**fields: Any) -> dict[str, Any]:
    return {
        "ContactId": "c1",
        "InitialContactId": None,
        "NextContactId": None,
        "PreviousContactId": None,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": "2026-11-27T09:00:00Z",
        "DisconnectTimestamp": "2026-11-27T09:05:00Z",
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "LastUpdateTimestamp": "2026-11-27T09:06:00Z",
        "Queue": QUEUE,
        "Agent": AGENT,
        **fields,
    }


def read(*records: Any, **options: Any) -> list[Any]:
    account = Account("/amazon-connect/i-1", Options(**options))
    layout = VENDOR.layouts[0]
    assert layout.recognises(list(contact()))
    return outcomes(VENDOR, layout.records(records, account), account)


def test_a_call_that_is_answered() -> None:
    found = read(contact())
    assert told(found) == [
        ("c1-created", "ticket.created", "2026-11-27T09:00:00Z", {"channel": "phone", "opened_by": "customer"}),
        ("c1-queued", "ticket.queued", "2026-11-27T09:00:10Z", {"team": "Billing"}),
        ("c1-answered", "ticket.answered", "2026-11-27T09:00:30Z", {"agent_id": "agent-a-9"}),
        (
            "c1-ended",
            "ticket.ended",
            "2026-11-27T09:05:00Z",
            {"hold_seconds": 15, "after_contact_work_seconds": 40},
        ),
    ]
    assert len(list(decoded(found))) == 4


def test_a_caller_who_hangs_up_in_the_queue_abandons_and_one_in_the_menu_does_not() -> None:
    assert [kind for _, kind, *_ in told(read(contact(Agent=None)))] == [
        "ticket.created",
        "ticket.queued",
        "ticket.abandoned",
        "ticket.ended",
    ]
    assert [kind for _, kind, *_ in told(read(contact(Agent=None, Queue=None)))] == ["ticket.created", "ticket.ended"]


def test_a_transfer_is_a_second_visit_of_the_same_ticket() -> None:
    second = contact(
        ContactId="c2",
        InitialContactId="c1",
        PreviousContactId="c1",
        InitiationMethod="TRANSFER",
        InitiationTimestamp="2026-11-27T09:04:00Z",
        Queue={**QUEUE, "Name": "Second line", "EnqueueTimestamp": "2026-11-27T09:05:00Z"},
        Agent={**AGENT, "ConnectedToAgentTimestamp": "2026-11-27T09:05:00Z"},
        DisconnectTimestamp="2026-11-27T09:09:00Z",
    )
    found = read(contact(NextContactId="c2"), second)
    assert [name for name, *_ in told(found)] == [
        "c1-created",
        "c1-queued",
        "c1-answered",
        "c2-queued",
        "c2-answered",
        "c2-ended",
    ]
    assert {event["subject"] for event in found} == {"c1"}


def test_what_ends_one_contact_sorts_before_what_begins_the_next_in_the_same_second() -> None:
    later = contact(
        ContactId="c2",
        InitialContactId="c1",
        InitiationMethod="QUEUE_TRANSFER",
        InitiationTimestamp="2026-11-27T09:05:00Z",
        Queue={**QUEUE, "Name": "Second line", "EnqueueTimestamp": "2026-11-27T09:05:00Z"},
    )
    found = read(contact(NextContactId="c2", Agent=None), later)
    at_five = [event for event in found if event["time"] == "2026-11-27T09:05:00Z"]
    ordered = sorted(at_five, key=lambda event: int(event["sequence"]))
    assert [event["id"] for event in ordered] == ["c1-left_queue", "c2-queued", "c2-ended"]


@pytest.mark.parametrize(("method", "reason"), [("CALLBACK", "callback"), ("QUEUE_TRANSFER", "transfer")])
def test_leaving_the_queue_for_a_callback_is_told_from_a_transfer_by_the_next_contact(method: str, reason: str) -> None:
    following = contact(ContactId="c2", InitialContactId="c1", InitiationMethod=method)
    first = contact(NextContactId="c2", Agent=None)
    for order in permutations((first, following)):
        assert [data for name, _, _, data in told(read(*order)) if name == "c1-left_queue"] == [{"reason": reason}]
    assert [data for name, _, _, data in told(read(first)) if name == "c1-left_queue"] == [{"reason": "transfer"}]


@pytest.mark.parametrize("method", ["OUTBOUND", "EXTERNAL_OUTBOUND", "CALLBACK"])
def test_contacts_that_the_house_begins_are_opened_by_agents(method: str) -> None:
    assert told(read(contact(InitiationMethod=method)))[0][3]["opened_by"] == "agent"


@pytest.mark.parametrize("method", ["MONITOR", "SOMETHING_NEW", None])
def test_supervisors_and_unknown_methods_are_passed_over(method: str | None) -> None:
    found = read(contact(InitiationMethod=method))
    assert not told(found)
    assert len(passed(found)) == 1


def test_a_copy_sent_during_after_contact_work_does_not_end_the_contact_yet() -> None:
    working = contact(
        Agent={**AGENT, "AfterContactWorkEndTimestamp": None, "AfterContactWorkDuration": None},
        LastUpdateTimestamp="2026-11-27T09:05:01Z",
    )
    early, late = by_id(read(working)), by_id(read(contact()))
    assert late.keys() - early.keys() == {"c1-ended"}
    assert early.items() <= late.items()
    for order in permutations((working, contact(), contact())):
        assert by_id(read(*order)) == late


def test_names_of_queues_and_channels_are_options() -> None:
    for key in ("q-7", "Billing", QUEUE["ARN"]):
        assert told(read(contact(), teams={key: "Money"}, channels={"VOICE": "calls"}))[1][3] == {"team": "Money"}
    assert told(read(contact(), channels={"VOICE": "calls"}))[0][3]["channel"] == "calls"


def test_milliseconds_of_contact_events_are_cut_to_the_records_seconds() -> None:
    exact = contact(Queue={**QUEUE, "EnqueueTimestamp": "2026-11-27T09:00:10.987Z"})
    assert by_id(read(exact)) == by_id(read(contact()))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"InitiationTimestamp": None}, "InitiationTimestamp"),
        ({"InitiationTimestamp": "yesterday"}, "InitiationTimestamp"),
        ({"Queue": {**QUEUE, "EnqueueTimestamp": 17}}, "Queue.EnqueueTimestamp"),
        ({"Agent": "anna"}, "Agent"),
    ],
)
def test_a_record_that_cannot_be_read_is_named_by_its_contact(fields: dict[str, Any], name: str) -> None:
    found = read(contact(**fields))
    assert [(item.record, name in item.detail) for item in broken(found)] == [("c1", True)]
    assert not told(found)


def test_nothing_personal_leaves() -> None:
    planted = "anna.arndt +4930123456 anna@example.org"
    found = read(
        contact(
            CustomerEndpoint={"Address": planted, "Type": "TELEPHONE_NUMBER"},
            SystemEndpoint={"Address": planted},
            Attributes={"name": planted},
            Recordings=[{"Location": planted}],
            DisconnectReason=planted,
            TransferredToEndpoint={"Address": planted},
        ),
        {"ContactId": "c9", "InitiationMethod": "INBOUND", "InitiationTimestamp": planted},
    )
    assert_no_trace(found, planted.split())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(contact())), VALUES, max_size=6))
def test_no_record_raises(fields: dict[str, Any]) -> None:
    read({**contact(), **fields})
    read(fields)
