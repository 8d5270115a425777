"""Keeps the facts as a table in SQLite: upserts, deletions, and a position that survives restarts.

    python examples/consumers/facts_to_sqlite.py --bootstrap localhost:9092 --database facts.sqlite

Rows and position are one SQLite transaction, so nothing is lost or applied twice. Needs aiokafka.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import time
from collections.abc import Iterable
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

AWAY_AT_MOST_SECONDS = 20 * 3600  # a tombstone may vanish after 24 h: whoever was away longer missed retractions
TABLES = """CREATE TABLE IF NOT EXISTS facts (key PRIMARY KEY, ticket, fact, time, value, channel, team, priority);
CREATE TABLE IF NOT EXISTS positions (partition INTEGER PRIMARY KEY, next_offset INTEGER, read_at REAL);"""


def apply(database: sqlite3.Connection, records: Iterable[Any]) -> None:
    """Of one key the last record counts; all records of a key lie in one partition, in order."""
    for record in records:
        key = record.key.decode()
        if record.value is None:
            database.execute("DELETE FROM facts WHERE key = ?", (key,))
            continue
        row = json.loads(record.value)
        place = [row["segment"][name] for name in ("channel", "team", "priority")]
        values = (key, row["ticket"], row["fact"], row["time"], row["value"], *place)
        database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


async def run(options: argparse.Namespace, database: sqlite3.Connection) -> None:
    """Go on from where the database stands; with ``--once`` up to the end of the topic as it is now."""
    # No group: the positions are in the database, and one process reads all partitions.
    reading = {"isolation_level": "read_committed", "auto_offset_reset": "earliest"}
    async with AIOKafkaConsumer(options.topic, bootstrap_servers=options.bootstrap, **reading) as consumer:
        places = [TopicPartition(options.topic, number) for number in consumer.partitions_for_topic(options.topic)]
        ends, kept = await consumer.end_offsets(places), dict.fromkeys(places, (0, 0.0))
        for number, *position in database.execute("SELECT partition, next_offset, read_at FROM positions"):
            kept[TopicPartition(options.topic, number)] = tuple(position)
        is_other_topic = any(kept[place][0] > ends[place] for place in places)
        read_at = {place: 0.0 if is_other_topic else kept[place][1] for place in places}
        for place in places:
            consumer.seek(place, kept[place][0])
        at, heard_at = dict.fromkeys(places, -1), dict.fromkeys(places, 0.0)
        while not options.once or any(not heard_at[place] or at[place] < ends[place] for place in places):
            batches = list((await consumer.getmany(timeout_ms=500)).values())
            heard_at = {place: (consumer.last_poll_timestamp(place) or 0) / 1000 for place in places}
            with database:
                if any(heard_at[place] - read_at[place] > AWAY_AT_MOST_SECONDS for place in places):
                    database.execute("DELETE FROM facts")
                    batches, read_at = [], dict.fromkeys(places, time.time())
                    await consumer.seek_to_beginning(*places)
                apply(database, chain(*batches))
                at = {place: await consumer.position(place) for place in places}
                # Neither a silent broker nor a table that is still being read is up to date.
                read_at |= {p: heard_at[p] for p in places if heard_at[p] and at[p] >= consumer.last_stable_offset(p)}
                rows = [(place.partition, at[place], read_at[place]) for place in places]
                database.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--topic", default="support.facts.v1")
    parser.add_argument("--database", default="facts.sqlite")
    parser.add_argument("--once", action="store_true", help="end at the end of the topic")
    arguments = parser.parse_args()
    with sqlite3.connect(arguments.database) as opened:
        opened.executescript(TABLES)
        asyncio.run(run(arguments, opened))
