"""The first of a kind is told, the rest is counted every ten seconds, and nothing grows."""

from __future__ import annotations

import io
import logging

import pytest

from stream.edge.process.logs import OTHERS, Counted, Kind, LimitedHandler, Repeats, kind_of

KIND = Kind("aiokafka", logging.ERROR, "cannot connect to %s", "")


def told(repeats: Repeats, kind: Kind, text: str, now: float) -> bool:
    return repeats.is_new(kind, lambda: text, now)


def test_the_first_is_told_and_the_rest_is_counted_when_the_window_is_over() -> None:
    repeats = Repeats()
    assert [told(repeats, KIND, f"attempt {n}", n / 100) for n in range(500)] == [True, *[False] * 499]
    assert list(repeats.due(9.9)) == []
    assert list(repeats.due(10.0)) == [Counted(KIND, 499, 10.0, "attempt 499")]
    assert list(repeats.due(10.1)) == []


def test_while_it_goes_on_there_is_one_count_a_window_and_no_line_besides() -> None:
    repeats = Repeats()
    lines = 0
    for tenth in range(1, 901):
        lines += told(repeats, KIND, "again", tenth / 10)
        lines += len(list(repeats.due(tenth / 10)))
    assert lines == 9


def test_a_kind_that_was_quiet_for_a_window_is_new_again() -> None:
    repeats = Repeats()
    assert told(repeats, KIND, "once", 0)
    assert list(repeats.due(10)) == []
    assert told(repeats, KIND, "once more", 10)


def test_kinds_are_bounded_and_what_is_beyond_is_counted_as_others() -> None:
    repeats = Repeats(most_kinds=3)
    kinds = [Kind("x", logging.INFO, f"wording {letter}", "") for letter in "abcdefgh"]
    assert [told(repeats, kind, kind.wording, 0) for kind in kinds] == [True] * 4 + [False] * 4
    assert list(repeats.due(10)) == [Counted(OTHERS, 4, 10, "wording h")]


def record(
    message: object, *arguments: object, name: str = "aiokafka", level: int = logging.ERROR
) -> logging.LogRecord:
    return logging.LogRecord(name, level, "", 0, message, arguments, None)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (record("no answer from %s: %s", 1, "x"), record("no answer from %s: %s", 2, "y"), True),
        (record("lost 17 of 40 at 0x7f1"), record("lost 3 of 8 at 0x91c"), True),
        (record("%s", "partition 3 is gone"), record("%s", "partition 4 is gone"), True),
        (record("%s", "topic a is gone"), record("%s", "topic b is gone"), False),
        (record("same"), record("same", name="faust"), False),
        (record("same"), record("same", level=logging.WARNING), False),
    ],
)
def test_what_makes_two_messages_the_same(one: logging.LogRecord, other: logging.LogRecord, same: bool) -> None:
    assert (kind_of(one) == kind_of(other)) == same


def test_another_exception_is_another_kind() -> None:
    one, other = record("failed"), record("failed")
    one.exc_info = (ValueError, ValueError(), None)
    other.exc_info = (KeyError, KeyError(), None)
    assert kind_of(one) != kind_of(other)


class Time:
    """Stands still until moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_handler_writes_counts_of_its_own_accord_when_asked() -> None:
    out, time = io.StringIO(), Time()
    handler = LimitedHandler(out, time)
    for number in range(20_000):
        handler.handle(record("no answer from %s", number))
    time.now = 11
    handler.tell()
    first, second = out.getvalue().splitlines()
    assert first.endswith("ERROR    aiokafka: no answer from 0")
    assert second.endswith("ERROR    aiokafka: no answer from 19999 (repeated 19999 times in 11 s)")


def test_what_ends_the_process_and_what_the_program_does_is_always_told() -> None:
    out = io.StringIO()
    handler = LimitedHandler(out, Time())
    for _ in range(3):
        handler.handle(record("ending", level=logging.CRITICAL))
        handler.handle(record("holding shards %s", [0], name="stream.edge.owners.assignment", level=logging.INFO))
        handler.handle(record("odd", name="stream.edge.owners.assignment", level=logging.WARNING))
        handler.handle(record("joined", name="aiokafka", level=logging.INFO))
    lines = out.getvalue()
    assert [lines.count(word) for word in ("ending", "holding", "odd", "joined")] == [3, 3, 1, 1]


def test_a_message_that_cannot_be_formatted_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    handler = LimitedHandler(io.StringIO(), Time())
    logger = logging.Logger("x")
    logger.addHandler(handler)
    for _ in range(2):
        logger.error("%d pieces", "no number")
        logger.error("%s", "fine")
    capsys.readouterr()
