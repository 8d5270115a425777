"""A small Chatwoot account for tests: one history in the shapes of webhooks, API and database; with personal data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.connect.zendesk_account import PLANTED, START_SECONDS, TEXT, iso

ROW_OFFSET = 70_000
"""The database numbers conversations otherwise than people see them."""

STATUS = ("open", "resolved", "pending", "snoozed")
TYPES = ("incoming", "outgoing", "activity", "template")
PRIORITY = ("low", "medium", "high", "urgent")
MICROSECONDS = 123_456


@dataclass(frozen=True)
class State:
    """A conversation at one moment; ``changed`` names what differs from the moment before."""

    number: int
    at_seconds: int
    status: str = "open"
    team: int | None = None
    priority: str | None = None
    was: str | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """A message; ``sender`` is its type and number."""

    number: int
    conversation: int
    at_seconds: int
    kind: str
    sender: tuple[str, int] | None
    private: bool = False
    attributes: dict[str, Any] | None = None
    content: str = "text"


class ChatwootAccount:
    """Conversations, each with its moments, and messages; message numbers count from 500."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.messages: list[Message] = []
        self.responses: list[dict[str, Any]] = []
        self._began: dict[int, int] = {}

    def state(self, number: int, at_seconds: int, **fields: Any) -> ChatwootAccount:
        """The conversation begins, or changes."""
        before = next((state for state in reversed(self.states) if state.number == number), None)
        if before is None:
            self._began[number] = at_seconds
            self.states.append(State(number, at_seconds, **fields))
        else:
            self.states.append(
                replace(before, at_seconds=at_seconds, was=before.status, changed=tuple(fields), **fields)
            )
        return self

    def message(
        self, conversation: int, at_seconds: int, kind: str, sender: Any = None, **more: Any
    ) -> ChatwootAccount:
        """Somebody wrote."""
        self.messages.append(Message(500 + len(self.messages), conversation, at_seconds, kind, sender, **more))
        return self

    def response(self, conversation: int, message: int, rating: int, at_seconds: int) -> ChatwootAccount:
        """An answer of a survey."""
        self.responses.append(
            {
                "id": 40 + len(self.responses),
                "rating": rating,
                "feedback_message": TEXT,
                "account_id": 3,
                "message_id": message,
                "conversation_id": conversation,
                "contact": {"name": TEXT, "email": PLANTED[1]},
                "assigned_agent": {"id": 5, "name": TEXT},
                "created_at": START_SECONDS + at_seconds,
            }
        )
        return self

    def conversation(self, state: State) -> dict[str, Any]:
        """As webhooks and the API have it, but for what webhooks add."""
        return {
            "id": state.number,
            "account_id": 3,
            "inbox_id": 2,
            "channel": "Channel::Email",
            "status": state.status,
            "priority": state.priority,
            "created_at": START_SECONDS + self._began[state.number],
            "updated_at": float(f"{START_SECONDS + state.at_seconds}.{MICROSECONDS}"),
            "timestamp": START_SECONDS + state.at_seconds,
            "last_activity_at": START_SECONDS + state.at_seconds,
            "labels": [TEXT],
            "additional_attributes": {"mail_subject": TEXT, "browser": {TEXT: TEXT}},
            "custom_attributes": {TEXT: TEXT},
            "contact_inbox": {"source_id": PLANTED[1]},
            "messages": [{"id": 1, "content": TEXT, "sender": {"name": TEXT, "email": PLANTED[1]}}],
            "meta": {
                "sender": {"id": 9, "name": TEXT, "email": PLANTED[1], "phone_number": PLANTED[2], "type": "contact"},
                "assignee": {"id": 5, "name": TEXT, "type": "user"},
                "team": {"id": state.team, "name": TEXT} if state.team else None,
                "channel": "Channel::Email",
            },
        }

    def webhooks(self, state: State) -> list[dict[str, Any]]:
        """Bodies that tell of a moment."""
        body = {**self.conversation(state), "account": {"id": 3, "name": TEXT}}
        if not state.changed:
            return [{**body, "event": "conversation_created"}]
        names = {"status": "status", "team": "team_id", "priority": "priority"}
        changes = [
            {names[name]: {"previous_value": state.was if name == "status" else None, "current_value": TEXT}}
            for name in state.changed
        ]
        bodies = [{**body, "event": "conversation_updated", "changed_attributes": changes}]
        if "status" in state.changed:
            bodies.append({**body, "event": "conversation_status_changed", "changed_attributes": changes})
        return bodies

    def _state_at(self, message: Message) -> State:
        held = [state for state in self.states if state.number == message.conversation]
        return next((state for state in reversed(held) if state.at_seconds <= message.at_seconds), held[0])

    def message_webhook(self, message: Message, event: str = "message_created") -> dict[str, Any]:
        """The body that tells of a message."""
        sender = message.sender and {"id": message.sender[1], "type": message.sender[0], "name": TEXT}
        return {
            "event": event,
            "id": message.number,
            "content": TEXT,
            "content_type": message.content,
            "content_attributes": message.attributes or {},
            "message_type": message.kind,
            "private": message.private,
            "created_at": iso(message.at_seconds).replace("Z", ".000Z"),
            "source_id": PLANTED[1],
            "sender": sender,
            "inbox": {"id": 2, "name": TEXT},
            "account": {"id": 3, "name": TEXT},
            "conversation": self.conversation(self._state_at(message)),
        }

    def api_message(self, message: Message) -> dict[str, Any]:
        """A message as the API has it."""
        sender = message.sender and {"id": message.sender[1], "type": message.sender[0], "name": TEXT, "email": TEXT}
        return {
            "id": message.number,
            "content": TEXT,
            "inbox_id": 2,
            "conversation_id": message.conversation,
            "message_type": TYPES.index(message.kind),
            "content_type": message.content,
            "content_attributes": message.attributes or {},
            "created_at": START_SECONDS + message.at_seconds,
            "private": message.private,
            "source_id": PLANTED[1],
            **({"sender": sender} if sender else {}),
        }

    def change(self, state: State, before: State | None) -> dict[str, Any]:
        """The change of a conversation's row as Debezium has it."""
        return {
            "op": "u" if before else "c",
            "before": self._row(before) if before else None,
            "after": self._row(state),
            "source": {"table": "conversations", "ts_ms": 1},
        }

    def _row(self, state: State) -> dict[str, Any]:
        at_us = (START_SECONDS + state.at_seconds) * 1_000_000 + MICROSECONDS
        return {
            "id": state.number + ROW_OFFSET,
            "display_id": state.number,
            "inbox_id": 2,
            "account_id": 3,
            "status": STATUS.index(state.status),
            "priority": PRIORITY.index(state.priority) if state.priority else None,
            "team_id": state.team,
            "contact_id": 9,
            "created_at": (START_SECONDS + self._began[state.number]) * 1_000_000 + 999,
            "updated_at": at_us,
            "additional_attributes": TEXT,
            "identifier": PLANTED[1],
        }

    def changes(self) -> list[dict[str, Any]]:
        """All rows of the database, each as its first change; messages name their conversation by its row."""
        found: list[dict[str, Any]] = [self.inbox]
        for place, state in enumerate(self.states):
            before = [held for held in self.states[:place] if held.number == state.number]
            found.append(self.change(state, before[-1] if before else None))
        for message in self.messages:
            row = {
                **self.api_message(message),
                "conversation_id": message.conversation + ROW_OFFSET,
                "content_type": 9 if message.content == "input_csat" else 0,
                "content_attributes": "{}",
                "created_at": (START_SECONDS + message.at_seconds) * 1_000_000 + 7,
                "sender_type": {"user": "User", "contact": "Contact", "agent_bot": "AgentBot"}.get(
                    message.sender[0] if message.sender else ""
                ),
                "sender_id": message.sender[1] if message.sender else None,
            }
            row.pop("sender", None)
            found.append({"op": "c", "before": None, "after": row, "source": {"table": "messages"}})
        for response in self.responses:
            row = {**response, "conversation_id": response["conversation_id"] + ROW_OFFSET}
            row["created_at"] = response["created_at"] * 1_000_000
            found.append({"op": "r", "before": None, "after": row, "source": {"table": "csat_survey_responses"}})
        return found

    @property
    def inbox(self) -> dict[str, Any]:
        """The row of its inbox."""
        row = {"id": 2, "channel_type": "Channel::Email", "name": TEXT, "email_address": PLANTED[1]}
        return {"op": "r", "before": None, "after": row, "source": {"table": "inboxes"}}


def usual_account() -> ChatwootAccount:
    """A conversation that a bot hands over, resolved and reopened and rated; and one that an agent begins."""
    account = ChatwootAccount()
    user, contact, bot = ("user", 5), ("contact", 9), ("agent_bot", 6)
    account.state(812, 0, status="pending").message(812, 0, "incoming", contact)
    account.message(812, 2, "outgoing", bot).message(812, 3, "template")
    account.state(812, 30, status="open").state(812, 40, team=4, priority="high")
    account.message(812, 60, "outgoing", user, private=True).message(812, 90, "outgoing", user)
    account.state(812, 300, status="resolved")
    account.message(812, 301, "template", content="input_csat")
    account.message(812, 900, "incoming", contact).state(812, 900, status="open", priority=None)
    account.state(812, 1000, status="snoozed").state(812, 1100, status="resolved")
    account.response(812, 505, 4, 500)
    account.state(813, 20).message(813, 20, "outgoing", user).message(813, 21, "activity")
    return account
