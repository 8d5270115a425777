"""Follows the spikes: tells those that fire already, then each one that fires, grows worse or resolves, once.

    python examples/consumers/alerts_follower.py --bootstrap localhost:9092

One JSON object on each line: ``what`` is firing, critical or resolved, ``row`` the alert. Wake people for critical: a
warning, such as one without a baseline (``row["baseline"]["is_established"]`` is false), can wait. Needs aiokafka.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

Alert = dict[str, Any]


def news(before: Alert | None, now: Alert) -> str | None:
    """What has become of an alert, or None: most revisions only bring its numbers up to date."""
    if before is not None and now["revision"] <= before["revision"]:
        return None
    if now["status"] == "resolved":
        return "resolved" if before is None or before["status"] == "firing" else None
    if before is None:
        return "firing"
    return "critical" if now["severity"] == "critical" != before["severity"] else None


async def follow(bootstrap: str, topic: str) -> None:
    """Run until interrupted."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",  # or somebody is woken by an alert that was never published
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    alerts: dict[bytes, Alert] = {}
    place = TopicPartition(topic, 0)  # the topic has one partition, always
    async with consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        is_loaded = False
        while True:
            for record in (await consumer.getmany(place, timeout_ms=500)).get(place, []):
                if record.value is None:  # a tombstone: it was resolved long ago and is forgotten
                    alerts.pop(record.key, None)
                    continue
                before, now = alerts.get(record.key), json.loads(record.value)
                alerts[record.key] = now
                what = news(before, now)
                if is_loaded and what is not None:
                    tell(what, now)
            if not is_loaded and await consumer.position(place) >= end:
                is_loaded = True
                for alert in alerts.values():
                    if alert["status"] == "firing":
                        tell("firing", alert)


def tell(what: str, alert: Alert) -> None:
    """Here is the place to page somebody: ``alert["alert"]`` is the id to deduplicate by."""
    print(json.dumps({"what": what, "row": alert}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", default="localhost:9092")
    parser.add_argument("--topic", default="support.alerts.v1")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(follow(options.bootstrap, options.topic))
