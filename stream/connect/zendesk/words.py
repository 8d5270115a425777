"""Zendesk's words, in the spellings of its several feeds, and what they mean here.

Webhooks write in upper case, the API in lower case, Fivetran with a dash (``on-hold``); ``via`` is an object in audits
and a name for people in incremental ticket events.
"""

from __future__ import annotations

from typing import Final

from stream.connect.fields import known, mapping, number, text, word
from stream.connect.options import StatusMeaning
from stream.domain.events import Author

STATUSES: Final[dict[str, StatusMeaning]] = {
    "new": "new",
    "open": "open",
    "pending": "pending",
    "hold": "on_hold",
    "solved": "solved",
    "closed": "closed",
    "deleted": "removed",
    "archived": "ignored",
    "scrubbed": "ignored",
}
PRIORITIES: Final = frozenset({"low", "normal", "high", "urgent"})
ROLES: Final[dict[str, Author]] = {
    "end-user": "customer",
    "end_user": "customer",
    "not set": "customer",
    "agent": "agent",
    "admin": "agent",
}
SYSTEM_AUTHOR: Final = "-1"
"""Author of what Zendesk does by itself."""

_SPOKEN: Final = {
    "mail": "email",
    "web form": "web",
    "web service": "api",
    "web service (api)": "api",
    "web widget": "web_widget",
    "closed ticket": "closed_ticket",
    "trigger": "rule",
    "automation": "rule",
    "rules": "rule",
    "business rule": "rule",
    "ticket merge": "system",
    "phone call (inbound)": "voice",
    "phone call (outbound)": "voice",
    "phone call (incoming)": "voice",
    "phone call (outgoing)": "voice",
    "voicemail": "voice",
    "mobile sdk": "mobile_sdk",
    "messaging": "native_messaging",
    "facebook post": "facebook",
    "facebook message": "facebook",
    "twitter dm": "twitter",
    "twitter like": "twitter",
}
VIAS: Final = frozenset(
    [
        "web",
        "email",
        "api",
        "rule",
        "system",
        "mobile",
        "mobile_sdk",
        "voice",
        "phone",
        "chat",
        "native_messaging",
        "web_widget",
        "web_service",
        "sms",
        "facebook",
        "twitter",
        "twitter_dm",
        "instagram_dm",
        "whatsapp",
        "line",
        "wechat",
        "telegram",
        "viber",
        "kakaotalk",
        "messenger",
        "any_channel",
        "answer_bot_for_web_widget",
        "answer_bot_for_sdk",
        "answer_bot_for_slack",
        "answer_bot_api",
        "side_conversation",
        "closed_ticket",
        "sample_ticket",
        "sample_interactive_ticket",
        "help_center",
        "helpcenter",
        "forum",
        "group",
        "group_deletion",
        "ticket_sharing",
        "ticket_tagging",
        "linked_problem",
        "logmein_rescue",
        "iphone",
        "get_satisfaction",
        "dropbox",
        "recovered_ticket",
        "suspended_ticket",
        "user_change",
        "user_deletion",
        "user_merge",
        "github",
        "symphony",
        "apple_business_chat",
        "google_rcs",
        "sunshine_conversations_api",
        "sunshine_conversations_facebook_messenger",
    ]
)
"""Ways in which tickets and comments come. Any other is ``other`` unless the options name it."""

AUDIT_KINDS: Final = frozenset(
    [
        "Create",
        "Change",
        "Comment",
        "VoiceComment",
        "VoiceApiComment",
        "CommentPrivacyChange",
        "CommentRedactionEvent",
        "AttachmentRedactionEvent",
        "Notification",
        "NotificationWithCcs",
        "FollowerNotificationEvent",
        "FollowerChange",
        "Cc",
        "EmailCcChange",
        "SatisfactionRating",
        "SurveyOffered",
        "SurveyResponseSubmitted",
        "ChatStartedEvent",
        "ChatEndedEvent",
        "ChatFileRedactionEvent",
        "TicketSharingEvent",
        "OrganizationActivity",
        "Error",
        "External",
        "FacebookEvent",
        "FacebookComment",
        "LogMeInTranscript",
        "Push",
        "Tweet",
        "SMS",
        "SmsNotification",
        "KnowledgeLinked",
        "KnowledgeLinkAccepted",
        "KnowledgeLinkRejected",
        "KnowledgeCaptured",
        "KnowledgeFlagged",
        "ArticleSuggestion",
        "AgentMacroReference",
        "MacroReference",
        "AssociateAttValsEvent",
        "ScheduleAssignment",
        "SlaTargetChange",
        "WorkspaceChanged",
        "ChannelBackEvent",
        "ChannelBackFailedEvent",
        "CollabThreadCreated",
        "CollabThreadReply",
        "CollabThreadClosed",
        "CollabThreadReopened",
        "UserCustomFieldEvent",
        "TicketUnshareEvent",
        "RuleRevision",
    ]
)
HISTORY_FIELDS: Final = frozenset(
    [
        "assignee_id",
        "requester_id",
        "submitter_id",
        "organization_id",
        "brand_id",
        "ticket_form_id",
        "type",
        "subject",
        "tags",
        "due_at",
        "problem_id",
        "is_public",
        "collaborator_ids",
        "follower_ids",
        "sla_policy",
        "custom_status_id",
        "satisfaction_score",
        "satisfaction_comment",
        "satisfaction_reason_code",
        "locale_id",
    ]
)
_CHANNELS: Final = {
    "voice": "phone",
    "native_messaging": "chat",
    "chat": "chat",
    "web_widget": "web",
    "web_service": "api",
    "mobile_sdk": "mobile",
}
_AUTOMATIC: Final = frozenset({"rule", "system"})


def via_word(via: object) -> str:
    """The word for how something came: of an audit's object, or of an incremental event's name for people."""
    raw = via.get("channel") if isinstance(via, dict) else mapping(via).get("channel", via)
    said = text(raw).strip().lower()
    return _SPOKEN.get(said) or word(said.replace(" ", "_"))


def channel_of(via: str, chosen: dict[str, str]) -> str:
    """The channel of a ticket that came ``via`` (a `via_word`)."""
    return chosen.get(via) or _CHANNELS.get(via) or (known(via, VIAS, "other") if via else "unknown")


def is_automatic(via: str) -> bool:
    """True for what triggers, automations and Zendesk itself do."""
    return via in _AUTOMATIC


def status_of(value: object, chosen: dict[str, StatusMeaning]) -> StatusMeaning | None:
    """What a status means; None: it is not known."""
    said = text(value).strip().lower()
    said = {"on-hold": "hold", "on_hold": "hold"}.get(said, said)
    return chosen.get(said) or STATUSES.get(said)


def priority_of(value: object) -> str:
    """One of Zendesk's four, or nothing."""
    said = text(value).strip().lower()
    return said if said in PRIORITIES else ""


def author_number(value: object) -> str:
    """The digits of a user's id, ``-1`` for Zendesk itself, or nothing."""
    return SYSTEM_AUTHOR if str(value) == SYSTEM_AUTHOR else number(value)
