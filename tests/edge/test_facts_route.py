"""`/api/facts`: its parameters, its answer, and what it says when it cannot answer."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from stream.domain.segments import segment_of
from stream.domain.subjects import customer_segment
from stream.edge.kafka.fact_tail import FactQuery
from stream.edge.kafka.recent_facts import FoundFacts
from stream.edge.owners.view import EMPTY_VIEW
from stream.edge.serve import facts_route
from stream.edge.serve.facts_route import FactLookups, parse_fact_query
from stream.edge.serve.http_server import HttpServer
from stream.edge.serve.selection import QueryError
from stream.errors import UnavailableError
from stream.metrics import registry
from stream.settings import HttpSettings, Settings
from tests.golden.desk import NOW, FixedState, view
from tests.patience import PATIENCE_SECONDS

NOW_US = NOW * 1_000_000
FACT = {"ticket": "T-1", "fact": "abandoned/1", "time": "2025-11-22T08:59:00Z", "value": 45.0, "segment": {}}


class Kafka:
    """Stands for the facts topic: ``answer`` is what a lookup gives, or raises."""

    def __init__(self) -> None:
        self.asked: list[tuple[FactQuery, int]] = []
        self.answer: FoundFacts | Exception = FoundFacts([FACT], truncated=False)
        self.released: asyncio.Event | None = None

    async def __call__(self, _: Settings, query: FactQuery, limit: int) -> FoundFacts:
        self.asked.append((query, limit))
        if self.released is not None and len(self.asked) <= facts_route.MAX_LOOKUPS:
            await self.released.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    stand_in = Kafka()
    monkeypatch.setattr(facts_route, "find_facts", stand_in)
    return stand_in


@pytest.fixture
def address(kafka: Kafka) -> Iterator[str]:
    server = HttpServer(HttpSettings(port=0), FixedState(view()))
    yield f"http://127.0.0.1:{server.start()}/api/facts"
    server.stop()


def get(url: str) -> tuple[int, dict[str, Any], str | None]:
    """Status, JSON and the header Retry-After."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, json.loads(answer.read()), None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), error.headers["Retry-After"]


def test_what_is_not_given_has_a_default() -> None:
    assert parse_fact_query({"fact": "csat"}, NOW_US, registry()) == (
        FactQuery("csat", "all", {}, NOW_US - 900_000_000),
        50,
    )


def test_every_parameter() -> None:
    given = {"fact": "abandoned", "by": "channel_priority", "channel": "phone", "priority": "", "minutes": "1440"}
    query, limit = parse_fact_query({**given, "limit": "500"}, NOW_US, registry())
    assert query == FactQuery(
        "abandoned", "channel_priority", {"channel": "phone", "priority": ""}, NOW_US - 86_400_000_000
    )
    assert limit == 500


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "fact is missing: allowed: first_response, "),
        ({"fact": "abandoned/1"}, "fact='abandoned/1': allowed: first_response, "),
        (
            {"fact": "csat", "by": "colour"},
            "by='colour': allowed: all, or channel, team, priority joined by _ in this order",
        ),
        ({"fact": "csat", "by": "team"}, "team is missing: with by=team allowed, and needed: team"),
        (
            {"fact": "csat", "by": "channel_team", "channel": "phone", "team": "a", "priority": "high"},
            "priority='high': with by=channel_team allowed, and needed: channel and team",
        ),
        ({"fact": "csat", "team": "a"}, "team='a': with by=all allowed, and needed: none of channel, team, priority"),
        ({"fact": "csat", "minutes": "0"}, "minutes='0': allowed: a whole number from 1 to 1440"),
        ({"fact": "csat", "minutes": "1441"}, "minutes='1441': allowed: a whole number from 1 to 1440"),
        ({"fact": "csat", "minutes": "1.5"}, "minutes='1.5': allowed: a whole number from 1 to 1440"),
        ({"fact": "csat", "limit": "501"}, "limit='501': allowed: a whole number from 1 to 500"),
        ({"fact": "csat", "limit": "-1"}, "limit='-1': allowed: a whole number from 1 to 500"),
        ({"fact": "csat", "limit": "\u0663"}, "limit='\u0663': allowed: a whole number from 1 to 500"),
        ({"fact": "csat", "limit": "9" * 5000}, f"limit='{'9' * 64}': allowed: a whole number from 1 to 500"),
        ({"fact": "csat", "window": "1h"}, "'window' is no parameter here: allowed: fact, by, channel, team, "),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value_and_what_is_allowed(parameters: dict[str, str], said: str) -> None:
    with pytest.raises(QueryError) as told:
        parse_fact_query(parameters, NOW_US, registry())
    assert str(told.value).startswith(said)


def test_the_answer_says_what_was_asked_and_where_it_is_from(address: str, kafka: Kafka) -> None:
    status, answer, _ = get(f"{address}?fact=abandoned&by=channel&channel=phone&minutes=60&limit=1")
    assert status == 200
    assert answer == {
        "topic": "support.facts.v1",
        "fact": "abandoned",
        "by": "channel",
        "segment": {"channel": "phone"},
        "since": "2025-11-22T08:00:00Z",
        "now": "2025-11-22T09:00:00Z",
        "facts": [FACT],
        "truncated": False,
    }
    assert kafka.asked == [(FactQuery("abandoned", "channel", {"channel": "phone"}, NOW_US - 3_600_000_000), 1)]


def test_who_is_in_a_level_is_answered_from_the_view(kafka: Kafka) -> None:
    segment = segment_of("email", "billing", "high")
    told = {(3, "sla_resolution_due_in_15m", segment): ((NOW_US + 60_000_000, "T-7"), (NOW_US + 90_000_000, "T-8"))}
    server = HttpServer(HttpSettings(port=0), FixedState(msgspec.structs.replace(view(), members=told)))
    try:
        url = f"http://127.0.0.1:{server.start()}/api/facts?level=promises_due_in_15m"
        status, answer, _ = get(f"{url}&by=channel&channel=email&limit=1")
        assert get(f"{url}&by=channel&channel=phone")[1]["tickets"] == []
        assert get(f"{url}&fact=csat")[0] == 400
    finally:
        server.stop()
    assert (status, kafka.asked) == (200, [])
    assert answer == {
        "level": "promises_due_in_15m@1",
        "by": "channel",
        "segment": {"channel": "email"},
        "now": "2025-11-22T09:00:00Z",
        "count": 0,
        "tickets": [
            {
                "ticket": "T-7",
                "level": "sla_resolution_due_in_15m",
                "time": "2025-11-22T09:01:00Z",
                "seconds_left": 60.0,
                "segment": {"channel": "email", "team": "billing", "priority": "high"},
            }
        ],
        "truncated": True,
    }


def test_which_customers_are_in_a_level_is_answered_with_their_ids(kafka: Kafka) -> None:
    settings = Settings.model_validate({"customers": {"enabled": True}})
    place = (0, "customers_at_risk", customer_segment("gold", "EMEA", ""))
    told = {place: ((NOW_US - 60_000_000, "\x1eC-7"), (NOW_US - 30_000_000, "\x1eC-8"))}
    server = HttpServer(
        HttpSettings(port=0), FixedState(msgspec.structs.replace(view(), members=told), settings=settings)
    )
    try:
        url = f"http://127.0.0.1:{server.start()}/api/facts?level=customers_at_risk"
        status, answer, _ = get(f"{url}&by=tier_region&tier=gold&region=EMEA&limit=1")
        assert get(f"{url}&by=tier&tier=silver")[1]["customers"] == []
        assert get(f"{url}&by=channel&channel=phone")[0] == 400
        assert get(f"{url}&limit=501")[0] == 400
    finally:
        server.stop()
    assert (status, kafka.asked) == (200, [])
    assert answer == {
        "level": "bad_answer_and_open_ticket@1",
        "by": "tier_region",
        "segment": {"tier": "gold", "region": "EMEA"},
        "now": "2025-11-22T09:00:00Z",
        "count": None,
        "customers": [
            {
                "customer": "C-7",
                "level": "customers_at_risk",
                "time": "2025-11-22T08:59:00Z",
                "seconds_since": 60.0,
                "segment": {"tier": "gold", "region": "EMEA", "segment": ""},
            }
        ],
        "truncated": True,
    }


def test_a_wrong_parameter_is_a_400(address: str, kafka: Kafka) -> None:
    status, answer, _ = get(f"{address}?fact=mood")
    assert (status, kafka.asked) == (400, [])
    assert answer["error"].startswith("fact='mood': allowed: ")


def test_without_kafka_it_is_a_503_that_says_what_to_do(address: str, kafka: Kafka) -> None:
    kafka.answer = UnavailableError("Kafka does not answer: is it running?")
    assert get(f"{address}?fact=csat") == (503, {"error": "Kafka does not answer: is it running?"}, "2")
    kafka.answer = FoundFacts([], truncated=False)
    assert get(f"{address}?fact=csat")[0] == 200


async def refused(lookups: FactLookups, client: str = "192.0.2.9") -> str:
    with pytest.raises(UnavailableError) as told:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await lookups.find({"fact": "csat"}, client)
    return str(told.value)


def test_more_lookups_than_are_allowed_at_once_are_refused(kafka: Kafka) -> None:
    async def run() -> None:
        kafka.released = asyncio.Event()
        lookups = FactLookups(FixedState(view()))
        running = [asyncio.create_task(lookups.find({"fact": "csat"}, client)) for client in "aabb"]
        await asyncio.sleep(0)
        assert await refused(lookups) == "4 lookups are under way; ask again in 2 s"
        kafka.released.set()
        await asyncio.gather(*running)
        assert (await lookups.find({"fact": "csat"}, "a"))["facts"] == [FACT]

    asyncio.run(run())


def test_one_address_does_not_take_all_lookups(kafka: Kafka) -> None:
    async def run() -> None:
        kafka.released = asyncio.Event()
        lookups = FactLookups(FixedState(view()))
        running = [asyncio.create_task(lookups.find({"fact": "csat"}, "a")) for _ in range(2)]
        await asyncio.sleep(0)
        assert await refused(lookups, "a") == "2 lookups from this address are under way; ask again in 2 s"
        running.append(asyncio.create_task(lookups.find({"fact": "csat"}, "b")))
        kafka.released.set()
        assert [found["facts"] for found in await asyncio.gather(*running)] == [[FACT]] * 3

    asyncio.run(run())


def test_a_worker_without_the_numbers_does_not_know_the_time_of_a_replay(kafka: Kafka) -> None:
    told = asyncio.run(refused(FactLookups(FixedState(EMPTY_VIEW, now=0))))
    assert told.startswith("this worker knows no time of events")
