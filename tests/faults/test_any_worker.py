"""Any worker shows the numbers, wherever they are; also when their owner is killed while a client looks on."""

from __future__ import annotations

import asyncio
import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stream.broker.embedded import EmbeddedKafka
from tests.faults.fleet import Fleet
from tests.faults.producing import send, tickets
from tests.integration.running import environment, with_topics
from tests.patience import PATIENCE_SECONDS

FEW_ROWS = {
    "TOPICS__PARTITIONS": "3",
    "GROUP_BY__NAMES": "all",
    "WINDOWS__ROLLING": "1h",
    "HTTP__PORT": "0",
    "KAFKA__SESSION_TIMEOUT_SECONDS": "4",
    "KAFKA__HEARTBEAT_INTERVAL_SECONDS": "0.5",
}


def get(url: str) -> tuple[int, Any]:
    """Status and JSON; status 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
    except OSError:
        return 0, None


def open_tickets(address: str) -> list[int]:
    """What a worker says of the numbers, whether they are its own or not."""
    _, body = get(f"{address}api/rows?metric=open_tickets&by=all&window=now")
    return [row["value"] for row in body["rows"]] if body else []


def wait_for(fleet: Fleet, index: int, wanted: list[int]) -> None:
    address = fleet.address(index)
    fleet.wait_until(lambda: open_tickets(address) == wanted, f"{wanted} at worker {index}")


def ready(fleet: Fleet, index: int, query: str = "") -> int:
    return get(f"{fleet.address(index)}readyz{query}")[0]


def boards(address: str) -> Iterator[dict[str, Any]]:
    """The boards that a page there shows, as long as the stream lasts; asked for anew for ever, as the page does it."""
    while True:
        try:
            with urllib.request.urlopen(f"{address}api/stream", timeout=PATIENCE_SECONDS) as stream:
                for line in stream:
                    if line.startswith(b"data: ") and b'"tiles"' in line:
                        yield json.loads(line[6:])
        except OSError:
            continue


def test_every_worker_shows_the_numbers_and_goes_on_when_their_owner_is_killed(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **FEW_ROWS)
    settings = with_topics(variables)
    with Fleet(3, variables, tmp_path) as fleet:
        owner = fleet.rollup_owner()
        others = [index for index in fleet.running() if index != owner]
        asyncio.run(send(settings, tickets(0, 5)))
        for index in (owner, *others):
            wait_for(fleet, index, [5])
        everybody = [owner, *others]
        fleet.wait_until(lambda: [ready(fleet, index) for index in everybody] == [200] * 3, "all ready")
        assert [ready(fleet, index, "?numbers=1") for index in everybody] == [200, 503, 503]

        shown = boards(fleet.address(others[0]))
        assert next(shown)["state"] == "live"
        fleet.retire(owner, signal.SIGKILL)
        asyncio.run(send(settings, tickets(5, 2)))
        for board in shown:
            if [row["value"] for row in board["rows"] if row["metric"] == "open_tickets"] == [7]:
                assert board["state"] == "live"
                break
        fleet.settle()
        for index in others:
            wait_for(fleet, index, [7])
