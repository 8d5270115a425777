"""The simple job by hand: aiokafka, msgspec, dictionaries, and a changelog topic.

Changed tickets and minutes are written every 100 ms, then the offsets are committed: at least once, and counted again
after a crash. Nothing is bounded, checked, or handed over; rows are those of one process that reads all partitions.
"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import datetime
from typing import Any

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

COMMIT_SECONDS = 0.1


class Data(msgspec.Struct):
    channel: str = ""
    author: str = ""


class Event(msgspec.Struct):
    type: str
    subject: str
    time: str
    data: Data


class Ticket(msgspec.Struct):
    channel: str = ""
    created_ms: int = 0
    answered: bool = False
    events: int = 0


class Minute(msgspec.Struct):
    channel: str
    minute: int
    count: int = 0
    sum_ms: int = 0


async def write(producer: AIOKafkaProducer, topic: str, partition: int, rows: list[tuple[bytes, bytes]]) -> list[Any]:
    sent = []
    batch = producer.create_batch()
    for key, value in rows:
        if batch.append(key=key, value=value, timestamp=None) is None:
            batch.close()
            sent.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    if rows:
        batch.close()
        sent.append(await producer.send_batch(batch, topic, partition=partition))
    return sent


async def run(broker: str, name: str, source: str, sink: str) -> None:
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=broker,
        group_id=name,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 << 20,
    )
    producer = AIOKafkaProducer(bootstrap_servers=broker, acks="all", max_batch_size=1 << 18)
    await consumer.start()
    await producer.start()
    decode = msgspec.json.Decoder(Event).decode
    encode = msgspec.json.Encoder().encode
    tickets: dict[str, Ticket] = {}
    minutes: dict[tuple[str, int], Minute] = {}
    changed: dict[int, dict[str, Ticket]] = {}
    counted: dict[tuple[str, int], Minute] = {}
    due = time.monotonic() + COMMIT_SECONDS
    while True:
        for place, records in (await consumer.getmany(timeout_ms=50, max_records=2000)).items():
            touched = changed.setdefault(place.partition, {})
            for record in records:
                event = decode(record.value)
                subject = event.subject
                ticket = tickets.get(subject)
                if ticket is None:
                    ticket = tickets[subject] = Ticket()
                touched[subject] = ticket
                ticket.events += 1
                if event.type == "support.ticket.created":
                    ticket.channel = event.data.channel
                    ticket.created_ms = round(datetime.fromisoformat(event.time).timestamp() * 1000)
                elif not ticket.answered and (event.type == "support.ticket.answered" or event.data.author == "agent"):
                    ticket.answered = True
                    at_ms = round(datetime.fromisoformat(event.time).timestamp() * 1000)
                    key = (ticket.channel, at_ms // 60_000)
                    minute = minutes.get(key)
                    if minute is None:
                        minute = minutes[key] = Minute(*key)
                    counted[key] = minute
                    minute.count += 1
                    minute.sum_ms += at_ms - ticket.created_ms
        if time.monotonic() < due or not changed:
            continue
        sent: list[Any] = []
        for partition, touched in changed.items():
            rows = [(subject.encode(), encode(ticket)) for subject, ticket in touched.items()]
            sent += await write(producer, f"{name}-changelog", partition, rows)
        rows = [(f"{minute.channel}|{minute.minute}".encode(), encode(minute)) for minute in counted.values()]
        sent += await write(producer, sink, 0, rows)
        await asyncio.gather(*sent)
        await consumer.commit()
        changed, counted = {}, {}
        due = time.monotonic() + COMMIT_SECONDS


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(run(*(os.environ[name] for name in ("BROKER", "NAME", "SOURCE", "SINK"))))
