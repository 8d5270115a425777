"""Bytewax, as its documentation shows it: keyed streams and stateful maps; run with a recovery folder.

``python -m bytewax.recovery FOLDER 1``, then ``python -m bytewax.run bytewax_flow.py -r FOLDER -s 5 -b 0``.
State survives in snapshots every 5 s; at least once. Its windows would say a minute only once it has closed, so the
minutes are keyed here.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage
from bytewax.connectors.kafka import operators as kafka
from bytewax.dataflow import Dataflow
from confluent_kafka import OFFSET_BEGINNING


@dataclass
class Ticket:
    channel: str = ""
    created_ms: int = 0
    answered: bool = False
    events: int = 0


def follow(ticket: Ticket | None, event: dict[str, Any]) -> tuple[Ticket, dict[str, Any] | None]:
    ticket = ticket or Ticket()
    at_ms = round(datetime.fromisoformat(event["time"]).timestamp() * 1000)
    ticket.events += 1
    if event["type"] == "support.ticket.created":
        ticket.channel, ticket.created_ms = event["data"]["channel"], at_ms
    answers = event["type"] == "support.ticket.answered" or event["data"].get("author") == "agent"
    if not answers or ticket.answered:
        return ticket, None
    ticket.answered = True
    return ticket, {"channel": ticket.channel, "minute": at_ms // 60_000, "waited_ms": at_ms - ticket.created_ms}


def count(minute: dict[str, Any] | None, reply: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if minute is None:
        minute = {"channel": reply["channel"], "minute": reply["minute"], "count": 0, "sum_ms": 0}
    minute["count"] += 1
    minute["sum_ms"] += reply["waited_ms"]
    return minute, dict(minute)


BROKERS = [os.environ["BROKER"]]

flow = Dataflow("simple")
read = kafka.input("read", flow, brokers=BROKERS, topics=[os.environ["SOURCE"]], starting_offset=OFFSET_BEGINNING)
events = op.map("decode", read.oks, lambda message: (message.key.decode(), json.loads(message.value)))
followed = op.stateful_map("follow", events, follow)
replies = op.filter_map("replies", followed, lambda item: item[1])
keyed = op.key_on("minute", replies, lambda reply: f"{reply['channel']}|{reply['minute']}")
counted = op.stateful_map("count", keyed, count)
rows = op.map("encode", counted, lambda item: KafkaSinkMessage(item[0].encode(), json.dumps(item[1]).encode()))
kafka.output("write", rows, brokers=BROKERS, topic=os.environ["SINK"])
