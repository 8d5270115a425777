"""The simulated centre as a whole: deterministic, in order, valid, plausible, and free of people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import orjson
import pytest

from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.domain.rejections import Rejected, Skipped
from stream.simulate.arrivals import Spike
from stream.simulate.centre import contact_centre
from stream.simulate.emit import SimulatedEvent

# 2026-01-05T10:00:00Z, a Monday.
START_US = 1_767_607_200_000_000
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US


def run(seed: int = 1, hours: float = 0.5, rate: float = 30, spikes: tuple[Spike, ...] = ()) -> list[SimulatedEvent]:
    end_us = START_US + int(hours * HOUR_US)
    return list(contact_centre(seed, START_US, rate, spikes, curve="wave", end_us=end_us))


@pytest.fixture(scope="module")
def hour() -> list[SimulatedEvent]:
    return run(hours=1.5)


def as_bytes(events: list[SimulatedEvent]) -> bytes:
    return orjson.dumps([tuple(each) for each in events])


def kinds(events: list[SimulatedEvent]) -> Counter[str]:
    return Counter(each.event["type"].removeprefix("support.") for each in events)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert as_bytes(run()) == as_bytes(run())


def test_another_seed_gives_other_contacts() -> None:
    assert as_bytes(run(seed=1)) != as_bytes(run(seed=2))


def test_runs_that_differ_share_no_ticket() -> None:
    tickets = [{each.key for each in events} for events in (run(), run(seed=2), run(rate=31))]
    assert not tickets[0] & tickets[1]
    assert not tickets[0] & tickets[2]


def test_events_come_in_the_order_of_their_times(hour: list[SimulatedEvent]) -> None:
    times = [each.time_us for each in hour]
    assert times == sorted(times)
    assert times[0] >= START_US
    assert times[-1] < START_US + 3 * HOUR_US // 2


def test_every_event_is_valid(hour: list[SimulatedEvent]) -> None:
    decoder = Decoder(Limits())
    refused = []
    for each in hour:
        verdict = decoder.decode(orjson.dumps(each.event), each.key.encode(), (), each.time_us)
        if isinstance(verdict, Rejected | Skipped) or verdict[1].time_us != each.time_us:
            refused.append((each, verdict))
    assert refused == []


def test_surveys_go_to_their_own_topic_and_the_key_is_the_ticket(hour: list[SimulatedEvent]) -> None:
    assert {(each.topic, each.event["type"].startswith("support.survey.")) for each in hour} == {
        ("tickets", False),
        ("surveys", True),
    }
    assert all(each.key == each.event["subject"] for each in hour)


def test_ids_are_unique_and_the_sequence_of_a_ticket_counts_up(hour: list[SimulatedEvent]) -> None:
    assert len({each.event["id"] for each in hour}) == len(hour)
    last: Counter[str] = Counter()
    for each in hour:
        last[each.key] += 1
        assert each.event["sequence"] == str(last[each.key])


def test_a_ticket_begins_with_its_creation(hour: list[SimulatedEvent]) -> None:
    begun: set[str] = set()
    for each in hour:
        if each.event["type"] == "support.ticket.created":
            begun.add(each.key)
        assert each.key in begun


def test_a_queue_visit_ends_once(hour: list[SimulatedEvent]) -> None:
    waiting: set[str] = set()
    for each in hour:
        kind = each.event["type"].removeprefix("support.ticket.")
        if kind == "queued":
            assert each.key not in waiting
            waiting.add(each.key)
        elif kind in ("answered", "abandoned", "left_queue"):
            assert each.key in waiting
            waiting.remove(each.key)


def test_everything_the_contract_knows_happens() -> None:
    # Closing and expiring take a day.
    events = list(contact_centre(1, START_US, 3, end_us=START_US + 50 * HOUR_US))
    data = [each.event["data"] for each in events]
    assert {each["status"] for each in data if "status" in each} == {"open", "pending", "on_hold", "solved", "closed"}
    assert {each["reason"] for each in data if "reason" in each} >= {"spam", "callback", "voicemail", "overflow"}
    assert {each["author"] for each in data if "author" in each} == {"agent", "bot", "customer", "system"}
    assert set(kinds(events)) == {
        "ticket.created",
        "ticket.updated",
        "ticket.message",
        "ticket.status",
        "ticket.queued",
        "ticket.answered",
        "ticket.abandoned",
        "ticket.left_queue",
        "ticket.ended",
        "ticket.handed_off",
        "ticket.merged",
        "ticket.removed",
        "ticket.restored",
        "survey.sent",
        "survey.answered",
        "survey.declined",
        "survey.expired",
    }


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)


def test_there_are_ids_and_words_of_the_contract_but_no_text_and_no_address(hour: list[SimulatedEvent]) -> None:
    allowed = re.compile(r"[A-Za-z0-9._/:-]+")
    assert [text for each in hour for text in strings(each.event) if not allowed.fullmatch(text)] == []
    # Told apart from an id by a mark, not by a look-alike.
    assert "@" not in "".join(text for each in hour for text in strings(each.event))


def abandonment(events: list[SimulatedEvent], start_us: int, end_us: int) -> float:
    told = kinds([each for each in events if start_us <= each.time_us < end_us])
    return told["ticket.abandoned"] / (told["ticket.abandoned"] + told["ticket.answered"])


SPIKE = Spike(3, START_US + 120 * MINUTE_US, START_US + 130 * MINUTE_US)


@pytest.fixture(scope="module")
def spiked() -> list[SimulatedEvent]:
    return run(rate=60, hours=2.5, spikes=(SPIKE,))


def test_abandonment_follows_from_load(spiked: list[SimulatedEvent]) -> None:
    before = abandonment(spiked, START_US + 30 * MINUTE_US, SPIKE.start_us)
    during = abandonment(spiked, SPIKE.start_us, SPIKE.end_us)
    assert 0.02 < before < 0.09
    assert during > 3 * before


def test_most_customers_of_a_normal_day_are_content(spiked: list[SimulatedEvent]) -> None:
    scores = [
        each.event["data"]["score"]
        for each in spiked
        if each.time_us < SPIKE.start_us
        and each.event["type"] == "support.survey.answered"
        and each.event["data"]["kind"] == "csat"
    ]
    assert len(scores) > 500
    assert 0.75 < sum(score >= 4 for score in scores) / len(scores) < 0.87
