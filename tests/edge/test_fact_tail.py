"""What is picked from the tail of the facts topic, and where the tail begins."""

from __future__ import annotations

from typing import Any

import pytest

from stream.domain.facts import Fact
from stream.domain.segments import segment_of
from stream.edge.kafka.fact_tail import FactQuery, FactTail, tail_starts
from stream.edge.owners.fact_rows import fact_key, fact_row
from stream.metrics import fact_kinds

NINE_US = 1_763_802_000_000_000
MINUTE_US = 60_000_000
PHONE = segment_of("phone", "billing", "")
CHAT = segment_of("chat", "billing", "")


def record(
    ticket: str, name: str, minutes: float = 0, segment: str = PHONE, *, retracted: bool = False
) -> tuple[bytes, bytes | None]:
    fact = None if retracted else Fact(NINE_US + round(minutes * MINUTE_US), segment, (), 45.0)
    return fact_key(ticket, name), fact_row(ticket, name, fact)


def found(*records: tuple[bytes | None, bytes | None], **query: Any) -> list[tuple[str, str]]:
    asked = {"kind": "abandoned", "by": "channel", "segment": {"channel": "phone"}, "since_us": NINE_US, **query}
    tail = FactTail(FactQuery(**asked))
    for key, value in records:
        tail.take(key, value)
    return [(fact["ticket"], fact["fact"]) for fact in tail.newest()]


def test_the_newest_come_first_and_ties_are_in_order_of_the_ticket() -> None:
    records = [record("T-3", "abandoned/1", 1), record("T-2", "abandoned/1", 5), record("T-1", "abandoned/1", 1)]
    assert [ticket for ticket, _ in found(*records)] == ["T-2", "T-1", "T-3"]


def test_only_facts_of_the_kind_and_not_of_one_whose_name_begins_alike() -> None:
    names = ["abandoned", "abandoned/1", "abandoned/12", "abandoned_within/1", "answered/1", "first_response"]
    assert {name for _, name in found(*(record("T-1", name) for name in names))} == {
        "abandoned",
        "abandoned/1",
        "abandoned/12",
    }


def test_a_ticket_or_survey_id_with_bars_and_slashes_is_no_name_of_a_fact() -> None:
    assert found(record("a|abandoned/1", "offered/1")) == []
    assert found(record("a|b", "csat/s|1/2"), kind="csat") == [("a|b", "csat/s|1/2")]


def test_of_the_group_only_whatever_its_other_dimensions() -> None:
    records = [record("T-1", "abandoned/1"), record("T-2", "abandoned/1", segment=CHAT)]
    assert found(*records) == [("T-1", "abandoned/1")]
    assert found(*records, by="team", segment={"team": "billing"}) == [("T-1", "abandoned/1"), ("T-2", "abandoned/1")]
    assert found(*records, by="all", segment={}) == [("T-1", "abandoned/1"), ("T-2", "abandoned/1")]
    assert found(*records, by="channel_team", segment={"channel": "chat", "team": "tech"}) == []


def test_of_a_segment_without_a_name_of_its_own_as_one_of_other() -> None:
    records = [record("T-1", "abandoned/1"), record("T-2", "abandoned/1", segment=CHAT)]
    unnamed = frozenset({PHONE})
    assert found(*records, unnamed=unnamed) == []
    assert found(*records, segment={"channel": "other"}, unnamed=unnamed) == [("T-1", "abandoned/1")]
    assert found(*records, by="all", segment={}, unnamed=unnamed) == [("T-1", "abandoned/1"), ("T-2", "abandoned/1")]


def test_what_happened_before_is_left_out() -> None:
    records = [record("T-1", "abandoned/1", -0.001), record("T-2", "abandoned/1", 0)]
    assert found(*records) == [("T-2", "abandoned/1")]


@pytest.mark.parametrize(
    "later",
    [
        record("T-1", "abandoned/1", retracted=True),
        record("T-1", "abandoned/1", segment=CHAT),
        record("T-1", "abandoned/1", -10),
    ],
    ids=["retracted", "of another group", "corrected to before"],
)
def test_the_last_record_of_a_key_counts(later: tuple[bytes, bytes | None]) -> None:
    first = record("T-1", "abandoned/1")
    assert found(first, later) == []
    assert found(first, later, first) == [("T-1", "abandoned/1")]


def test_a_record_without_key_is_not_ours() -> None:
    assert found((None, b"{}")) == []


def test_kinds_are_those_the_metrics_book() -> None:
    kinds = fact_kinds()
    assert {"first_response", "full_resolution", "offered", "abandoned", "answered_within", "csat"} <= set(kinds)
    assert len(set(kinds)) == len(kinds)
    assert not any("/" in kind for kind in kinds)


@pytest.mark.parametrize(
    ("firsts", "ends", "most", "starts"),
    [
        ([5, 7], [10, 9], 100, [5, 7]),
        ([0, 0], [100, 100], 20, [90, 90]),
        ([0, 95], [100, 100], 20, [85, 95]),
        ([0, 0, 0], [10, 10, 10], 5, [9, 8, 8]),
        ([3], [3], 10, [3]),
        # A record that is not committed yet lies beyond the end.
        ([12, 0], [10, 10], 100, [10, 0]),
        ([], [], 10, []),
    ],
)
def test_the_tail_begins_so_that_it_is_bounded_and_nothing_is_left_over(
    firsts: list[int], ends: list[int], most: int, starts: list[int]
) -> None:
    assert tail_starts(firsts, ends, most) == starts
