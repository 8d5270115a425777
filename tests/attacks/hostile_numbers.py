"""A1: numbers that JSON and the schema can say, and no sum can bear."""

from __future__ import annotations

from collections.abc import Iterator

from tests.attacks.attack import Attack
from tests.attacks.records import Record, event, with_raw
from tests.attacks.stand import Stand

_DIGITS = "9" * 400
_NUMBERS = (
    "1e308",
    "-1e308",
    "1.7976931348623157e308",
    "5e-324",
    "-0.0",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1e400",
    "-1e400",
    "1e-400",
    "0." + "0" * 400 + "1",
    _DIGITS,
    "NaN",
    "Infinity",
    "-Infinity",
    '"NaN"',
    '"1e308"',
    "[1]",
    "true",
)
_SCALES = (
    ("1e308", "-1e308", "1e308"),
    ("0", "-1e308", "1e308"),
    ("-1e308", "-1e308", "1e308"),
    ("1.7e308", "0", "1.7e308"),
    ("5e-324", "0", "5e-324"),
    ("-0.0", "-0.0", "1"),
    ("1", "1", "1.0000000000000002"),
    ("9007199254740993", "9007199254740992", "9007199254740994"),
    ("3", "-9223372036854775808", "9223372036854775807"),
    ("0", "0", _DIGITS),
    ("0.1", "0", "0.3"),
)
_FIELDS = (
    ("survey.answered", {"survey_id": "s", "kind": "csat", "score": "RAW"}),
    ("survey.answered", {"survey_id": "t", "kind": "csat", "score": 3, "scale_max": "RAW"}),
    ("survey.answered", {"survey_id": "u", "kind": "nps", "score": "RAW"}),
    ("ticket.ended", {"after_contact_work_seconds": "RAW", "hold_seconds": "RAW"}),
    ("ticket.ended", {"hold_seconds": "RAW"}),
    ("ticket.message", {"author": "customer", "public": True, "sentiment": "RAW"}),
    ("ticket.created", {"channel": "phone", "customer_id": "RAW"}),
    ("ticket.answered", {"agent_id": "RAW"}),
)


def _wide_scale() -> Iterator[Record]:
    yield event("NAN-1", "ticket.created", channel="phone")
    data = {"survey_id": "s", "kind": "csat", "score": 1e308, "scale_min": -1e308, "scale_max": 1e308}
    yield event("NAN-1", "survey.answered", **data)


def _all_numbers() -> Iterator[Record]:
    for index, (score, low, high) in enumerate(_SCALES):
        for kind in ("csat", "ces", "nps"):
            name = f"SCALE-{index}-{kind}"
            raw = f'{{"survey_id":"s","kind":"{kind}","score":{score},"scale_min":{low},"scale_max":{high}}}'
            yield event(name, "ticket.created", channel="phone")
            yield with_raw(name, "survey.answered", raw, data="RAW")
    for index, number in enumerate(_NUMBERS):
        name = f"NUMBER-{index}"
        yield event(name, "ticket.created", channel="phone")
        yield with_raw(name, "ticket.status", number, sequence="RAW", data={"status": "open"})
        for kind, data in _FIELDS:
            yield with_raw(name, kind, number, data=data)


def _answer_is_refused(stand: Stand) -> str:
    refused = stand.refused("invalid_value", "score_out_of_scale")
    assert refused == 1, f"not a dead letter: {stand.fates()}"
    return "dead letter"


def _fates(stand: Stand) -> str:
    refused = sum(count for fate, count in stand.fates().items() if fate not in ("events", "duplicates"))
    assert refused, "nothing was refused"
    return f"{refused} of {stand.sent} refused"


ATTACKS = (
    Attack(
        "nan",
        "a survey answer of 1e308 on a scale from -1e308 to 1e308",
        lambda stand: stand.send(_wide_scale()),
        _answer_is_refused,
    ),
    Attack(
        "numbers",
        "1e308, -0.0, 2^63, 400 digits, NaN and more in every number of the contract, as scales too",
        lambda stand: stand.send(_all_numbers()),
        _fates,
        long=True,
    ),
)
