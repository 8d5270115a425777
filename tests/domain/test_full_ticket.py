"""A ticket's row always fits into a record of the changelog, whatever its events look like."""

from __future__ import annotations

from collections import Counter

import pytest

from stream.domain.events import Event, Message, Queued, Status, StatusChanged, SurveyAnswered
from stream.domain.full_ticket import FEW_EVENTS, MAX_TICKET_BYTES, bytes_of
from stream.domain.limits import Limits
from stream.domain.log import Insertion
from stream.domain.rejections import Rejected
from stream.domain.shard import Shard
from tests.domain.stories import shard

LONG = "\U0001f4de" * 300
STATUSES: tuple[Status, ...] = ("open", "pending")


def large(number: int, kind: str) -> Event:
    uid = f"{number} {LONG}"
    match kind:
        case "status":
            return StatusChanged(number, LONG, uid, STATUSES[number % 2])
        case "message":
            return Message(number, LONG, uid, "customer", True)
        case "queued":
            return Queued(number, LONG, uid, LONG[:64])
        case _:
            return SurveyAnswered(number, LONG, uid, LONG, "csat", 1.0, 1.0, 5.0)


def target() -> Shard:
    return shard(limits=Limits(max_events_per_ticket=100_000))


@pytest.mark.parametrize("kind", ["status", "message", "queued", "survey"])
@pytest.mark.parametrize("settle_every", [1000, 100_000])
def test_a_row_of_very_long_ids_stays_below_its_limit_and_the_rest_is_told(kind: str, settle_every: int) -> None:
    owner = target()
    results = []
    for number in range(4000):
        results.append(owner.fold("T", large(number, kind)))
        if number % settle_every == settle_every - 1:
            owner.settle(0)
    owner.settle(0)
    told = Counter(result.reason if isinstance(result, Rejected) else result for result in results)
    assert told[Insertion.ADDED] > 100
    assert told.keys() == {Insertion.ADDED, "ticket_full"}
    most = MAX_TICKET_BYTES + FEW_EVENTS * bytes_of(large(0, kind))
    assert MAX_TICKET_BYTES / 8 < owner.tickets.stored_bytes("T") <= most
    assert owner.fold("T", large(0, kind)) is Insertion.DUPLICATE


@pytest.mark.parametrize("kind", ["status", "message", "queued", "survey"])
def test_the_bytes_of_an_event_are_never_estimated_too_low(kind: str) -> None:
    owner = target()
    owner.fold("T", large(0, kind))
    owner.settle(0)
    one = owner.tickets.stored_bytes("T")
    owner.fold("T", large(1, kind))
    owner.settle(0)
    assert owner.tickets.stored_bytes("T") - one <= bytes_of(large(1, kind))


def test_ordinary_events_are_never_too_large_before_they_are_too_many() -> None:
    owner = shard(limits=Limits(max_events_per_ticket=100))
    for number in range(1000):
        event = StatusChanged(
            number * 1_000_000, "", f"00000000-1111-2222-3333-{number} /zendesk/acme", STATUSES[number % 2]
        )
        assert owner.fold("T", event) is Insertion.ADDED
