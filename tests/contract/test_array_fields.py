"""Arrays of the contract (``cleared``): what is wrong with an element is said by its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stream.contract.decoder import Decoder
from stream.domain.rejections import Rejected

LATEST_US = 1 << 60


def answer(cleared: Any) -> object:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/s",
        "type": "support.ticket.updated",
        "subject": "T-1",
        "time": "2026-01-01T00:00:00Z",
        "data": {"cleared": cleared},
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
