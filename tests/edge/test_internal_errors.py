"""What is told of an exception, and how often: its kind and place, never its text."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

import pytest

from stream.domain.times import parse_time_us
from stream.edge.owners.internal_errors import Fault, FaultLog, fault_of, rejected_for

SECOND_US = 1_000_000


class Record(NamedTuple):
    topic: str = "tickets"
    partition: int = 3
    offset: int = 77


def caught(work: Callable[[], object]) -> Fault:
    try:
        work()
    except Exception as error:
        return fault_of(error)
    raise AssertionError("nothing was raised")


def test_it_names_type_and_place_and_quotes_nothing() -> None:
    fault = caught(lambda: parse_time_us("ann@example.org"))
    assert fault.type == "ValueError"
    assert fault.place.startswith("stream/domain/times.py:")
    assert "ann" not in rejected_for(fault).detail
    assert str(fault) in rejected_for(fault).detail


def test_a_compiled_module_is_named_as_its_source_is() -> None:
    code = compile("raise ValueError('ann')", "stream/domain/times.py", "exec")
    assert caught(lambda: exec(code)).place == "stream/domain/times.py:1 in <module>"


def test_a_file_elsewhere_is_named_without_its_folders() -> None:
    code = compile("raise ValueError('ann')", "/home/ann/other.py", "exec")
    assert caught(lambda: exec(code)).place.startswith("other.py:1 in <module>")


def test_equal_ways_have_equal_hashes_and_others_have_not() -> None:
    assert {failing(number).digest for number in (1, 2)} == {failing(3).digest}
    assert caught(lambda: int("a")).digest != failing(3).digest


def failing(number: int) -> Fault:
    return caught(lambda: parse_time_us(str(number)))


def test_a_kind_is_said_once_a_minute_with_the_record_it_came_with(caplog: pytest.LogCaptureFixture) -> None:
    said, one, other = FaultLog(), Fault("A", "a.py:1 in f", "1"), Fault("B", "b.py:1 in f", "2")
    with caplog.at_level(logging.ERROR):
        for fault, second in ((one, 0), (one, 59), (other, 59), (one, 60), (one, 61)):
            said.say(fault, second * SECOND_US, Record(offset=second))
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        f"internal error, tickets partition 3 offset {offset} is not counted" for offset in (0, 59, 60)
    ]
    assert "A at a.py:1 in f" in caplog.text


def test_many_kinds_are_not_all_remembered() -> None:
    said = FaultLog()
    for number in range(5000):
        said.say(Fault("A", "a.py:1 in f", str(number)), 0, Record())
    assert len(said._said_us) <= 1000
