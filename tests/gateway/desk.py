"""A small vendor, as the frame wants one: fat deliveries, doorbells, a ping, a challenge, and what is broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from stream.connect.options import Options
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account, Delivery, Hook, Reading, Record, Sample, Vendor
from stream.sources.cloudevents import cloud_event

SECRET = "a secret of the desk"
OTHER_SECRET = "the next secret of the desk"
STRANGER = "nobody gave this secret"
STREAM_EPOCH = "2026-11-27T10:00:00Z"


def translate(record: Record, account: Account) -> Iterator[Outcome]:
    if "at" not in record:
        yield Broken(f"message {record['id']}", "at is missing: the time of the message")
        return
    if record.get("draft"):
        yield Passed("draft")
        return
    data = {"author": "agent", "public": True}
    subject = str(record["ticket"])
    yield cloud_event(account.source, f"{subject}-m{record['id']}", "ticket.message", subject, record["at"], data=data)


def read(delivery: Delivery, account: Account) -> Reading:
    content: Any = delivery.content
    if not isinstance(content, dict):
        return Reading(broken=(Broken("", "the body is no object"),))
    match content.get("kind"):
        case "ping":
            return Reading(passed=("ping",))
        case "messages":
            return Reading(records=tuple(content["messages"]))
        case "changed":
            return Reading(doorbells=(str(content["ticket"]),))
        case "hello":
            return Reading(answer=str(content["word"]))
        case "defect":
            raise KeyError(content["text"])
        case other:
            return Reading(passed=(str(other),))


DESK = Vendor(
    name="desk",
    title="A desk that is made up",
    options=Options,
    translate=translate,
    hook=Hook(
        schemes=("deskpulse", "github", "secret_header", "secret_address"),
        read=read,
        challenge_header="x-desk-challenge",
        delivery_header="x-desk-delivery",
        accepted_status=202,
        samples=(
            Sample(
                "two messages",
                orjson.dumps(
                    {
                        "kind": "messages",
                        "messages": [
                            {"id": 1, "ticket": 7, "at": STREAM_EPOCH},
                            {"id": 2, "ticket": 7, "draft": True, "at": ""},
                        ],
                    }
                ),
            ),
        ),
    ),
)


def messages(*ids: int, ticket: int = 4711, **more: Any) -> bytes:
    """A delivery of messages."""
    found = [{"id": number, "ticket": ticket, "at": STREAM_EPOCH, **more} for number in ids]
    return orjson.dumps({"kind": "messages", "messages": found})


def told(kind: str, **more: Any) -> bytes:
    """A delivery of another kind."""
    return orjson.dumps({"kind": kind, **more})
