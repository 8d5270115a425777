"""The simple job in our engine, in a bare loop, and in what one would pick instead.

``python -m tests.bench.bench_simple``. What the job is, and each way of doing it: peers/README.md. All get the
same events, one after the other, and after each round what they wrote must be what is right. Slow ones get fewer, and
fewer rounds (catalogue.py): the table says how many.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any, Final

import uvloop
from aiokafka import AIOKafkaConsumer

from stream.settings import Settings
from tests.bench.benchmark import Benchmark, Result, alone, say
from tests.bench.builds import best_tree, paths_of
from tests.bench.contestant import Contestant
from tests.bench.layout import make_topics, sender_to
from tests.bench.peers.catalogue import PEERS, Peer
from tests.bench.peers.environments import MissingError
from tests.bench.race import Round, median_cpu_us, median_eps, run_round
from tests.bench.simple_job import Expected, Sink
from tests.bench.supply import Supply
from tests.bench.tables import NONE, figure, table

_PARTITIONS: Final = Settings().topics.partitions
_WARM_UP_EVENTS: Final = 2_000
_DEADLINE_SECONDS: Final = 60.0
_ATTEMPTS: Final = 2


async def _rounds(broker: str, peer: Peer, events: int, rounds: int, make: bool) -> list[Round]:
    name = f"bench{secrets.token_hex(4)}"
    source, sink_topic = f"{name}-source", f"{name}-sink"
    expected, supply = Expected(), Supply()
    with tempfile.TemporaryDirectory(prefix=f"bench-{peer.name}-") as folder:
        variables = {"BROKER": broker, "SOURCE": source, "SINK": sink_topic, "NAME": name, "FOLDER": folder}
        variables["PARTITIONS"] = str(_PARTITIONS)
        command = peer.start(variables, make)
        if command[0] == sys.executable:
            variables |= paths_of(best_tree())
        # Faust would make its own topics, but where the broker shows them late it reads nothing of them for minutes, or
        # takes them for topics of no partitions. The bare loop's changelog is made here as well.
        own = ("changelog", "replies", "tickets-changelog", "minutes-changelog")
        await make_topics(broker, dict.fromkeys((source, *(f"{name}-{one}" for one in own)), _PARTITIONS))
        await make_topics(broker, {sink_topic: 1}, **{"message.timestamp.type": "LogAppendTime"})
        sink = Sink(
            AIOKafkaConsumer(bootstrap_servers=broker, isolation_level="read_committed", auto_offset_reset="earliest"),
            sink_topic,
        )
        await sink.start()

        def messages(count: int) -> list[Any]:
            chosen = ((source, key, value) for _, topic, key, value in supply.take(count) if topic == "tickets")
            return expected.add(chosen)

        try:
            async with sender_to(broker) as sender:
                await sender.send(sender.batches(messages(_WARM_UP_EVENTS), _PARTITIONS))
                with Contestant(peer.name, command, variables) as contestant:
                    await sink.await_same(expected.minutes, contestant, _DEADLINE_SECONDS)
                    return [
                        await run_round(
                            [contestant],
                            sender,
                            messages(events),
                            _PARTITIONS,
                            lambda: sink.await_same(expected.minutes, contestant, _DEADLINE_SECONDS),
                        )
                        for _ in range(rounds)
                    ]
        finally:
            await sink.stop()


async def _numbers(broker: str, peer: Peer, events: int, rounds: int, make: bool) -> Result:
    """What it reached, or why it did not. Raises what went wrong with one that the others are compared with."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            found = await _rounds(broker, peer, events, rounds, make)
        except MissingError as error:
            say(f"    left out: {error}")
            return {"left_out": str(error)}
        except (AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            # Some hang now and then when they join their group; the others' numbers are no worse for that.
            say(f"    attempt {attempt}: {error}")
            if peer.is_reference and attempt == _ATTEMPTS:
                raise
            failed = str(error).partition("\n")[0]
        else:
            return {"eps": median_eps(found), "cpu_us": median_cpu_us(found)}
    return {"failed": failed}


async def _measure(broker: str, events: int, rounds: int, make: bool, only: str) -> Result:
    result: Result = {"peers": {}}
    for peer in PEERS:
        if only and peer.name not in only.split(","):
            continue
        say(f"  {peer.title}")
        count, times = peer.size(events, rounds)
        about: Result = {"title": peer.title, "version": peer.version(), "guarantee": peer.guarantee}
        about |= {"events": count, "rounds": times}
        result["peers"][peer.name] = {**about, **await _numbers(broker, peer, count, times, make)}
    for key, name in (
        ("simple_eps", "simple"),
        ("raw_changelog_eps", "raw_changelog"),
        ("plain_faust_eps", "plain_faust"),
    ):
        result[key] = result["peers"].get(name, {}).get("eps")
    return result


def measure(broker: str, *, events: int, rounds: int, make: bool = False, only: str = "") -> Result:
    """Medians of ``rounds`` rounds of ``events`` events each. ``make``: make environments that are missing."""
    uvloop.install()
    return asyncio.run(_measure(broker, events, rounds, make, only))


def section(part: Result) -> Iterator[str]:
    """Its part of the page."""
    yield "## The simple job, in what one would pick instead"
    yield ""
    yield "Decode, keep a state for each ticket, add up first answers by channel and minute, survive a crash:"
    yield "[tests/bench/peers](../tests/bench/peers/README.md), each as its documentation shows it. All had the same"
    yield "kind of input, and what each wrote was checked after every round. Slow ones had fewer events and rounds."
    yield ""
    reference = part.get("raw_changelog_eps")
    rows = []
    for peer in sorted(part["peers"].values(), key=lambda peer: -peer.get("eps", 0)):
        if "eps" in peer:
            of_reference = figure(peer["eps"] / reference) if reference else NONE
            size = f"{peer['rounds']} of {figure(peer['events'])}"
            numbers = (figure(peer["eps"]), size, of_reference, figure(peer["cpu_us"]))
        else:
            numbers = (peer.get("left_out") or f"failed: {peer['failed']}", NONE, NONE, NONE)
        rows.append((peer["title"], peer["version"], peer["guarantee"], *numbers))
    yield from table(
        ("", "Version", "Guarantee", "events/s", "rounds", "of the loop with changelog", "processor µs an event"), rows
    )


BENCHMARK: Final = Benchmark(
    "simple",
    measure,
    {
        "tiny": {"events": 400, "rounds": 1},
        "quick": {"events": 20_000, "rounds": 3},
        "full": {"events": 100_000, "rounds": 5, "make": True},
    },
    ("simple_eps", "raw_changelog_eps", "plain_faust_eps", "peers"),
    section,
)

if __name__ == "__main__":
    alone(BENCHMARK)
