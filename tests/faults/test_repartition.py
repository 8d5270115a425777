"""More partitions: the command is killed again and again, and what is left is as if there had always been so many."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.domain.counters import RETRACTED
from stream.domain.partials import decode_cells, parse_segment_key
from stream.edge.kafka.connection import admin_client
from stream.edge.kafka.growth import grow, members_of
from stream.edge.kafka.topics import ensure_topics
from stream.errors import ConfigError
from stream.replay.plan import Plan
from stream.replay.results import log_ends
from stream.replay.routing import Router
from stream.replay.send import Place
from stream.settings import Settings
from tests.faults.content import last_values, read_all
from tests.faults.customers import COUNTED, customer_events
from tests.faults.fleet import Fleet
from tests.faults.producing import producer
from tests.faults.proof import (
    Outcome,
    assert_revisions_complete,
    assert_same,
    at_once,
    contact_events,
    final_rows,
    plan,
    run,
    wait_counted,
)
from tests.patience import PATIENCE_SECONDS

ELSEWHERE = frozenset({"dead_letters", "late", "too_late_for_windows", "levels"})
"""Lines lie in other partitions: so do the bad ones, and what counts as late. In a replay a shard's now is its newest
event, which may be of a ticket that has gone elsewhere: what it says of levels depends on that, what is published does
not.
"""


def planned(broker: EmbeddedKafka, name: str, partitions: int, before: str = "") -> Plan:
    grown = {"DESKPULSE_TOPICS__GROWN_FROM": before} if before else {}
    return plan(broker.bootstrap_servers, name, {**COUNTED, **grown}, partitions)


def command(at: Plan, *arguments: str) -> tuple[int, str]:
    """Exit code and output of ``deskpulse topics``."""
    done = subprocess.run(
        [sys.executable, "-m", "stream", "topics", *arguments],
        env={**os.environ, **at.environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def repartition(at: Plan, partitions: int, *more: str) -> tuple[int, str]:
    return command(at, "--repartition", str(partitions), "--yes", *more)


def refused(at: Plan) -> str:
    """What a worker says that must not start."""
    done = subprocess.run(
        [sys.executable, "-m", "stream", "worker"],
        env={**os.environ, **at.environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == ConfigError.exit_code, done.stderr
    assert "holding shards" not in done.stderr
    return done.stderr


def count(at: Plan, lines: list[bytes], sent: Counter[Place], folder: Path, workers: int = 2) -> Mapping[str, int]:
    """Send, let workers count, and stop them; gives what became of all events so far."""
    folder.mkdir(parents=True)
    with Fleet(workers, at.environ, folder) as fleet:
        sent.update(at_once(at, lines))
        tally = wait_counted(at, sent, fleet.check)
        fleet.settle()
        assert [fleet.retire(index) for index in range(workers)] == [0] * workers
        # One that is stopped while the others share out what it held is missed by the end of its session.
        fleet.wait_until(lambda: not asyncio.run(members(at.settings)), "a group without members")
    return tally


async def members(settings: Settings) -> int:
    async with admin_client(settings.kafka) as admin:
        return await members_of(admin, settings.installation)


def kills(dice: random.Random, fewer: int, more: int) -> list[list[str]]:
    """Five places to die at, each of which is passed."""
    points = [
        ("moving_locked", dice.randint(1, fewer)),
        ("moving_staged", dice.randint(1, more)),
        ("moving_grown", dice.randint(1, 3)),
        ("in_transaction", dice.randint(1, fewer + more)),
        ("committed", dice.randint(1, fewer + more)),
    ]
    return [["--die-at", point, str(number)] for point, number in dice.sample(points, len(points))]


def counters(settings: Settings) -> Counter[tuple[str, str]]:
    """By segment and measure, what the state of all partitions has counted, without what it took back."""
    total: Counter[tuple[str, str]] = Counter()
    for (_, key), row in last_values(asyncio.run(read_all(settings, "changelog"))).items():
        if key.startswith(b"c|"):
            for name, cell in decode_cells(row).items():
                sign = -1 if name.startswith(RETRACTED) else 1
                total[parse_segment_key(key), name.removeprefix(RETRACTED)] += sign * cell.count
    return Counter({key: number for key, number in total.items() if number})


def assert_as_ever(at: Plan, tally: Mapping[str, int], fresh: Plan, expected: Outcome, *but: str) -> None:
    """All rows of an installation that has grown are those of one that always had so many partitions."""
    outcome = Outcome(asyncio.run(final_rows(at)), tally, expected.sent, {})
    assert_same(outcome, expected, ELSEWHERE | {*but})
    assert counters(at.settings) == counters(fresh.settings)
    places: dict[bytes, list[int]] = {}
    for partition, key in last_values(asyncio.run(read_all(at.settings, "facts"))):
        places.setdefault(key, []).append(partition)
    assert [key for key, found in places.items() if len(found) > 1] == []
    assert_revisions_complete(asyncio.run(read_all(at.settings, "metrics")))


def grow_and_compare(broker: EmbeddedKafka, name: str, folder: Path, dice: random.Random, counts: list[int]) -> int:
    """Through these numbers of partitions, killed so often on the way: as if the last had been there all along."""
    lines = [*contact_events(3000, seed=21), *customer_events(900, seed=22)]
    dice.shuffle(lines)
    steps = [planned(broker, name, at, ",".join(map(str, counts[:number]))) for number, at in enumerate(counts)]
    asyncio.run(ensure_topics(steps[0].settings, create=True)).require_usable()
    sent: Counter[Place] = Counter()
    tally: Mapping[str, int] = {}
    killed = 0
    for number, at in enumerate(steps):
        if number:
            before, fewer, more = steps[number - 1], counts[number - 1], counts[number]
            for way in kills(dice, fewer, more):
                # Whoever runs it again may have the new settings by then.
                code, said = repartition(dice.choice([before, at]), more, *way)
                assert code == -signal.SIGKILL, f"{way}: {said}"
                killed += 1
                if "moving_staged" in way:
                    assert f"topics --repartition {more} --yes" in refused(at)
            assert "topics --repartition" in refused(before)
            assert f"topics --repartition {more} --yes" in refused(at)
            code, said = repartition(before, more)
            assert code == 0, said
            assert f"DESKPULSE_TOPICS__PARTITIONS={more}" in said
            assert f"The state for {more} partitions was there already" in repartition(at, more)[1]
        tally = count(at, lines[number :: len(counts)], sent, folder / str(number))
    fresh = planned(broker, f"{name}-fresh", counts[-1])
    expected = run(fresh, lines, folder / "fresh")
    assert_as_ever(steps[-1], tally, fresh, expected)
    return killed


def test_four_become_eight_however_often_it_is_killed(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, seed: int
) -> None:
    assert grow_and_compare(broker, namespace, tmp_path, random.Random(seed), [4, 8]) == 5


@pytest.mark.long
def test_four_become_eight_become_twelve_killed_ten_times(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, seed: int
) -> None:
    assert grow_and_compare(broker, namespace, tmp_path, random.Random(seed), [4, 8, 12]) == 10


def test_partitions_that_somebody_added_under_running_workers_and_producers_are_made_good(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    """Some events came by the new number before workers noticed, some by the old one after it."""
    old, new = planned(broker, namespace, 4), planned(broker, namespace, 6, "4")
    asyncio.run(ensure_topics(old.settings, create=True)).require_usable()
    lines = [*contact_events(3000, seed=23, duplicates=0), *customer_events(900, seed=24)]
    random.Random(3).shuffle(lines)
    sent: Counter[Place] = Counter()
    by_the_new = [line for line in lines[2::4] if Router(6, takes_customers=True)(line)[1] < 4]
    asyncio.run(send_by(old.settings, 6, by_the_new, sent))
    count(old, lines[0::4], sent, tmp_path / "before")
    asyncio.run(add_partitions(old.settings, 6))
    later = [line for line in lines[2::4] if line not in {*by_the_new}]
    asyncio.run(send_by(old.settings, 4, lines[1::4], sent))
    asyncio.run(send_by(old.settings, 6, [*later, *lines[3::4]], sent))
    code, said = repartition(old, 6)
    assert code == 0, said
    assert "lay in two partitions, and are one again" in said
    assert "events that lay in partitions of before were written again" in said
    (tmp_path / "after").mkdir()
    with Fleet(2, new.environ, tmp_path / "after") as fleet:
        ends = asyncio.run(log_ends(new.settings, new.settings.source_topics))
        tally = wait_counted(new, ends, fleet.check, count=len(lines))
        fresh = planned(broker, f"{namespace}-fresh", 6)
        expected = run(fresh, lines, tmp_path / "fresh")
        assert_as_ever(new, tally, fresh, expected, "misrouted")


async def send_by(settings: Settings, partitions: int, lines: Iterable[bytes], sent: Counter[Place]) -> None:
    """Send as a producer does that knows of so many partitions."""
    route = Router(partitions, takes_customers=True)
    async with producer(settings) as made:
        for line in lines:
            logical, partition, key = route(line)
            await made.send(settings.topic_names[logical], line, key=key, partition=partition)
            sent[settings.topic_names[logical], partition] += 1
        await made.flush()


async def add_partitions(settings: Settings, partitions: int) -> None:
    async with admin_client(settings.kafka) as admin:
        for logical in settings.source_topics:
            await grow(admin, settings.topic_names[logical], partitions)


def test_what_does_not_allow_it_is_said_and_changes_nothing(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    at = planned(broker, namespace, 2)
    asyncio.run(ensure_topics(at.settings, create=True)).require_usable()
    lines = contact_events(300, seed=25)
    sent: Counter[Place] = Counter()
    tmp_path.joinpath("run").mkdir()
    with Fleet(1, at.environ, tmp_path / "run") as fleet:
        sent.update(at_once(at, lines))
        wait_counted(at, sent, fleet.check)
        fleet.settle()
        assert says(repartition(at, 4), "1 workers are in the group", "then stop all of them")
        assert fleet.retire(0) == 0
    assert says(repartition(at, 1), "there are 2 partitions, and Kafka cannot take any away")
    other = plan(broker.bootstrap_servers, namespace, {**COUNTED, "DESKPULSE_DEFINITIONS__CLOCK_SKEW_SECONDS": "7"}, 2)
    assert says(repartition(other, 4), "made under other settings")
    code, said = command(at, "--repartition", "4")
    assert code == 0
    assert "Nothing has been changed" in said
    sent.update(at_once(at, lines[:7]))
    assert says(repartition(at, 4), "7 events are still to be counted", "start the workers")
    # Not one of these keeps workers with the present settings from going on.
    count(at, lines[7:9], sent, tmp_path / "on", workers=1)


def test_what_was_interrupted_before_topics_grew_can_be_given_up(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    at, more = planned(broker, namespace, 2), planned(broker, namespace, 3, "2")
    asyncio.run(ensure_topics(at.settings, create=True)).require_usable()
    lines = contact_events(600, seed=26)
    sent: Counter[Place] = Counter()
    count(at, lines[0::3], sent, tmp_path / "first", workers=1)
    assert repartition(at, 3, "--die-at", "moving_staged", "2")[0] == -signal.SIGKILL
    assert "--repartition 3 --yes" in refused(at)
    assert says(repartition(at, 4), "on its way to 3 partitions")
    assert says(repartition(at, 2), "Given up", code=0)
    # What the new state holds by now is not true any more, and not used later.
    count(at, lines[1::3], sent, tmp_path / "second", workers=1)
    assert says(repartition(at, 3), "have gone to another partition", code=0)
    tally = count(more, lines[2::3], sent, tmp_path / "third", workers=1)
    fresh = planned(broker, f"{namespace}-fresh", 3)
    expected = run(fresh, lines, tmp_path / "fresh")
    assert_as_ever(more, tally, fresh, expected)


def says(done: tuple[int, str], *words: str, code: int = ConfigError.exit_code) -> bool:
    found, said = done
    assert found == code, said
    for word in words:
        assert word in said
    return True
