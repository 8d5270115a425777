"""Arrays and attributes of the contract: what is wrong with an element is said by its place or name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stream.contract.decoder import Decoder
from stream.domain.events import TicketUpdated
from stream.domain.rejections import Rejected

LATEST_US = 1 << 60


def answer(cleared: Any) -> object:
    return answer_to({"cleared": cleared})


def answer_to(data: dict[str, Any]) -> object:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/s",
        "type": "support.ticket.updated",
        "subject": "T-1",
        "time": "2026-01-01T00:00:00Z",
        "data": data,
    }
    return Decoder().decode(json.dumps(event).encode(), None, (), LATEST_US)


@pytest.mark.parametrize(
    ("cleared", "detail"),
    [
        (["channel"], 'data.cleared[0]: "channel" is not one of'),
        (["team", 7], "data.cleared[1] is a number; a text is expected"),
        (["team", None], "data.cleared[1]"),
        ([["team"]], "data.cleared[0]"),
        ("team", "data.cleared is a text; an array is expected"),
        (["team"] * 100 + ["x" * 5], "data.cleared[100]"),
        (["nobody"] * 20_000, "data.cleared has more elements than there are choices"),
    ],
)
def test_a_wrong_element_is_named(cleared: Any, detail: str) -> None:
    found = answer(cleared)
    assert isinstance(found, Rejected)
    assert detail in found.detail


@pytest.mark.parametrize("cleared", [[], None, ["team"], ["team", "priority", "team"]])
def test_right_arrays_are_taken(cleared: Any) -> None:
    assert isinstance(answer(cleared), tuple)


@pytest.mark.parametrize(
    ("attributes", "detail"),
    [
        ({"brand": 7}, "data.attributes.brand is a number; a text is expected"),
        ({"brand": ["a"]}, "data.attributes.brand is an array"),
        ({"Brand": "a"}, 'data.attributes: "Brand" is no name of an attribute: a-z and 0-9, at most 32'),
        ({"product_line": "a"}, '"product_line" is no name of an attribute'),
        ({"brand\n": "a"}, "a text of 6 characters is no name of an attribute"),
        ({"": "a"}, "is no name of an attribute"),
        ({"a" * 33: "a"}, "is no name of an attribute"),
        ({f"a{number}": "x" for number in range(17)}, "data.attributes has 17 entries, above 16"),
        ({"brand": "x" * 257}, "data.attributes.brand is longer than 256 characters"),
        ({f"a{number}": "x" for number in range(20_000)}, "data.attributes holds more entries, or longer ones"),
        (["brand"], "data.attributes is an array; an object"),
        ("brand", "data.attributes is a text; an object"),
    ],
)
def test_a_wrong_attribute_is_named(attributes: Any, detail: str) -> None:
    found = answer_to({"attributes": attributes})
    assert isinstance(found, Rejected)
    assert detail in found.detail


@pytest.mark.parametrize(
    ("names", "detail"),
    [
        (["Brand"], 'data.cleared_attributes[0]: "Brand" is no name of an attribute'),
        (["brand", 7], "data.cleared_attributes[1] is a number; a text is expected"),
        ([f"a{number}" for number in range(17)], "data.cleared_attributes has 17 elements, above 16"),
    ],
)
def test_a_wrong_name_of_what_is_cleared_is_named(names: Any, detail: str) -> None:
    found = answer_to({"cleared_attributes": names})
    assert isinstance(found, Rejected)
    assert detail in found.detail


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({}, ()),
        ({"attributes": None, "cleared_attributes": None}, ()),
        ({"attributes": {}, "cleared_attributes": []}, ()),
        ({"attributes": {"region": " eu\nwest ", "brand": "Acme"}}, ("brand", "Acme", "region", "eu west")),
        ({"attributes": {"brand": None, "region": "", "tier": " "}}, ()),
        ({"attributes": {"brand": "anna@example.org"}}, ("brand", "redacted-a3bf")),
        ({"attributes": {"brand": "b" * 256}}, ("brand", "b" * 59 + "~6978")),
        ({"attributes": {"team": "a", "channel": "b", "priority": "c", "brand": "d"}}, ("brand", "d")),
        ({"attributes": {"tier": "gold"}, "cleared_attributes": ["brand", "tier"]}, ("brand", "", "tier", "gold")),
        ({"attributes": {f"a{number}": "x" for number in range(16)}}, None),
    ],
)
def test_attributes_are_kept_as_labels_in_the_order_of_their_names(
    data: dict[str, Any], kept: tuple[str, ...] | None
) -> None:
    found = answer_to(data)
    assert isinstance(found, tuple)
    event = found[1]
    assert isinstance(event, TicketUpdated)
    assert event.attributes == kept if kept is not None else len(event.attributes) == 32
