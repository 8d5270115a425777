"""An exception that nobody foresaw costs the event it came with, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from stream.contract.decoder import Decoder
from stream.domain.definitions import Definitions
from stream.domain.facts import Booking, Fact, Facts
from stream.domain.levels import Levels
from stream.domain.panes import Panes
from stream.domain.readers.conversation import Conversation
from stream.domain.readers.statuses import Statuses
from stream.domain.segments import segment_of
from stream.domain.timeline import Timeline
from stream.metrics import METRICS
from stream.metrics.abandonment import OFFERED
from stream.metrics.registry import Registry
from stream.metrics.spec import Metric
from tests.flow.drive import Flow

ONE: dict[str, Any] = {
    "windows": {"rolling": "1h", "today": False},
    "group_by": {"names": "all,channel"},
    "topics": {"partitions": 1},
}


def in_use(faulty: Callable[[Timeline, Definitions, Facts], None]) -> Any:
    """Has the shards that begin now use one more metric."""
    metric = Metric("faulty", (), (), reads=(Conversation, Statuses), facts=faulty)
    one_more = Registry((*METRICS, metric))
    return patch("stream.settings.model.with_variants", lambda *_: one_more)


@pytest.fixture
def flow() -> Iterator[Flow]:
    """Its metrics fail for tickets with two hand-overs."""
    with in_use(raising), Flow(**ONE) as running:
        yield running


def raising(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    if len(ticket.conversation.handoffs) > 1:
        raise ZeroDivisionError(ticket.segment)


def hand_over(flow: Flow, ticket: str, *ids: str) -> Flow:
    for identity in ids:
        flow.tell(ticket, "ticket.handed_off", 0, identity=identity)
    return flow


def letters(flow: Flow) -> list[tuple[str, str]]:
    return flow.letters()


def test_an_event_its_ticket_cannot_be_counted_with_is_a_dead_letter_and_the_rest_counts(flow: Flow) -> None:
    flow.tell("T", "ticket.created", -60, channel="email").tell("U", "ticket.created", -60, channel="email")
    hand_over(flow, "T", "h1", "h2").tell("T", "ticket.message", 0, author="agent", public=True).settle()
    assert letters(flow) == [("internal_error", "h2")]
    assert flow.count("open_tickets", "now") == 2
    assert flow.count("first_response_time") == 1
    assert flow.tally() == {"events": 4, "dead_letters/internal_error": 1, "internal_errors": 1}


def test_the_dead_letter_says_what_failed_and_where_and_has_the_original(flow: Flow) -> None:
    flow.tell("T", "ticket.created", -60, channel="email", team="ann@example.org")
    hand_over(flow, "T", "h1", "h2").settle()
    (record,) = flow.logs.of(flow.names["dead_letter"])
    row = orjson.loads(record.value or b"")
    assert (row["topic"], row["partition"], row["offset"]) == (flow.names["tickets"], 0, 2)
    assert row["detail"].startswith("ZeroDivisionError at ")
    assert "traceback" in row["detail"]
    assert "ann" not in row["detail"]
    assert orjson.loads(base64.b64decode(row["original_base64"]))["id"] == "h2"


def test_the_same_event_again_is_refused_again_whether_or_not_there_was_a_restart(flow: Flow) -> None:
    hand_over(flow.tell("T", "ticket.created", -60, channel="email"), "T", "h1", "h2", "h2").settle()
    hand_over(flow, "T", "h2").settle()
    hand_over(flow.restart(), "T", "h2", "h1").settle()
    assert letters(flow) == [("internal_error", "h2")] * 4
    assert flow.tally() == {
        "events": 2,
        "duplicates": 1,
        "dead_letters/internal_error": 4,
        "internal_errors": 4,
    }


def test_a_ticket_of_which_nothing_can_be_counted_is_not_there() -> None:
    broken = [True]

    def broken_at_first(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
        if broken:
            raise RecursionError

    with in_use(broken_at_first), Flow(**ONE) as flow:
        flow.tell("T", "ticket.created", -60, channel="email").tell("T", "ticket.ended", 0).settle()
        assert [reason for reason, _ in letters(flow)] == ["internal_error"] * 2
        assert len(flow.shards[0].state.tickets) == 0
        broken.clear()
        flow.tell("T", "ticket.created", -60, identity="new", channel="email").settle()
        assert flow.count("open_tickets", "now") == 1


def test_a_stored_ticket_that_new_code_cannot_read_keeps_its_figures_and_takes_no_events(flow: Flow) -> None:
    flow.tell("T", "ticket.created", -60, channel="email").tell("U", "ticket.created", -60, channel="email").settle()

    def of_new_code(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
        if ticket.created_us is not None and not ticket.statuses.changes:
            raise KeyError

    with in_use(of_new_code):
        flow.restart().tell("T", "ticket.message", 0, identity="m", author="agent", public=True).settle()
        assert letters(flow) == [("internal_error", "m")]
        assert flow.count("open_tickets", "now") == 2
    flow.restart().tell("T", "ticket.message", 0, identity="m", author="agent", public=True).settle()
    assert flow.count("first_response_time") == 1


@pytest.mark.pure
def test_an_exception_in_decoding_costs_the_one_event(flow: Flow) -> None:
    decode = Decoder.decode

    def raising(self: Decoder, value: Any, *more: Any) -> Any:
        if b'"bad"' in value:
            raise MemoryError
        return decode(self, value, *more)

    with patch.object(Decoder, "decode", raising):
        # The owners hold the method from their start.
        flow.restart()
        for identity in ("a", "bad", "b"):
            flow.tell(identity, "ticket.created", -60, identity=identity, channel="email")
        flow.settle()
    assert letters(flow) == [("internal_error", "bad")]
    assert flow.count("open_tickets", "now") == 2


def tell_a_call(flow: Flow) -> Flow:
    flow.tell("T", "ticket.queued", -50).tell("T", "ticket.message", -40, author="agent", public=True)
    return flow.tell("T", "ticket.answered", -30).tell("T", "ticket.updated", -20, channel="chat")


@pytest.mark.pure
@pytest.mark.parametrize(("where", "method"), [(Panes, "book"), (Levels, "enter")])
@pytest.mark.parametrize("passage", [1, 2])
def test_nothing_is_half_booked(where: type, method: str, passage: int) -> None:
    book = getattr(where, method)
    left = [passage]

    def fails_once(*arguments: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise OSError
        return book(*arguments)

    with Flow(**ONE) as flow, Flow(**ONE) as without:
        for one in (flow, without):
            tell_a_call(one.tell("T", "ticket.created", -60, channel="email").settle())
        with patch.object(where, method, fails_once):
            flow.tell("T", "ticket.queued", -10, identity="last").settle()
        without.settle()
        assert letters(flow) == [("internal_error", "last")]
        assert figures(flow.rows()) == figures(without.rows())
        assert figures(flow.restart().rows()) == figures(without.rows())


def figures(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {key: (row["count"], row["value"]) for key, row in rows.items() if "value" in row and row["count"]}


NINE_US = 1_773_133_200_000_000
EMAIL = segment_of("email", "", "")


@pytest.mark.parametrize(
    "poison",
    [
        lambda: Fact(NINE_US, EMAIL, (Booking(OFFERED, 1.5),)),  # type: ignore[arg-type]  # what a careless metric does
        lambda: Fact(NINE_US, EMAIL, (Booking(OFFERED, 10**30),)),
        lambda: Fact(NINE_US, EMAIL, (Booking(OFFERED, 1, 1.5),)),  # type: ignore[arg-type]  # the same
        lambda: Fact(10**20, EMAIL, (Booking(OFFERED),)),
        lambda: Fact(NINE_US, "email", (Booking(OFFERED),)),
        lambda: Fact(NINE_US, EMAIL, (Booking(OFFERED),), float("nan")),
    ],
    ids=["a float", "a number without end", "a bin that is none", "a time", "a segment", "a value"],
)
def test_what_a_metric_may_not_book_is_never_booked(poison: Callable[[], Fact]) -> None:
    def poisonous(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
        if ticket.conversation.handoffs:
            into["poison"] = poison()

    with in_use(poisonous), Flow(**ONE) as flow:
        flow.tell("T", "ticket.created", -60, channel="email").tell("T", "ticket.handed_off", 0, identity="h").settle()
        assert letters(flow) == [("internal_error", "h")]
        assert flow.count("open_tickets", "now") == 1
