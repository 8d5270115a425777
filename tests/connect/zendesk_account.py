"""A small Zendesk account for tests: one history in the shapes of all its feeds, personal data in every corner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

WORD = "Mustermann-4711x"
"""One word, as a name may be: no shape tells it from a vendor's word."""

PLANTED = (WORD, "Erika Mustermann", "erika@example.org", "+49 30 901820", "my card 4111 1111 1111 1111")
"""What must be found nowhere behind the translator."""

TEXT = " / ".join(PLANTED)
START_SECONDS = 1_764_230_400
AGENT, CUSTOMER, BOT, SYSTEM = 17, 900, 55, -1
ROLES = {AGENT: "agent", CUSTOMER: "end-user", BOT: "admin"}
VIA_NAMES = {"email": "Mail", "web": "Web form", "api": "Web service", "rule": "Rule", "voice": "Phone call (inbound)"}


def iso(seconds: int) -> str:
    """RFC 3339 of seconds since the account began."""
    return datetime.fromtimestamp(START_SECONDS + seconds, UTC).isoformat().replace("+00:00", "Z")


def user(number: int) -> dict[str, Any]:
    """A user as the API has it."""
    return {"id": number, "role": ROLES[number], "name": TEXT, "email": PLANTED[1], "phone": PLANTED[2], "notes": TEXT}


@dataclass
class Step:
    """One audit: its fields that change, and what was written."""

    ticket: int
    at_seconds: int
    author: int
    via: str = "web"
    create: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)
    public: bool | None = None
    number: int = 0


class ZendeskAccount:
    """Steps in the order of the account; audit ids count from 100, their events' from 1000."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.ratings: list[dict[str, Any]] = []

    def step(self, ticket: int, at_seconds: int, author: int, **told: Any) -> ZendeskAccount:
        """Something was done."""
        self.steps.append(Step(ticket, at_seconds, author, number=100 + len(self.steps), **told))
        return self

    def rating(self, ticket: int, score: str, created: int, updated: int) -> ZendeskAccount:
        """A satisfaction rating."""
        self.ratings.append(
            {
                "id": 5000 + len(self.ratings),
                "ticket_id": ticket,
                "requester_id": CUSTOMER,
                "score": score,
                "comment": TEXT,
                "reason": TEXT,
                "created_at": iso(created),
                "updated_at": iso(updated),
                "url": f"https://example.org/{PLANTED[1]}",
            }
        )
        return self

    @property
    def users(self) -> list[dict[str, Any]]:
        """All its users."""
        return [user(number) for number in ROLES]

    def audit(self, step: Step) -> dict[str, Any]:
        """As `GET /api/v2/tickets/{id}/audits.json` has it."""
        numbers = iter(range(step.number * 10, step.number * 10 + 10))
        events: list[dict[str, Any]] = []
        if step.create:
            events += [
                {"id": next(numbers), "type": "Create", "field_name": name, "value": value}
                for name, value in {**step.create, "subject": TEXT, "requester_id": str(CUSTOMER)}.items()
            ]
        numbers = iter(range(step.number * 10, step.number * 10 + 10))
        if step.public is not None:
            via = {"channel": step.via, "source": {"from": {"name": TEXT, "address": PLANTED[1]}, "rel": None}}
            events.append(
                {
                    "id": next(numbers),
                    "type": "Comment",
                    "author_id": step.author,
                    "public": step.public,
                    "body": TEXT,
                    "html_body": TEXT,
                    "plain_body": TEXT,
                    "attachments": [{"file_name": TEXT}],
                    "via": via,
                    "audit_id": step.number,
                }
            )
        events += [
            {"id": next(numbers), "type": "Change", "field_name": name, "value": value, "previous_value": TEXT}
            for name, value in step.change.items()
        ]
        events.append({"id": next(numbers), "type": "Notification", "subject": TEXT, "body": TEXT, "recipients": [1]})
        events.append({"id": next(numbers), "type": TEXT, "value": TEXT})
        events.append({"id": next(numbers), "type": "Change", "field_name": TEXT, "value": TEXT})
        return {
            "id": step.number,
            "ticket_id": step.ticket,
            "created_at": iso(step.at_seconds),
            "author_id": step.author,
            "via": {
                "channel": step.via,
                "source": {"from": {"address": PLANTED[1]}, "to": {"name": TEXT}, "rel": TEXT},
            },
            "metadata": {"system": {"ip_address": "192.0.2.7", "location": TEXT}, "custom": {TEXT: TEXT}},
            "events": events,
        }

    def ticket_event(self, step: Step) -> dict[str, Any]:
        """The same as `GET /api/v2/incremental/ticket_events.json` has it."""
        audit = self.audit(step)
        children: list[dict[str, Any]] = []
        created = {event["field_name"]: event["value"] for event in audit["events"] if event["type"] == "Create"}
        if created:
            children.append({"id": step.number * 10 + 9, "event_type": "Create", **created})
        for event in audit["events"]:
            if event["type"] == "Comment":
                children.append({**event, "type": "Comment", "event_type": "Comment", "via": VIA_NAMES[step.via]})
            elif event["type"] == "Change":
                children.append(
                    {
                        "id": event["id"],
                        "event_type": "Change",
                        event["field_name"]: event["value"],
                        "previous_value": TEXT,
                        "via": VIA_NAMES[step.via],
                    }
                )
            elif event["type"] != "Create":
                children.append({**event, "event_type": event["type"]})
        return {
            "id": step.number,
            "ticket_id": step.ticket,
            "timestamp": START_SECONDS + step.at_seconds,
            "created_at": iso(step.at_seconds),
            "updater_id": step.author,
            "via": VIA_NAMES[step.via],
            "system": {"client": TEXT, "location": TEXT, "ip_address": "192.0.2.7"},
            "event_type": "Audit",
            "child_events": children,
        }

    def webhook(self, step: Step) -> dict[str, Any]:
        """An event webhook of the step."""
        kind = "created" if step.create else "comment_added" if step.public is not None else "status_changed"
        return {
            "account_id": 1001,
            "id": f"0d6f4a0e-{step.number}",
            "type": f"zen:event-type:ticket.{kind}",
            "subject": f"zen:ticket:{step.ticket}",
            "time": iso(step.at_seconds + 1),
            "zendesk_event_version": "2022-11-06",
            "detail": {"id": str(step.ticket), "status": "OPEN", "subject": TEXT, "description": TEXT, "tags": [TEXT]},
            "event": {"comment": {"id": "9", "body": TEXT, "author": {"id": "17", "is_staff": True, "name": TEXT}}},
        }

    def audits_of(self, ticket: int) -> list[dict[str, Any]]:
        """Audits of one ticket."""
        return [self.audit(step) for step in self.steps if step.ticket == ticket]

    @property
    def tickets(self) -> list[int]:
        """Numbers of all tickets."""
        return sorted({step.ticket for step in self.steps})


def usual_account() -> ZendeskAccount:
    """Three tickets: answered and solved and reopened, opened by an agent, and one that a trigger answered first."""
    account = ZendeskAccount()
    new = {"status": "new", "priority": "normal", "group_id": "3601"}
    account.step(1, 0, CUSTOMER, via="email", create=new, public=True)
    account.step(1, 1, SYSTEM, via="rule", public=True)
    account.step(1, 60, AGENT, public=False)
    account.step(1, 300, AGENT, public=True, change={"status": "solved", "group_id": "3602", "priority": "high"})
    account.step(1, 900, CUSTOMER, via="email", public=True, change={"status": "open"})
    account.step(1, 1200, AGENT, public=True, change={"status": "solved"})
    account.step(2, 30, AGENT, via="web", create={**new, "status": "open"}, public=True)
    account.step(2, 90, BOT, via="api", public=True, change={"status": "hold"})
    account.step(2, 95, AGENT, change={"priority": None, "group_id": None, "custom_status_id": "77"})
    account.step(3, 40, CUSTOMER, via="voice", create=new, public=False)
    account.step(3, 50, SYSTEM, via="rule", change={"status": "closed"})
    account.rating(1, "offered", 1300, 1300).rating(1, "good_with_comment", 1300, 1400)
    account.rating(2, "bad", 400, 500).rating(3, "unoffered", 0, 0)
    return account


def pages(name: str, items: list[dict[str, Any]], size: int) -> Iterator[dict[str, Any]]:
    """The items in pages of the API."""
    for start in range(0, len(items), size):
        yield {name: items[start : start + size], "count": len(items), "next_page": "https://example.org/next"}
