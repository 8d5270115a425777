"""Pathway, as its documentation shows it: tables, group-bys, a join; kept up to date as events come.

State survives by persistence: its input is recorded in a folder and replayed; at least once in the free edition.
"""

from __future__ import annotations

import os
from datetime import datetime

import pathway as pw


class Event(pw.Schema):
    type: str
    subject: str
    time: str
    data: pw.Json


@pw.udf
def time_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def settings(**more: str) -> dict[str, str]:
    return {"bootstrap.servers": os.environ["BROKER"], **more}


def main() -> None:
    events = pw.io.kafka.read(
        settings(**{"group.id": os.environ["NAME"], "auto.offset.reset": "earliest"}),
        topic=os.environ["SOURCE"],
        format="json",
        schema=Event,
        name="events",
        autocommit_duration_ms=100,
    )
    timed = events.select(
        ticket=pw.this.subject,
        type=pw.this.type,
        at_ms=time_ms(pw.this.time),
        channel=pw.this.data.get("channel").as_str(),
        author=pw.this.data.get("author").as_str(),
    )
    created = timed.filter(pw.this.type == "support.ticket.created")
    answers = timed.filter((pw.this.type == "support.ticket.answered") | (pw.this.author == "agent"))
    counts = timed.groupby(pw.this.ticket).reduce(pw.this.ticket, events=pw.reducers.count())
    first = answers.groupby(pw.this.ticket).reduce(pw.this.ticket, at_ms=pw.reducers.min(pw.this.at_ms))
    tickets = created.join(first, created.ticket == first.ticket).select(
        ticket=first.ticket,
        channel=created.channel,
        minute=first.at_ms // 60_000,
        waited_ms=first.at_ms - created.at_ms,
    )
    pw.io.null.write(counts)
    minutes = tickets.groupby(pw.this.channel, pw.this.minute).reduce(
        pw.this.channel,
        pw.this.minute,
        count=pw.reducers.count(),
        sum_ms=pw.reducers.sum(pw.this.waited_ms),
    )
    pw.io.kafka.write(minutes, settings(), topic_name=os.environ["SINK"], format="json")
    kept = pw.persistence.Config(pw.persistence.Backend.filesystem(os.environ["FOLDER"]))
    pw.run(monitoring_level=pw.MonitoringLevel.NONE, persistence_config=kept)


if __name__ == "__main__":
    main()
