"""Chatwoot's words, as webhooks write them, and the numbers that stand for them in its API and database."""

from __future__ import annotations

from typing import Final

from stream.connect.fields import number, text, word
from stream.connect.options import StatusMeaning

STATUSES: Final[dict[str, StatusMeaning]] = {
    "open": "open",
    "resolved": "solved",
    "pending": "new",
    "snoozed": "pending",
}
PRIORITIES: Final = frozenset({"low", "medium", "high", "urgent"})

EVENTS: Final = frozenset(
    [
        "conversation_created",
        "conversation_updated",
        "conversation_status_changed",
        "conversation_opened",
        "conversation_resolved",
        "conversation_typing_on",
        "conversation_typing_off",
        "message_created",
        "message_updated",
        "message_incoming",
        "message_outgoing",
        "contact_created",
        "contact_updated",
        "inbox_created",
        "inbox_updated",
        "webwidget_triggered",
    ]
)
"""Kinds of webhooks."""

_STATUS_NUMBERS: Final = ("open", "resolved", "pending", "snoozed")
_PRIORITY_NUMBERS: Final = ("low", "medium", "high", "urgent")
_MESSAGE_TYPES: Final = ("incoming", "outgoing", "activity", "template")
_CONTENT_TYPES: Final = {"9": "input_csat"}
_CHANNELS: Final = {
    "WebWidget": "chat",
    "Email": "email",
    "Api": "api",
    "Whatsapp": "whatsapp",
    "FacebookPage": "facebook",
    "Instagram": "instagram",
    "TwitterProfile": "twitter",
    "TwilioSms": "sms",
    "Sms": "sms",
    "Telegram": "telegram",
    "Line": "line",
    "Voice": "phone",
}


def status_word(value: object) -> str:
    """One of Chatwoot's words; nothing where it is none."""
    return _named(value, _STATUS_NUMBERS)


def priority_word(value: object) -> str:
    """One of Chatwoot's four, or nothing."""
    return _named(value, _PRIORITY_NUMBERS)


def message_type(value: object) -> str:
    """incoming, outgoing, activity or template; nothing where it is none."""
    return _named(value, _MESSAGE_TYPES)


def content_type(value: object) -> str:
    """The word for what a message holds."""
    return _CONTENT_TYPES.get(number(value), word(value))


def channel_of(kind: object, chosen: dict[str, str]) -> str:
    """The channel of ``Channel::WebWidget``; nothing where it is no class of a channel."""
    name = word(text(kind).removeprefix("Channel::"))
    return (chosen.get(name) or _CHANNELS.get(name) or "other") if name else ""


def sender_kind(value: object) -> str:
    """user, contact, agent_bot, ... of ``User``, ``AgentBot``, ``Captain::Assistant``."""
    return {"agentbot": "agent_bot", "captain::assistant": "captain_assistant"}.get(
        word(value).lower(), word(value).lower()
    )


def _named(value: object, names: tuple[str, ...]) -> str:
    said = text(value).strip().lower()
    if said in names:
        return said
    place = number(value)
    return names[int(place)] if place and int(place) < len(names) else ""
