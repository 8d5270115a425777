"""Duplicates, late and bad events: as many as asked for, beside the truth and never instead of it."""

from __future__ import annotations

import orjson

from stream.contract.decoder import Decoder
from stream.domain.rejections import Rejected
from stream.simulate.bad import DAMAGES
from stream.simulate.disturb import Delivery, Disturbance, deliveries
from stream.simulate.emit import SimulatedEvent, Ticket, told

START_US = 1_767_571_200_000_000
COUNT = 4000


def events() -> list[SimulatedEvent]:
    ticket = Ticket("T-1", "C-1", "chat", "support", "normal")
    return [
        told(ticket, START_US + n * 1_000_000, "ticket.message", {"author": "customer", "public": True})
        for n in range(COUNT)
    ]


def disturbed(duplicates: float = 0, late: float = 0, bad: float = 0, seed: int = 1) -> list[Delivery]:
    return list(deliveries(events(), Disturbance(duplicates, late, bad), seed))


def test_undisturbed_events_arrive_as_they_happen() -> None:
    expected = [Delivery(each.time_us, "tickets", b"T-1", orjson.dumps(each.event)) for each in events()]
    assert disturbed() == expected


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert disturbed(0.1, 0.1, 0.1) == disturbed(0.1, 0.1, 0.1)
    assert disturbed(0.1, 0.1, 0.1) != disturbed(0.1, 0.1, 0.1, seed=2)


def test_deliveries_are_in_order_of_arrival() -> None:
    arrivals = [each.arrival_us for each in disturbed(0.2, 0.2, 0.2)]
    assert arrivals == sorted(arrivals)


def test_duplicates_are_equal_to_their_events_to_the_byte() -> None:
    values = [each.value for each in disturbed(duplicates=0.1)]
    assert set(values) == {orjson.dumps(each.event) for each in events()}
    assert 320 < len(values) - COUNT < 480  # 400 expected


def test_late_events_arrive_all_but_not_in_order() -> None:
    truth = [orjson.dumps(each.event) for each in events()]
    values = [each.value for each in disturbed(late=0.1)]
    assert sorted(values) == sorted(truth)
    assert values != truth


def test_bad_events_come_beside_the_good() -> None:
    good = {orjson.dumps(each.event) for each in events()}
    values = [each.value for each in disturbed(bad=0.1)]
    assert good <= set(values)
    assert 320 < len(values) - COUNT < 480


def test_every_damage_is_a_dead_letter_and_keeps_to_one_line() -> None:
    decoder = Decoder()
    event = events()[0].event
    reasons = []
    for damage in DAMAGES:
        value = damage(event)
        assert b"\n" not in value
        verdict = decoder.decode(value, b"T-1", (), START_US + 600_000_000)
        assert isinstance(verdict, Rejected)
        reasons.append(verdict.reason)
    assert reasons == [
        "not_json",
        "not_utf8",
        "missing_field",
        "missing_field",
        "missing_field",
        "invalid_time",
        "future_time",
        "wrong_type",
        "wrong_type",
    ]
