"""``deskpulse validate`` on events of customers: what it refuses, what it warns of, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.test_validate_command import run

NO_AMOUNT = "not a decimal text such as 12.50: up to 12 digits, and up to 6 behind a point"


def told(*events: tuple[str, str, dict[str, Any] | None], keys: list[str] | None = None) -> str:
    """Lines of events: kind, customer, data; later ones are dated later. ``keys``: of their records."""
    lines = []
    for number, (kind, customer, data) in enumerate(events):
        event = {
            "specversion": "1.0",
            "id": f"e{number}",
            "source": "/crm",
            "type": f"support.customer.{kind}",
            "subject": customer,
            "time": f"2025-11-22T09:{number // 60:02d}:{number % 60:02d}Z",
        }
        line = json.dumps(event if data is None else event | {"data": data})
        lines.append(line if keys is None else f"{keys[number]}\t{line}")
    return "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def _counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_CUSTOMERS__ENABLED", "true")


@pytest.mark.parametrize(
    ("event", "finding"),
    [
        (
            ("purchase", "c1", {"amount": "12.50", "currency": "USD"}),
            'invalid_value: data.currency: "USD" has no rate (customers.rates); there are EUR',
        ),
        (
            ("purchase", "c1", {"amount": 12.5, "currency": "EUR"}),
            "wrong_type: data.amount is a number; a text is expected",
        ),
        (
            ("refund", "c1", {"amount": "12,50", "currency": "EUR"}),
            f"invalid_value: data.amount is {NO_AMOUNT}",
        ),
        (
            ("refund", "c1", {"amount": "-3", "currency": "EUR"}),
            f"invalid_value: data.amount is {NO_AMOUNT}",
        ),
        (("purchase", "c1", {"amount": "12.50"}), "missing_field: data.currency is missing"),
        (("merged", "c1", None), "missing_field: data is missing"),
        (
            ("merged", "c1", {"into": "anna@example.org"}),
            "invalid_value: data.into looks like an e-mail address: send an id that names no person",
        ),
        (
            ("removed", "anna@example.org", None),
            "invalid_value: subject looks like an e-mail address: send an id that names no person",
        ),
    ],
)
def test_what_is_refused_is_named_with_the_field_and_what_is_expected(
    event: tuple[str, str, dict[str, Any]], finding: str
) -> None:
    code, out, err = run("-", given=told(("joined", "c1", None), event))
    assert (code, out) == (1, f"standard input:2: {finding}\n")
    assert "1 valid, 1 refused, 0 skipped" in err


def test_a_currency_with_a_rate_in_the_settings_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_CUSTOMERS__RATES", "USD=0.92")
    assert run("-", given=told(("purchase", "c1", {"amount": "12.50", "currency": "USD"})))[:2] == (0, "")


def test_an_unknown_type_of_customers_is_skipped_and_said() -> None:
    code, out, err = run("-", given=told(("joyned", "c1", {})))
    assert code == 0
    warning = 'warning: unknown_type: type "support.customer.joyned" is not known here: the event is skipped'
    assert out == f"standard input:1: {warning}\n"
    assert "0 valid, 0 refused, 1 skipped" in err


def test_one_that_is_merged_into_itself_is_named_at_its_line() -> None:
    code, out, err = run("-", given=told(("joined", "c1", None), ("merged", "c1", {"into": "c1"})))
    assert code == 0
    assert out == (
        "standard input:2: warning: merged_into_itself: data.into is the customer itself: as one that was merged it "
        "counts nowhere\n"
    )
    assert "circle" not in err
    assert run("--no-warnings", "-", given=told(("merged", "c1", {"into": "c1"})))[1] == ""


def test_circles_of_merges_are_named_once_each_by_the_last_word_on_every_customer() -> None:
    ways = [("c1", "c2"), ("c2", "c3"), ("c3", "c1"), ("c9", "c1"), ("d1", "d2"), ("d2", "d1"), ("e1", "e2")]
    code, out, err = run("-", given=told(*(("merged", one, {"into": other}) for one, other in ways)))
    assert (code, out) == (0, "")
    circles = [line for line in err.splitlines() if "circle" in line]
    assert circles == [
        "warning: c1, c2 and c3 were merged in a circle: as customers that were merged they count nowhere",
        "warning: d1 and d2 were merged in a circle: as customers that were merged they count nowhere",
    ]
    corrected = [*ways[:3], ("c3", "c4"), ("d1", "d2"), ("d2", "d1"), ("d2", "d3")]
    assert "circle" not in run("-", given=told(*(("merged", one, {"into": other}) for one, other in corrected)))[2]


def test_a_circle_of_very_many_is_found_and_named_by_its_first() -> None:
    ways = [(f"c{number}", f"c{(number + 1) % 3000}") for number in range(3000)]
    _, _, err = run("-", given=told(*(("merged", one, {"into": other}) for one, other in ways)))
    assert "warning: c0, c1, c2, c3, c4 and 2,995 more customers were merged in a circle" in err


def test_events_of_the_removed_are_counted_wherever_they_stand() -> None:
    events = [("removed", "c1", None), ("joined", "c1", None), ("joined", "c2", None), ("removed", "c1", None)]
    _, out, err = run("-", given=told(*events))
    assert out == ""
    removed = "customer c1 is removed (support.customer.removed): 1 other events of theirs count nowhere, early or late"
    assert f"warning: {removed}" in err
    _, _, err = run("-", given=told(("removed", "c1", None), ("removed", "c2", None)))
    assert "warning: c1 and c2 are removed (support.customer.removed): 0 other events" in err


def test_the_key_of_a_record_is_compared_with_the_customer() -> None:
    events = [("joined", "c1", None), ("joined", "c2", None), ("joined", "c3", None)]
    code, out, err = run("--with-keys", "-", given=told(*events, keys=["c1", "c1", "null"]))
    assert code == 1
    assert out == (
        "standard input:2: key_mismatch: the record key is not the event's subject: the key is the id of the ticket or "
        "customer, as UTF-8\n"
    )
    assert "2 valid, 1 refused" in err
    # An event alone is an event, whose record has no key.
    assert run("--with-keys", "-", given=told(("joined", "c1", None)))[:2] == (0, "")


def test_a_key_takes_nothing_from_the_size_of_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_LIMITS__MAX_EVENT_BYTES", "1024")
    monkeypatch.setenv("DESKPULSE_LIMITS__MAX_ID_CHARACTERS", "512")
    event = told(("joined", "c" * 500, {"tier": "t"}), keys=["c" * 500])
    assert len(event) > 1024
    assert run("--with-keys", "-", given=event)[:2] == (0, "")


def test_names_of_customers_that_are_shortened_are_told_like_those_of_tickets() -> None:
    _, out, _ = run("-", given=told(("joined", "c1", {"tier": "gold", "region": "anna@example.org"})))
    assert out == (
        'standard input:1: warning: label_redacted: data.region holds an e-mail address: it counts as "redacted-a3bf"\n'
    )
    _, out, _ = run("-", given=told(("left", "c1", {"reason": "r" * 65})))
    assert "warning: label_cut: data.reason has 65 characters, above 64" in out


def test_where_customers_are_not_counted_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    given = told(("joined", "c1", None), ("left", "c1", None))
    assert "customers.enabled" not in run("-", given=given)[2]
    monkeypatch.setenv("DESKPULSE_CUSTOMERS__ENABLED", "false")
    code, out, err = run("-", given=given)
    assert (code, out) == (0, "")
    assert "warning: 2 events of customers are skipped, as customers.enabled is off" in err
