"""Two further dimensions with a real worker and a real broker: topics, gauges, lookups and boards know them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import orjson

from stream.broker.embedded import EmbeddedKafka
from stream.replay.results import final_content
from tests.integration.running import RealWorker, environment, event, send, with_topics

BRANDS = ("Acme", "Zeta")


def contacts() -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for number in range(6):
        brand, name = BRANDS[number % 2], f"T-{number}"
        attributes = {"brand": brand, "region": "eu" if number < 4 else "us", "colour": "red"}
        events += [
            event(name, "ticket.created", 60, channel="phone", team="billing", attributes=attributes),
            event(name, "ticket.queued", 60),
            event(name, "ticket.answered", 50),
        ]
    # Moved to another brand, and out of its region.
    events.append(event("T-5", "ticket.updated", 40, attributes={"brand": "Acme"}, cleared_attributes=["region"]))
    return events


def test_numbers_by_brand_and_region_are_in_topics_gauges_lookups_and_boards(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(
        broker.bootstrap_servers,
        namespace,
        TOPICS__PARTITIONS="2",
        DIMENSIONS="channel,team,priority,brand,region",
        GROUP_BY__NAMES="all,channel,brand,brand_region",
        EXPORT__GROUP_BYS="*",
        EXPORT__COUNTERS_BY="brand",
    )
    settings = with_topics(variables)
    with RealWorker(variables, tmp_path / "worker.log") as worker:
        worker.wait_ready()
        send(settings, contacts())

        def offered(**labels: str) -> list[float]:
            return worker.samples("contacts_offered_in_window", window="1h", **labels)

        worker.wait_until(lambda: offered(by="brand", brand="Acme") == [4], "all contacts, the moved one at its brand")
        assert offered(by="all") == [6]
        assert offered(by="brand", brand="Zeta") == [2]
        assert offered(by="brand_region", brand="Acme", region="eu") == [2]
        assert offered(by="brand_region", brand="Acme", region="") == [1]
        assert sum(worker.samples("contacts_offered_total", brand="Acme")) >= 3
        board = json.loads(worker.get("/api/rows?metric=contacts_offered&by=brand&window=1h")[1])
        shown = {row["segment"]["brand"]: row["value"] for row in board["rows"]}
        assert shown == {"Acme": 4, "Zeta": 2}
        found: list[tuple[int, str]] = []

        def looked_up() -> bool:
            # 503 where Kafka took too long, as on a machine that is busy with others.
            found.append(worker.get("/api/facts?fact=answered&by=brand_region&brand=Zeta&region=eu"))
            return found[-1][0] != 503

        worker.wait_until(looked_up, "facts")
        assert {fact["ticket"] for fact in json.loads(found[-1][1])["facts"]} == {"T-1", "T-3"}

    rows = [orjson.loads(row) for row in asyncio.run(final_content(settings, "metrics")).values()]
    written = {row["segment"].get("brand") for row in rows if row["by"] == "brand"}
    assert written == set(BRANDS)
    facts = [orjson.loads(fact) for fact in asyncio.run(final_content(settings, "facts")).values()]
    assert {tuple(fact["segment"]) for fact in facts} == {("channel", "team", "priority", "brand", "region")}
