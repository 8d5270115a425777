"""The worst values in events of customers, all the way: what a shard makes of the record, and what it writes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.clock import ManualClock
from stream.contract.customer_rules import CustomerRules
from stream.contract.decoder import Decoder
from stream.domain.partials import decode_cells, encode_cells
from stream.domain.rejections import REASONS, Rejected
from stream.domain.shard import Shard
from stream.edge.owners.intake import Intake
from stream.edge.owners.statement_rows import read_statement, statement_row
from stream.rules import rules_of
from stream.settings import Settings
from tests.contract.hostile import FIELDS, Field, as_json, events, takes_text
from tests.contract.test_hostile_contract import LATEST_US, Hostile, structured, with_values

COUNTED: Final = Settings.model_validate(
    {"customers": {"enabled": True, "rates": "USD=0.92"}, "topics": {"partitions": 2}, "clock": "event"}
)
SUBJECTS: Final = ("c1", "c2", "c3")
OF_CUSTOMERS: Final = tuple(kind for kind in FIELDS if kind.startswith("support.customer."))
TEXTS: Final = [
    field for kind in OF_CUSTOMERS for field in FIELDS[kind] if takes_text(field) and field.path != ("data",)
]
AMOUNTS: Final = (
    *('"12.50"', '"0"', '"000000000012"', '"999999999.999999"', '"0.000001"', '"999999999999.999999"', '"1000000000"'),
    *('"1e308"', '"NaN"', '"Infinity"', '"-0"', '"-1"', '"+1"', '"1_0"', '"0x1"', '"\\u0661"', '" 1"', '"1\\n"', '""'),
    *("1e308", "12.5", "-0.0", "9" * 400, "NaN", "null", "[1]", '{"a":1}', "true"),
    *('"' + "9" * 400 + '"', '"0.' + "0" * 10_000 + '1"', '"' + "9" * 1_000_000 + '"'),
)
CURRENCIES: Final = (
    '"EUR"',
    '"USD"',
    '"XTS"',
    '"eur"',
    '""',
    '"' + "E" * 10_000 + '"',
    "7",
    "null",
    '"anna@b.example"',
)


class Record(NamedTuple):
    offset: int
    value: bytes | None
    key: bytes | None
    topic: str = COUNTED.topic_names["customers"]
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int = 0
    timestamp: int = LATEST_US // 1000
    timestamp_type: int = 0


def folded(records: Sequence[Record]) -> tuple[Shard, Intake]:
    """What a shard is after these records of the customers' topic, and what became of each."""
    state = Shard(rules_of(COUNTED))
    intake = Intake(
        0, COUNTED, state, ManualClock(LATEST_US), {COUNTED.topic_names[name]: name for name in COUNTED.read_topics}
    )
    intake.fold(COUNTED.topic_names["customers"], records)
    return state, intake


def check_told(state: Shard, intake: Intake, sent: int) -> None:
    """Each record is one thing; a dead letter has its reason and nobody's id; and all that is booked can be stored."""
    changes = state.settle(LATEST_US)
    intake.take_back(changes)
    tally = intake.tally
    assert not tally["internal_errors"]
    letters = [orjson.loads(row or b"") for _, row in intake.dead_letters.take()]
    names = ("events", "duplicates", "conflicts", "unknown_types", "not_kept", "forgotten")
    assert sum(tally[name] for name in names) + len(letters) == sent
    for letter in letters:
        assert letter["reason"] in REASONS
        assert 0 < len(letter["detail"]) < 250
        assert letter["key_base64"] is letter["original_base64"] is None
    for _, cells in [*changes.panes, *changes.levels, *changes.counters]:
        assert cells is None or decode_cells(encode_cells(cells)) == cells
    assert changes.failures == []
    for customer, statement in changes.stated:
        key, value = statement_row(customer, statement, statement.uid)
        assert not isinstance(read_statement(key, value), Rejected)


@st.composite
def customer_events(draw: st.DrawFn) -> Hostile:
    """An event of customers that is odd in some fields; amounts and attributes are odder than others."""
    attributes, data = draw(events(SUBJECTS, OF_CUSTOMERS))
    if isinstance(data, str):
        return attributes, data
    if "amount" in data:
        data["amount"] = draw(st.sampled_from(AMOUNTS))
        data["currency"] = draw(st.sampled_from(CURRENCIES))
    if draw(st.booleans()):
        data["attributes"] = draw(
            st.sampled_from(
                (
                    json.dumps({f"k{number}": "v" for number in range(2_000)}),
                    '{"a":' * 900 + "1" + "}" * 900,
                    json.dumps({"brand": "x" * 10_000, "\u0000": "\u202e"}),
                    "[" * 2_000,
                )
            )
        )
    return attributes, data


def record_of(number: int, event: Hostile) -> Record:
    try:
        subject = json.loads(event[0].get("subject", '""'))
    except ValueError:
        subject = None
    key = subject.encode("utf-8", "surrogatepass") if isinstance(subject, str) and subject else None
    return Record(number, structured(event), key)


@settings(max_examples=40)
@given(st.lists(customer_events(), min_size=1, max_size=12))
def test_every_record_is_counted_or_a_dead_letter_with_its_reason(sent: list[Hostile]) -> None:
    records = [record_of(number, event) for number, event in enumerate(sent)]
    # All of it once more: who was removed meanwhile is, and what was refused is refused for the same.
    again = [record._replace(offset=record.offset + len(records)) for record in records]
    check_told(*folded([*records, *again]), 2 * len(records))


@pytest.mark.parametrize("kind", ["support.customer.purchase", "support.customer.refund"])
@pytest.mark.parametrize("amount", AMOUNTS, ids=range(len(AMOUNTS)))
def test_every_amount_in_every_currency_is_exact_or_refused(kind: str, amount: str) -> None:
    fields = {field.path[-1]: field for field in FIELDS[kind]}
    records = [
        Record(number, with_values((fields["amount"], amount), (fields["currency"], currency)), b"T")
        for number, currency in enumerate(CURRENCIES)
    ]
    state, intake = folded(records)
    check_told(state, intake, len(records))
    assert intake.tally["events"] + intake.tally["conflicts"] + intake.tally["duplicates"] <= 2


@pytest.mark.parametrize(
    "subject",
    ["", "c" * 10_240, "c\u0000d", "\n", "\u202ec", "anna@example.org", "\ud800", "c" * 257, "\u001ec1", " "],
    ids=range(10),
)
def test_what_is_no_id_of_a_customer_is_a_dead_letter_or_one_customer(subject: str) -> None:
    records = [
        Record(number, as_json({**_envelope(kind), "subject": json.dumps(subject)}).encode(), None)
        for number, kind in enumerate(OF_CUSTOMERS)
    ]
    state, intake = folded(records)
    check_told(state, intake, len(records))
    assert len(state.tickets.names()) <= 1


def _envelope(kind: str) -> dict[str, str]:
    data = {"amount": "1", "currency": "EUR", "into": "c9"}
    event = {
        "specversion": "1.0",
        "id": kind,
        "source": "/s",
        "type": kind,
        "time": "2025-11-22T09:00:00Z",
        "data": data,
    }
    return {name: json.dumps(value) for name, value in event.items()}


def calls_of(work: Callable[[], object]) -> int:
    """How many calls of functions, of Python and of C, it takes: that does not depend on how quick a machine is."""
    calls = 0

    def count(_: Any, event: str, __: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("field", TEXTS, ids=lambda field: f"{field.event_type[17:]}.{field.path[-1]}")
def test_no_text_takes_more_steps_than_are_in_proportion_to_its_length(field: Field) -> None:
    rules = CustomerRules(ids="hash", key=b"of nobody's business")
    for piece in ("9", "\u0301", "\u0000", "a@b ", "\U0001f469\u200d"):
        for length in (10, 10_000, 300_000):
            value = with_values((field, json.dumps(piece * length)))
            decoder = Decoder(customers=rules)
            steps = calls_of(partial(decoder.decode, value, None, (), LATEST_US))
            assert steps <= 1500 + len(value) // 8, (ascii(piece), length)
