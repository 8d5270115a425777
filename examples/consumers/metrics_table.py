"""The current numbers as a table: reads the metrics topic to its end, prints the rows, and follows their changes.

    python examples/consumers/metrics_table.py --bootstrap localhost:9092 --metric abandonment --by channel --follow

One JSON row on each line. Needs aiokafka. It keeps no offsets: the topic is the table, read from its beginning.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition


class Table:
    """The rows by key. ``watermark``: the highest seen; everything up to it has been counted."""

    def __init__(self) -> None:
        self.rows: dict[bytes, dict[str, Any]] = {}
        self.watermark = ""

    def apply(self, key: bytes, value: bytes | None) -> dict[str, Any] | None:
        """Put a record into the table; gives the row, or None when there is nothing to show."""
        if value is None:  # a tombstone: the group has no data in any window any more
            self.rows.pop(key, None)
            return None
        row: dict[str, Any] = json.loads(value)
        self.watermark = max(self.watermark, row["watermark"] or "")
        self.rows[key] = row
        return row


async def run(options: argparse.Namespace) -> None:
    """Print the table, and with ``--follow`` every row that changes after that."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=options.bootstrap,
        isolation_level="read_committed",  # or rows of aborted transactions are shown
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    table, place = Table(), TopicPartition(options.topic, 0)  # the topic has one partition, always
    async with consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        is_loaded = False
        while options.follow or not is_loaded:
            for record in (await consumer.getmany(place, timeout_ms=500)).get(place, []):
                row = table.apply(record.key, record.value)
                show([row] if is_loaded and row else [], options)
            # Markers of transactions take offsets too: compare the position, do not count records.
            if not is_loaded and await consumer.position(place) >= end:
                is_loaded = True
                show(table.rows.values(), options)
                print(f"{len(table.rows)} rows, watermark {table.watermark or 'unknown'}", file=sys.stderr)


def show(rows: Iterable[dict[str, Any]], options: argparse.Namespace) -> None:
    """Print those rows that are asked for."""
    wanted = {name: value for name in ("metric", "by", "window") if (value := getattr(options, name))}
    for row in rows:
        if wanted.items() <= row.items():
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--topic", default="support.metrics.v1")
    parser.add_argument("--metric", help="only rows of this metric")
    parser.add_argument("--by", help="only rows of this grouping; never add up rows of several")
    parser.add_argument("--window", help="only rows of this window, e.g. 15m; levels have the window now")
    parser.add_argument("--follow", action="store_true", help="go on, and print every change")
    asyncio.run(run(parser.parse_args()))
