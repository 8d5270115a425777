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
    consumer = AIOKafkaConsumer(
        options.topic,  # no group: the positions are in the database, and one process reads all partitions
        bootstrap_servers=options.bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    async with consumer:
        places = [TopicPartition(options.topic, number) for number in consumer.partitions_for_topic(options.topic)]
        ends, firsts = await consumer.end_offsets(places), await consumer.beginning_offsets(places)
        kept = dict(database.execute("SELECT partition, next_offset FROM positions"))
        (read_at,) = database.execute("SELECT min(read_at) FROM positions").fetchone()
        is_other_topic = any(kept.get(place.partition, 0) > ends[place] for place in places)
        if read_at is None or time.time() - read_at > AWAY_AT_MOST_SECONDS or is_other_topic:
            database.execute("DELETE FROM facts")
            kept = {}
        for place in places:
            consumer.seek(place, kept.get(place.partition, firsts[place]))
        while True:
            batches = (await consumer.getmany(timeout_ms=500)).values()
            at = {place: await consumer.position(place) for place in places}
            with database:
                apply(database, chain(*batches))
                rows = [(place.partition, at[place], time.time()) for place in places]
                database.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", rows)
            if options.once and all(at[place] >= ends[place] for place in places):
                return


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
