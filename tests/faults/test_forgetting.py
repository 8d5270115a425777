"""Customers that are to be forgotten, by workers that die: figures as if they had never come, and no trace of them."""

from __future__ import annotations

import asyncio
import base64
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from stream.broker.embedded import EmbeddedKafka
from stream.edge.owners.shard_rows import SEGMENTS_KEY
from stream.settings import Settings
from tests.faults.content import Entry, last_values, read_topic, topics_named_like
from tests.faults.customers import COUNTED, REMOVED, customer_events, leaving, traces_of, with_customers
from tests.faults.fleet import Fleet
from tests.faults.producing import configure, producer
from tests.faults.proof import assert_same, contact_events, plan, run
from tests.faults.sender import paced
from tests.patience import wait_until

GONE: Final = tuple(f"planted-{number}-4711" for number in range(12))
IDS, LABELS = traces_of(GONE)
SOURCES: Final = ("tickets", "surveys", "customers")
AS_THEY_ARE_READ: Final = frozenset(
    {"dead_letters", "events", "duplicates", "conflicts", "forgotten", "late", "too_late_for_windows"}
)
"""Where in its topic a dead letter's original lies, and what became of events of those who are forgotten: one that is
read before the removal is an event, or a duplicate, and one that is read after it is neither; late is what comes after
what is newer."""
AT_ONCE: Final = {
    "cleanup_policy": "compact",
    "segment_ms": "500",
    "min_cleanable_dirty_ratio": "0.001",
    "delete_retention_ms": "0",
    "max_message_bytes": "8388608",
}
"""What Kafka does within a day or a month, within seconds."""


def all_lines(seed: int) -> list[bytes]:
    """Tickets, surveys and customers, in any order, much of it twice."""
    dice = random.Random(seed)
    lines = [*with_customers(contact_events(3_500, seed), seed, GONE), *customer_events(1_500, seed)]
    lines += [*leaving(GONE, seed), *dice.sample(lines, 400)]
    dice.shuffle(lines)
    return lines


def holders(settings: Settings, topics: Iterable[str], parts: Sequence[bytes], *, is_compacted: bool) -> Counter[str]:
    """By topic and key, records that hold any of ``parts``, as they are or as base64.

    ``is_compacted``: all that is in the files, committed or not; else what would be left once Kafka has compacted.
    """
    found: Counter[str] = Counter()
    for topic in topics:
        entries = asyncio.run(read_topic(settings, topic, "read_uncommitted" if is_compacted else "read_committed"))
        if not is_compacted and topic != settings.topic_names["dead_letter"]:
            left = last_values(entries).items()
            entries = [Entry(partition, key, value) for (partition, key), value in left]
        for _, key, value in entries:
            content = (key or b"") + b" " + (value or b"")
            carried = [base64.b64decode(text) for text in re.findall(rb'_base64":"([A-Za-z0-9+/=]*)"', content)]
            whole = b" ".join((content, *carried))
            if any(part in whole for part in parts):
                found[f"{topic} {(key or b'')[:40]!r}"] += 1
    return found


def roll(settings: Settings, topics: Iterable[str]) -> None:
    """Write something new into every partition, so that what was there before is no last segment any more."""

    async def write() -> None:
        async with producer(settings) as made:
            await made.client.force_metadata_update()
            for topic in topics:
                for partition in sorted(await made.partitions_for(topic)):
                    await made.send_and_wait(topic, None, key=b"rolled", partition=partition)

    asyncio.run(write())


def test_workers_killed_while_they_forget_leave_no_trace_and_figures_as_without(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    """Compared with a fresh replay that reads all removals first, so that it drops what comes of these customers.

    Rows, facts, logs, panes, snapshots and levels are the same. `AS_THEY_ARE_READ` says what may differ.
    """
    dice = random.Random(7)
    lines = all_lines(21)
    fresh_lines = sorted(lines, key=lambda line: REMOVED not in line)

    def kill(fleet: Fleet) -> None:
        # Two that die in the midst of it, whenever that is, and then some anywhere.
        fleet.wait_until(lambda: fleet.ends[-signal.SIGKILL] == 2, "death while forgetting")
        for _ in range(4):
            time.sleep(dice.uniform(0.2, 1.5))
            fleet.wait_until(lambda: fleet.hit(dice.choice((0, 1, 2)), signal.SIGKILL), "a worker to kill")
        fleet.settle()

    fresh = run(plan(broker.bootstrap_servers, f"{namespace}-fresh", COUNTED), fresh_lines, tmp_path / "fresh")
    hurt_plan = plan(broker.bootstrap_servers, namespace, COUNTED)
    hurt = run(
        hurt_plan,
        lines,
        tmp_path / "hurt",
        workers=3,
        disturb=kill,
        send=paced,
        first={0: ["--die-at", "forgetting", "2"], 1: ["--die-at", "forgotten", "1"]},
    )
    assert hurt.ends[-signal.SIGKILL] == 6
    assert hurt.tally["forgotten"]
    assert_same(hurt, fresh, AS_THEY_ARE_READ)

    settings = hurt_plan.settings
    sources = {settings.topic_names[logical] for logical in SOURCES}
    ours = [
        topic
        for topic in asyncio.run(topics_named_like(settings, namespace))
        if topic not in sources and not topic.startswith(f"{namespace}-fresh")
    ]
    assert {settings.topic_names[logical] for logical in ("changelog", "customer_events", "metrics")} <= {*ours}
    # What Kafka is going to keep: of each key the last record, and every dead letter.
    assert holders(settings, ours, IDS, is_compacted=False) == {}
    in_names = holders(settings, ours, LABELS, is_compacted=False)
    assert {key.split(" ", 1)[1] for key in in_names} <= {repr(SEGMENTS_KEY)}
    # And what it has in its files, once it has compacted.
    assert holders(settings, ours, IDS, is_compacted=True)
    for topic in ours:
        if topic != settings.topic_names["dead_letter"]:
            asyncio.run(configure(settings, topic, **AT_ONCE))
    seen: Counter[str] = Counter()

    def is_gone() -> bool:
        roll(settings, ours)
        seen.clear()
        seen.update(holders(settings, ours, IDS, is_compacted=True))
        return not seen

    wait_until(is_gone, "no topic holds any of the ids", lambda: seen)
