"""How soon a gateway answers, and that it loses nothing: ``python -m tests.bench.bench_gateway``.

Deliveries of one event each, at a set rate, to a real gateway before a real Kafka. The time of an answer counts from
when its delivery was due, not from when it was sent: whoever is late makes the next ones late, and that counts too.
What was acknowledged is looked for in the topic. Beside it, in the same run and at the same rate: a producer that
writes the same events itself and waits for each, and GET of the same address, which the gateway answers without reading
or writing anything. Together they are what Kafka, HTTP and this machine take.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import uvloop
from aiokafka import AIOKafkaProducer

from stream.settings import Settings
from tests.bench.benchmark import Benchmark, Result, alone, median, percentile, say
from tests.bench.tables import figure, table
from tests.faults.content import read_all
from tests.integration.gateways import HOOK_SECRET, OWN_HOOK, RealGateway, message
from tests.integration.running import environment, with_topics

_CONNECTIONS: Final = 64
_FLOOR_SECONDS: Final = 10.0
_WARM_UP: Final = (200, 5.0)
_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d+)")
_LENGTH: Final = re.compile(rb"(?i)content-length: (\d+)")
_GET: Final = b"GET /hooks/own HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class _Sent:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.acknowledged: list[int] = []
        self.took_seconds = 0.0


def _deliveries(first: int, count: int) -> list[bytes]:
    """Whole requests, made before the clock runs."""
    head = (
        "POST /hooks/own HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/cloudevents+json\r\n"
        f"X-Webhook-Secret: {HOOK_SECRET}\r\nContent-Length: "
    ).encode()
    bodies = (orjson.dumps(message(number)) for number in range(first, first + count))
    return [b"%s%d\r\n\r\n%s" % (head, len(body), body) for body in bodies]


async def _send(port: int, requests: Sequence[bytes], rate: float) -> _Sent:
    sent = _Sent()
    waiting = iter(enumerate(requests))
    began = time.perf_counter() + 0.2

    async def one_after_the_other() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, request in waiting:
            due = began + number / rate
            if (left := due - time.perf_counter()) > 0:
                await asyncio.sleep(left)
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            if length := _LENGTH.search(answer):
                await reader.readexactly(int(length[1]))
            sent.seconds.append(time.perf_counter() - due)
            found = _STATUS.match(answer)
            status = int(found[1]) if found else 0
            sent.statuses[status] += 1
            if 200 <= status < 300:
                sent.acknowledged.append(number)
        writer.close()

    await asyncio.gather(*(one_after_the_other() for _ in range(min(_CONNECTIONS, len(requests)))))
    sent.took_seconds = time.perf_counter() - began
    return sent


async def _produce(settings: Settings, count: int, rate: float) -> list[float]:
    """Seconds from when each event was due until Kafka had it, without a gateway."""
    seconds: list[float] = []
    topic = settings.topic_names["surveys"]  # nobody counts here
    async with AIOKafkaProducer(
        bootstrap_servers=list(settings.kafka.addresses), acks="all", enable_idempotence=True
    ) as producer:
        began = time.perf_counter() + 0.2

        async def one(number: int) -> None:
            due = began + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            await producer.send_and_wait(topic, orjson.dumps(message(number)), key=b"T-%d" % number)
            seconds.append(time.perf_counter() - due)

        await asyncio.gather(*(one(number) for number in range(count)))
    return seconds


def _cpu_seconds(gateway: RealGateway) -> float:
    found = re.search(rb"^process_cpu_seconds_total (\S+)", asyncio.run(gateway.get("/metrics"))[1], re.MULTILINE)
    return float(found[1]) if found else 0.0


def measure(broker: str, *, cases: Sequence[tuple[int, float, int]]) -> Result:
    """Answers at each rate (a second, for so many seconds, so often), and how many acknowledged are not in the topic.

    What is beside it is measured between the rounds, so that a machine that is busy for a while is busy for all. Of
    each percentile the median of the rounds is told.
    """
    uvloop.install()
    variables = environment(broker, f"bench-gateway-{os.getpid()}", **OWN_HOOK)
    settings = with_topics(variables)
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, RealGateway(variables, Path(folder) / "gateway.log") as gateway:
        port = gateway.wait_ready().ports[0]
        warm_rate, warm_seconds = _WARM_UP
        first = round(warm_rate * warm_seconds)
        asyncio.run(_send(port, _deliveries(0, first), warm_rate))
        for rate, seconds, rounds in cases:
            few = round(rate * min(seconds, _FLOOR_SECONDS))
            told: list[dict[str, float]] = []
            acknowledged: set[str] = set()
            statuses: Counter[int] = Counter()
            for _ in range(rounds):
                count = round(rate * seconds)
                requests, before = _deliveries(first, count), _cpu_seconds(gateway)
                sent = asyncio.run(_send(port, requests, rate))
                used = _cpu_seconds(gateway) - before
                kafka = asyncio.run(_produce(settings, few, rate))
                get = asyncio.run(_send(port, [_GET] * few, rate))
                acknowledged |= {f"m-{first + number}" for number in sent.acknowledged}
                statuses += sent.statuses
                first += count
                told.append(
                    {
                        "reached_per_second": count / sent.took_seconds,
                        "p50_seconds": percentile(sent.seconds, 0.5),
                        "p99_seconds": percentile(sent.seconds, 0.99),
                        "most_seconds": max(sent.seconds),
                        "kafka_p99_seconds": percentile(kafka, 0.99),
                        "get_p99_seconds": percentile(get.seconds, 0.99),
                        "gateway_cores": used / sent.took_seconds,
                        "load": os.getloadavg()[0],
                    }
                )
                say(f"  {rate} deliveries/s: {told[-1]}")
            in_kafka = {json.loads(entry.value or b"")["id"] for entry in asyncio.run(read_all(settings, "tickets"))}
            found[str(rate)] = {
                **{name: median([one[name] for one in told]) for name in told[0]},
                "statuses": {str(status): number for status, number in statuses.items()},
                "acknowledged": len(acknowledged),
                "lost": len(acknowledged - in_kafka),
                "rounds": told,
            }
    return {
        "gateway": found,
        "gateway_p99_seconds": next(iter(found.values()))["p99_seconds"],
        "gateway_lost": sum(one["lost"] for one in found.values()),
    }


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## From a webhook to its answer"
    yield ""
    yield "Each answer is given once Kafka has acknowledged the event. Beside it: a producer without a gateway; a GET."
    yield ""
    yield from table(
        (
            "deliveries/s",
            "reached",
            "acknowledged",
            "lost",
            "p50 s",
            "p99 s",
            "p99 s of Kafka alone",
            "p99 s of a GET",
            "cores",
        ),
        [
            (
                figure(int(rate)),
                figure(one["reached_per_second"]),
                figure(one["acknowledged"]),
                figure(one["lost"]),
                *(figure(one[f"{name}_seconds"]) for name in ("p50", "p99", "kafka_p99", "get_p99")),
                figure(one["gateway_cores"]),
            )
            for rate, one in part["gateway"].items()
        ],
    )


BENCHMARK: Final = Benchmark(
    "gateway",
    measure,
    {
        "tiny": {"cases": ((50, 1.0, 1),)},
        "quick": {"cases": ((200, 5.0, 3),)},
        "full": {"cases": ((200, 10.0, 5), (1_000, 60.0, 1))},
    },
    ("gateway", "gateway_p99_seconds", "gateway_lost"),
    section,
)

if __name__ == "__main__":
    alone(BENCHMARK)
