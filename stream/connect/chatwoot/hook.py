"""Chatwoot's webhooks: each tells all there is to say, once and unordered; a failed one is not tried again.

(app/listeners/webhook_listener.rb, lib/webhooks/trigger.rb; signed since version 4.13.) A message carries its
conversation: near its beginning that stands in for a ``conversation_created``, which comes late or never.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from stream.connect.chatwoot.message import CSAT
from stream.connect.chatwoot.words import EVENTS, content_type
from stream.connect.fields import SECOND_US, known, mapping, moment_us, number, objects, text
from stream.connect.outcome import Broken
from stream.connect.vendor import Account, Delivery, Hook, Reading, Record, Sample

_NEAR_THE_BEGINNING_US: Final = 600 * SECOND_US
_PARTS: Final = {"status": "status", "team_id": "routing", "priority": "routing"}


def read(delivery: Delivery, account: Account) -> Reading:
    """What a delivery says."""
    content = mapping(delivery.content)
    event = known(content.get("event"), EVENTS, "webhook of a kind that is not known")
    if not text(content.get("event")):
        return Reading(broken=(Broken("webhook", "event is missing: no webhook of Chatwoot"),))
    records = tuple(records_of_event(event, content))
    return Reading(records=records) if records else Reading(passed=(event,))


def records_of_event(event: str, content: Mapping[str, Any]) -> list[Record]:
    """Records of a webhook's body; none where it counts for nothing."""
    if event == "conversation_created":
        return [{"conversation": content, "parts": ("created", "status", "routing if any")}]
    if event in ("conversation_updated", "conversation_status_changed"):
        changed = {name for change in objects(content.get("changed_attributes")) for name in change}
        parts = {_PARTS[name] for name in changed & _PARTS.keys()}
        if event == "conversation_status_changed":
            parts.add("status")
        return [{"conversation": content, "parts": tuple(sorted(parts))}] if parts else []
    is_survey = content_type(content.get("content_type")) == CSAT
    if event == "message_created" or (event == "message_updated" and is_survey):
        conversation = mapping(content.get("conversation"))
        record: Record = {"message": content, "of": number(conversation.get("id"))}
        created_us, at_us = moment_us(conversation.get("created_at")), moment_us(content.get("created_at"))
        if created_us is None or at_us is None or not abs(at_us - created_us) <= _NEAR_THE_BEGINNING_US:
            return [record]
        return [{"conversation": conversation, "parts": ("created",)}, record]
    return []


def _sample(event: str, **fields: Any) -> bytes:
    return json.dumps({"event": event, "account": {"id": 3}, **fields}).encode()


_CONVERSATION: Final = {
    "id": 812,
    "inbox_id": 2,
    "channel": "Channel::Email",
    "status": "open",
    "created_at": 1764234840,
    "updated_at": 1764234902.123456,
    "meta": {"team": {"id": 4}},
}

HOOK: Final = Hook(
    schemes=("chatwoot", "secret_address"),
    read=read,
    delivery_header="x-chatwoot-delivery",
    samples=(
        Sample(
            "an agent answered",
            _sample(
                "message_created",
                id=90211,
                message_type="outgoing",
                private=False,
                content_type="text",
                created_at="2025-11-27T09:15:02.000Z",
                sender={"id": 5, "type": "user"},
                conversation=_CONVERSATION,
            ),
        ),
        Sample(
            "a conversation was resolved",
            _sample(
                "conversation_status_changed",
                **{**_CONVERSATION, "status": "resolved"},
                changed_attributes=[{"status": {"previous_value": "open", "current_value": "resolved"}}],
            ),
        ),
    ),
)


def is_webhook(row: Mapping[str, Any]) -> bool:
    """True for the body of a webhook, as somebody may have kept it."""
    return bool(text(row.get("event"))) and ("conversation" in row or "inbox_id" in row or "account" in row)
