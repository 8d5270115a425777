"""Quix Streams, as its documentation shows it: stateful apply, group_by, a tumbling window.

State survives in changelog topics; at least once (its default).
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from quixstreams import Application, State
from quixstreams.dataframe.windows import Count, Sum


def time_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def follow(event: dict[str, Any], state: State) -> dict[str, Any] | None:
    ticket = state.get("ticket", {"channel": "", "created_ms": 0, "answered": False, "events": 0})
    at_ms = time_ms(event["time"])
    ticket["events"] += 1
    if event["type"] == "support.ticket.created":
        ticket["channel"], ticket["created_ms"] = event["data"]["channel"], at_ms
    answers = event["type"] == "support.ticket.answered" or event["data"].get("author") == "agent"
    reply = None
    if answers and not ticket["answered"]:
        ticket["answered"] = True
        reply = {"channel": ticket["channel"], "at_ms": at_ms, "waited_ms": at_ms - ticket["created_ms"]}
    state.set("ticket", ticket)
    return reply


def main() -> None:
    app = Application(
        broker_address=os.environ["BROKER"],
        consumer_group=os.environ["NAME"],
        auto_offset_reset="earliest",
        state_dir=os.environ["FOLDER"],
    )
    source = app.topic(
        os.environ["SOURCE"],
        value_deserializer="json",
        timestamp_extractor=lambda value, *_: time_ms(value["time"]),
    )
    sink = app.topic(os.environ["SINK"], value_serializer="json")
    replies = app.dataframe(source).apply(follow, stateful=True).filter(lambda reply: reply is not None)
    minutes = (
        replies.group_by("channel")
        # Partitions are not read in step; what comes late must count.
        .tumbling_window(timedelta(minutes=1), grace_ms=timedelta(days=1))
        .agg(count=Count(), sum_ms=Sum("waited_ms"))
        .current()
    )
    minutes.apply(
        lambda window, key, *_: {
            "channel": key,
            "minute": window["start"] // 60_000,
            "count": window["count"],
            "sum_ms": window["sum_ms"],
        },
        metadata=True,
    ).to_topic(sink)
    app.run()


if __name__ == "__main__":
    main()
