"""A customers' CSV by a map: customers, changes, purchases; converting again; what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stream.cli.convert import convert_command
from stream.connect.customers import VENDOR
from stream.connect.customers.amounts import Amount, amount_in
from stream.connect.customers.options import CustomerOptions
from stream.connect.vendor import Account
from stream.domain.customer_events import CustomerPurchase, CustomerRefund
from stream.domain.definitions import Definitions
from stream.domain.readers.membership import Membership
from tests.connect.kit import assert_no_trace, broken, by_id, cloud_events, decoded, log_of, outcomes, passed, told

CUSTOMERS: dict[str, Any] = {
    "columns": {
        "customer": "id",
        "joined": "since",
        "left": "until",
        "reason": "why",
        "tier": "plan",
        "region": "area",
        "segment": "size",
    },
    "zone": "Europe/Berlin",
    "labels": {"7": "Gold"},
}
CHANGES: dict[str, Any] = {
    "columns": {"customer": "id", "joined": "since", "changed": "at", "tier": "plan", "region": "area"},
    "zone": "UTC",
}
ORDERS: dict[str, Any] = {
    "columns": {
        "customer": "id",
        "order": "no",
        "purchased": "at",
        "amount": "sum",
        "refunded": "back at",
        "refund": "back",
        "currency": "money",
    },
    "currency": "EUR",
    "zone": "UTC",
}
DAYS = ("2026-01-01", "2026-03-01", "2026-03-02")


def read(options: dict[str, Any], *rows: dict[str, str], source: str = "/crm/one") -> list[Any]:
    account = Account(source, CustomerOptions(**options))
    whole = [dict.fromkeys(options["columns"].values(), "") | row for row in rows]
    return outcomes(VENDOR, VENDOR.layouts[0].records(whole, account), account)


def is_member(found: list[Any]) -> bool:
    """Whether a customer is one after all that was told, which is of one customer."""
    logs, _ = log_of(cloud_events(found))
    ((_, log),) = logs.items()
    membership = Membership(Definitions())
    for event in log:
        if type(event) in membership.reads:
            membership.read(event)
    return membership.is_member


def test_a_customer_in_one_row_joined_and_left() -> None:
    row = {"id": "c1", "since": "2026-01-01", "until": "2026-03-01 12:00", "why": "price"}
    row |= {"plan": "7", "area": "EMEA", "size": " small  business "}
    found = read(CUSTOMERS, row)
    labels = {"tier": "Gold", "region": "EMEA", "segment": "small business"}
    assert told(found) == [
        ("c1-joined-1767222000000000", "customer.joined", "2025-12-31T23:00:00Z", labels),
        ("c1-left-1772362800000000", "customer.left", "2026-03-01T11:00:00Z", {"reason": "price"}),
    ]
    assert len(list(decoded(found))) == 2
    assert by_id([*found, *read(CUSTOMERS, {**row, "until": "", "why": ""})]) == by_id(found)


def test_a_customer_that_left_since_the_last_conversion_adds_its_leaving_alone() -> None:
    before = read(CUSTOMERS, {"id": "c1", "since": DAYS[0], "plan": "Gold"})
    after = read(CUSTOMERS, {"id": "c1", "since": DAYS[0], "until": DAYS[1], "plan": "Gold"})
    _, became = log_of([*cloud_events(before), *cloud_events(after), *cloud_events(after)])
    assert {how.name: count for how, count in became.items()} == {"ADDED": 2, "DUPLICATE": 3}


@pytest.mark.parametrize(
    ("spans", "is_one"),
    [
        ([(0, None)], True),
        ([(0, 1)], False),
        ([(0, 0)], False),  # left on the day of joining
        ([(0, 1), (1, None)], True),  # came back on the day of leaving
        ([(0, 1), (1, 1)], False),  # and left again on that day
        ([(0, 1), (1, 2)], False),
        ([(2, 1)], True),  # the table keeps the last leaving of a customer that came back
    ],
)
def test_on_which_days_a_customer_is_one(spans: list[tuple[int, int | None]], is_one: bool) -> None:
    rows = [{"id": "c1", "since": DAYS[begin], "until": "" if end is None else DAYS[end]} for begin, end in spans]
    found = read(CUSTOMERS, *rows)
    by_id(found)
    assert is_member(found) is is_one
    assert is_member([*reversed(found)]) is is_one


def test_a_table_that_dates_its_changes_says_them_as_updates_and_the_joining_alone() -> None:
    first = {"id": "c1", "since": "2026-01-01", "plan": "Silver", "area": "EMEA"}
    found = read(CHANGES, first, {**first, "at": "2026-02-01", "plan": "Gold", "area": ""}, {**first, "since": ""})
    joined, moved = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
    assert [(kind, time, data) for _, kind, time, data in told(found)] == [
        ("customer.joined", joined, {}),
        ("customer.updated", joined, {"tier": "Silver", "region": "EMEA"}),
        ("customer.joined", joined, {}),
        ("customer.updated", moved, {"tier": "Gold"}),
    ]
    assert passed(found) == ["row without a time"]
    assert len(by_id(found)) == 3
    assert len(list(decoded(found))) == 4


def test_an_empty_cell_of_a_change_clears_where_the_map_says_so() -> None:
    found = read({**CHANGES, "empty_clears": True}, {"id": "c1", "at": "2026-02-01", "plan": "Gold"})
    assert told(found)[0][3] == {"tier": "Gold", "cleared": ["region"]}
    assert len(list(decoded(found))) == 1


def test_purchases_and_what_was_paid_back() -> None:
    order = {"id": "c1", "no": "77", "at": "2026-01-01", "sum": "1,200.5", "money": "usd"}
    found = read(
        ORDERS,
        {**order, "back": "0.00"},
        {**order, "back at": "2026-01-05", "back": "200"},
        {**order, "back at": "2026-01-06", "back": "-50", "money": ""},
        {"id": "c1", "no": "78", "at": "2026-01-07", "sum": "-3"},
    )
    assert [(event_id, kind, data["amount"], data["currency"]) for event_id, kind, _, data in told(found)] == [
        ("c1-77-purchase", "customer.purchase", "1200.50", "USD"),
        ("c1-77-purchase", "customer.purchase", "1200.50", "USD"),
        ("c1-77-refund-1767571200000000", "customer.refund", "200.00", "USD"),
        ("c1-77-purchase", "customer.purchase", "1200.50", "EUR"),
        ("c1-77-refund-1767657600000000", "customer.refund", "50.00", "EUR"),
        ("c1-78-refund-1767744000000000", "customer.refund", "3.00", "EUR"),
    ]


def test_without_numbers_of_orders_a_purchase_is_told_by_time_and_amount() -> None:
    columns = {"customer": "id", "purchased": "at", "amount": "sum"}
    options = {"columns": columns, "currency": "EUR", "zone": "UTC", "decimal_sign": ","}
    row = {"id": "c1", "at": "2026-01-01", "sum": "12,50"}
    found = read(options, row, {**row, "sum": "12,5"}, {**row, "sum": "1.000"}, {**row, "at": "2026-01-02"})
    assert [*by_id(found)] == [
        "c1-purchase-1767225600000000-12.50-EUR",
        "c1-purchase-1767225600000000-1000.00-EUR",
        "c1-purchase-1767312000000000-12.50-EUR",
    ]
    assert [type(event) for _, event in decoded(found)] == [CustomerPurchase] * 4


def test_an_order_that_was_paid_back_as_a_whole_needs_no_amount_of_its_own() -> None:
    columns = {name: column for name, column in ORDERS["columns"].items() if name not in ("refund", "currency")}
    row = {"id": "c1", "no": "1", "at": "2026-01-01", "sum": "5"}
    found = read({**ORDERS, "columns": columns}, row, {**row, "back at": "2026-01-02"})
    assert [type(event) for _, event in decoded(found)] == [CustomerPurchase, CustomerPurchase, CustomerRefund]


@pytest.mark.parametrize(
    ("text", "sign", "amount"),
    [
        ("0", ".", "0.00"),
        ("1,234,567.891", ".", "1234567.891"),
        ("1'234.5", ".", "1234.50"),
        ("1\u2019234.5", ".", "1234.50"),
        ("1\u00a0234,5", ",", "1234.50"),
        ("1.234,5", ",", "1234.50"),
        ("0.1000000000", ".", "0.10"),
        ("999999999999.999999", ".", "999999999999.999999"),
    ],
)
def test_amounts_are_exact(text: str, sign: Any, amount: str) -> None:
    assert amount_in(text, sign) == Amount(amount, is_negative=False)
    assert amount_in(f"-{text}", sign) == Amount(amount, is_negative=True)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        *(
            (text, ".")
            for text in ("", "-", "12,50", "1,23,456", "1e3", "nan", "12 EUR", "$5", "1.2.3", "٣", ".5", "5.")
        ),
        *((text, ",") for text in ("12.50", "1,234,567")),
        *((text, ".") for text in ("1" * 13, "0.0000001", "9" * 5000)),
    ],
)
def test_what_is_no_amount_is_not_guessed(text: str, sign: Any) -> None:
    with pytest.raises(ValueError, match=r"no amount|too many digits"):
        amount_in(text, sign)


@pytest.mark.parametrize(
    ("row", "options", "detail"),
    [
        ({"id": "anna@example.org", "since": DAYS[0]}, CUSTOMERS, "column id: the id of a customer is expected"),
        ({"id": "", "since": DAYS[0]}, CUSTOMERS, "column id"),
        ({"id": "c" * 161, "since": DAYS[0]}, CUSTOMERS, "column id"),
        ({"id": "c1", "since": "yesterday Anna"}, CUSTOMERS, "column since holds no time of the form iso"),
        ({"id": "c1", "since": DAYS[0], "until": "0000-00-00"}, CUSTOMERS, "column until holds no time"),
        ({"id": "c1", "since": "1026-01-01"}, CUSTOMERS, "column since holds a time before 1990"),
        ({"id": "c1", "since": DAYS[0]}, {**CUSTOMERS, "zone": ""}, "column since names no time zone: set zone"),
        ({"id": "c1", "at": DAYS[0], "sum": "5 Anna"}, ORDERS, "column sum holds no amount such as 12.50"),
        ({"id": "c1", "at": DAYS[0], "sum": ""}, ORDERS, "column sum holds no amount"),
        ({"id": "c1", "at": "", "sum": "5"}, ORDERS, "column at is empty: the time of the amount is expected"),
        ({"id": "c1", "back at": "", "back": "5"}, ORDERS, "column back at is empty"),
        ({"id": "c1", "back at": DAYS[0], "back": ""}, ORDERS, "column back holds no amount"),
        ({"id": "c1", "at": DAYS[0], "sum": "5", "money": "Anna"}, ORDERS, "column money holds no currency"),
        ({"id": "c1", "at": DAYS[0], "sum": "5", "no": "anna@b.c"}, ORDERS, "column no: the number of an order"),
        ({"id": "c1", "at": DAYS[0], "sum": "5", "no": "n" * 61}, ORDERS, "column no: the number of an order"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_number_and_column_and_gives_nothing(
    row: dict[str, str], options: dict[str, Any], detail: str
) -> None:
    found = read(options, row)
    assert not told(found)
    (problem,) = broken(found)
    assert problem.record.startswith("row 1")
    assert detail in problem.detail
    assert_no_trace(found, ["anna"])


def test_addresses_and_long_texts_in_labels_stay_out_of_the_events() -> None:
    row = {"id": "c1", "since": DAYS[0], "until": DAYS[1], "why": "ask anna@example.org", "plan": "x" * 300}
    found = read(CUSTOMERS, {**row, "area": "anna@example.org"})
    assert_no_trace(found, ["anna"])
    assert len(told(found)[0][3]["tier"]) == 64
    assert len(list(decoded(found))) == 2


def test_the_longest_ids_are_taken_by_the_contract() -> None:
    order = {"id": "c" * 160, "no": "n" * 60, "at": DAYS[0], "sum": "1", "back at": DAYS[0], "back": "1"}
    found = [*read(ORDERS, order), *read(ORDERS, {**order, "no": "", "sum": "9" * 12 + ".123456"})]
    assert len(cloud_events(found)) == 4
    assert all(len(event["id"]) <= 256 for event in cloud_events(found))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "a map of the columns is needed"),
        ({"columns": {"joined": "c"}}, "columns.customer is missing"),
        ({"columns": {"customer": "c"}}, "a time is needed, one of joined, left, changed, purchased, refunded"),
        ({"columns": {"customer": "c", "left": "l", "tier": "t"}}, "columns.tier is given without columns.joined or"),
        ({"columns": {"customer": "c", "joined": "j", "reason": "r"}}, "columns.reason is given without columns.left"),
        ({"columns": {"customer": "c", "purchased": "p"}, "currency": "EUR"}, "columns.purchased is given without"),
        ({"columns": {"customer": "c", "joined": "j", "amount": "a"}}, "columns.amount is given without"),
        ({"columns": {"customer": "c", "purchased": "p", "amount": "a"}}, "currency is missing"),
        ({"columns": {"customer": "c", "joined": "j"}, "currency": "euro"}, "currency"),
        ({"columns": {"customer": "c", "joined": "j"}, "empty_clears": True}, "empty_clears is given without"),
        ({"columns": {"customer": "c", "joined": "j"}, "zone": "Mars"}, "Europe/Berlin"),
        ({"columns": {"customer": "c", "joined": "j", "subject": "s"}}, "subject"),
    ],
)
def test_a_wrong_map_says_what_is_missing(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CustomerOptions(**options)


@given(
    st.dictionaries(
        st.sampled_from([*CUSTOMERS["columns"].values(), *ORDERS["columns"].values()]), st.text(max_size=30)
    )
)
def test_no_row_raises_and_what_is_told_is_of_the_contract(row: dict[str, str]) -> None:
    for options in (CUSTOMERS, CHANGES, ORDERS):
        assert len(list(decoded(found := read(options, row)))) == len(cloud_events(found))


def convert(*arguments: object) -> Result:
    return CliRunner().invoke(convert_command, [str(argument) for argument in arguments])


def test_from_a_file_and_a_map_to_events_a_dry_run_first(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(
        "No,place,Since,Until,Plan\n"
        "c1,Berlin,01.01.2026,,Gold\n"
        "c2,Anna's house,02.01.2026,soon,Gold\n"
        "c3,Bonn,03.01.2026,01.02.2026,Silver\n"
    )
    lines = ['zone = "Europe/Berlin"', 'time_format = "%d.%m.%Y"', "[columns]"]
    columns = {"customer": "No", "joined": "Since", "left": "Until", "tier": "Plan"}
    lines += [f'{meaning} = "{column}"' for meaning, column in columns.items()]
    (tmp_path / "map.toml").write_text("\n".join(lines))
    arguments = ("customers", tmp_path / "customers.csv", "--map", tmp_path / "map.toml", "--source", "/crm/main")
    out = tmp_path / "out.jsonl"
    dry = convert(*arguments, "--dry-run", "--out", out)
    assert dry.exit_code == 1
    assert "customer.joined" in dry.stdout
    assert "could not be read: row 2, c2: column Until holds no time of the form %d.%m.%Y" in dry.stderr
    assert "3 events found, none written" in dry.stderr
    assert "Anna" not in dry.output
    assert not out.exists()
    assert convert(*arguments, "--out", out).exit_code == 1
    events = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(event["subject"], event["type"], event["source"]) for event in events] == [
        ("c1", "support.customer.joined", "/crm/main"),
        ("c3", "support.customer.joined", "/crm/main"),
        ("c3", "support.customer.left", "/crm/main"),
    ]


def test_a_column_that_the_table_has_not_is_named(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,since\nc1,2026-01-01\n")
    (tmp_path / "map.toml").write_text('zone = "UTC"\n[columns]\ncustomer = "id"\njoined = "Since"\n')
    result = convert("customers", tmp_path / "customers.csv", "--map", tmp_path / "map.toml")
    assert "the map names 'Since' (joined), and the table has no such column. It has: id, since." in str(
        result.exception
    )
