"""Ids of customers: what is kept of them; and money: exact, bounded, and only where it has a worth."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract.customer_rules import LARGEST_AMOUNT, CustomerRules, PersonIds
from stream.contract.decoder import Decoder
from stream.domain.customer_events import CustomerMerged, CustomerPurchase
from stream.domain.events import SurveyAnswered, TicketCreated, TicketUpdated
from stream.domain.log import Insertion
from stream.domain.money import in_reporting_currency
from stream.domain.rejections import Rejected
from stream.domain.ticket_rows import encode
from tests.contract.envelopes import LATEST_US, envelope
from tests.domain.stories import shard

KEY = b"of nobody's business"
HASHED = CustomerRules(ids="hash", key=KEY)
DOLLARS = CustomerRules({"EUR": 1_000_000_000, "USD": 920_000_000})


def decoded(event: dict[str, Any], rules: CustomerRules | None = None) -> Any:
    return Decoder(None, rules).decode(json.dumps(event).encode(), None, (), LATEST_US)


def carried(customer: object, rules: CustomerRules | None = None) -> set[str]:
    """What the three events that name a customer carry of it."""
    events = [
        decoded(envelope("ticket.created", {"channel": "chat", "customer_id": customer}), rules),
        decoded(envelope("ticket.updated", {"customer_id": customer}), rules),
        decoded(
            envelope("survey.answered", {"survey_id": "s", "kind": "csat", "score": 1, "customer_id": customer}), rules
        ),
    ]
    assert [type(event) for _, event in events] == [TicketCreated, TicketUpdated, SurveyAnswered]
    return {event.customer for _, event in events}


def test_a_number_and_the_same_as_text_are_one_customer() -> None:
    assert carried(4711) == carried("4711") == {"4711"}
    assert carried(None) == carried("") == {""}


@pytest.mark.parametrize("odd", ["anna@example.org", "c\u0000d", "x" * 257, "x" * 5000, "\u202ec", 10**300])
def test_what_is_no_id_refuses_no_ticket_and_is_kept_as_a_hash(odd: object) -> None:
    (kept,) = carried(odd)
    assert re.fullmatch("#[0-9a-f]{32}", kept)
    assert carried(odd) == {kept}


def test_ids_are_dropped_or_hashed_with_the_key_in_all_events_alike() -> None:
    assert carried("c-9", CustomerRules(ids="drop")) == {""}
    (kept,) = carried("c-9", HASHED)
    assert re.fullmatch("#[0-9a-f]{32}", kept)
    assert carried("c-9", CustomerRules(ids="hash", key=b"another")) != {kept}
    name, merged = decoded(envelope("customer.merged", {"into": "c-9"}, subject="c-8"), HASHED)
    assert isinstance(merged, CustomerMerged)
    assert merged.into == kept
    assert name == decoded(envelope("customer.joined", subject="c-8"), HASHED)[0] != "c-8"
    assert decoded(envelope("ticket.abandoned", subject="c-8"), HASHED)[0] == "c-8"


def test_the_record_key_is_compared_with_what_was_sent() -> None:
    value = json.dumps(envelope("customer.joined", subject="c-8")).encode()
    assert isinstance(Decoder(None, HASHED).decode(value, b"c-8", (), LATEST_US), tuple)
    assert isinstance(Decoder(None, HASHED).decode(value, b"c-9", (), LATEST_US), Rejected)


def test_a_bounded_number_of_ids_is_remembered() -> None:
    ids = PersonIds(HASHED.ids, HASHED.key, 256)
    assert len({ids.kept(number) for number in range(10_000)}) == 10_000
    assert len(ids._known) <= 4096


def test_a_ticket_without_a_customer_takes_one_byte_more_and_two_systems_do_not_conflict_about_it() -> None:
    assert len(encode(TicketCreated(1, "", "1 /s", "chat", customer="c-9"))) == len(
        encode(TicketCreated(1, "", "1 /s", "chat"))
    ) + len("c-9")
    state = shard()
    for _ in range(2):
        insertion = state.fold(*decoded(envelope("ticket.created", {"channel": "chat", "customer_id": "c-9"})))
    assert insertion is Insertion.DUPLICATE


@pytest.mark.parametrize(
    ("amount", "millionths"),
    [("0", 0), ("12.5", 12_500_000), ("12.50", 12_500_000), ("0.000001", 1), ("0012", 12_000_000)],
)
def test_amounts_are_exact(amount: str, millionths: int) -> None:
    _, event = decoded(envelope("customer.purchase", {"amount": amount, "currency": "EUR"}, subject="c"))
    assert (event.amount, event.currency) == (millionths, "EUR")


@pytest.mark.parametrize(
    "amount",
    ["", "-1", "+1", "1.", ".5", "1e3", "1,5", " 1", "1 ", "1\n", "NaN", "\u0661", "1.0000000", "9" * 13, "9" * 9000],
)
def test_what_is_no_amount_is_a_dead_letter(amount: str) -> None:
    rejected = decoded(envelope("customer.purchase", {"amount": amount, "currency": "EUR"}, subject="c"))
    assert rejected == Rejected(
        "invalid_value", "data.amount is not a decimal text such as 12.50: up to 12 digits, and up to 6 behind a point"
    )


def test_other_currencies_have_a_rate_or_are_dead_letters() -> None:
    event = envelope("customer.refund", {"amount": "10", "currency": "USD"}, subject="c")
    assert decoded(event) == Rejected(
        "invalid_value", 'data.currency: "USD" has no rate (customers.rates); there are EUR'
    )
    assert decoded(event, DOLLARS)[1].amount == 10_000_000
    named = decoded(envelope("customer.refund", {"amount": "10", "currency": "anna@example.org"}, subject="c"))
    assert named.detail == "data.currency: a text of 16 characters has no rate (customers.rates); there are EUR"


def test_the_worth_of_an_amount_is_bounded_not_its_number() -> None:
    cheap = CustomerRules({"EUR": 1_000_000_000, "IDR": 54_000})
    largest = envelope("customer.purchase", {"amount": "999999999999", "currency": "IDR"}, subject="c")
    assert isinstance(decoded(largest, cheap)[1], CustomerPurchase)
    assert decoded(envelope("customer.purchase", {"amount": "1000000000", "currency": "EUR"}, subject="c")) == Rejected(
        "invalid_value", "data.amount is worth a thousand millions or more"
    )


@given(st.integers(0, 10**18), st.integers(1, 10**12))
def test_conversion_is_that_of_decimal_arithmetic(amount: int, rate: int) -> None:
    exact = (Decimal(amount).scaleb(0) * Decimal(rate)).scaleb(-9)
    with_decimal = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)) if exact < 10**27 else None
    assert in_reporting_currency(amount, rate) == with_decimal or with_decimal is None
    assert LARGEST_AMOUNT < 1 << 53
