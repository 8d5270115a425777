"""Plain Faust, as its documentation shows it: records, a table, a second topic keyed anew, a windowed table.

State survives in Faust's changelog topics; at least once, and counted again after a crash.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import faust


class Data(faust.Record):
    channel: str = ""
    author: str = ""


class Event(faust.Record):
    type: str
    subject: str
    time: str
    data: Data


class Ticket(faust.Record):
    channel: str = ""
    created_ms: int = 0
    answered: bool = False
    events: int = 0


class Reply(faust.Record):
    channel: str
    at: float
    waited_ms: int


class Minute(faust.Record):
    count: int = 0
    sum_ms: int = 0


PARTITIONS = int(os.environ["PARTITIONS"])

app = faust.App(
    os.environ["NAME"],
    broker=f"kafka://{os.environ['BROKER']}",
    topic_partitions=PARTITIONS,
    datadir=os.environ["FOLDER"],
)
events = app.topic(os.environ["SOURCE"], key_type=str, value_type=Event)
replies = app.topic(
    f"{os.environ['NAME']}-replies", key_type=str, value_type=Reply, internal=True, partitions=PARTITIONS
)
sink = app.topic(os.environ["SINK"])

tickets = app.Table("tickets", default=Ticket)
minutes = app.Table("minutes", default=Minute).tumbling(timedelta(minutes=1)).relative_to_field(Reply.at)


@app.agent(events)
async def follow(stream: faust.Stream[Event]) -> None:
    async for event in stream:
        ticket = tickets[event.subject]
        at = datetime.fromisoformat(event.time).timestamp()
        ticket.events += 1
        if event.type == "support.ticket.created":
            ticket.channel, ticket.created_ms = event.data.channel, round(at * 1000)
        answers = event.type == "support.ticket.answered" or event.data.author == "agent"
        if answers and not ticket.answered:
            ticket.answered = True
            waited_ms = round(at * 1000) - ticket.created_ms
            await replies.send(key=ticket.channel, value=Reply(channel=ticket.channel, at=at, waited_ms=waited_ms))
        tickets[event.subject] = ticket


@app.agent(replies)
async def count(stream: faust.Stream[Reply]) -> None:
    async for reply in stream:
        window = minutes[reply.channel]
        minute = window.value()
        minute.count += 1
        minute.sum_ms += reply.waited_ms
        minutes[reply.channel] = minute
        await sink.send(
            key=reply.channel,
            value={
                "channel": reply.channel,
                "minute": int(reply.at // 60),
                "count": minute.count,
                "sum_ms": minute.sum_ms,
            },
        )


if __name__ == "__main__":
    app.main()
