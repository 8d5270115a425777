"""Zendesk's webhooks: nearly all of them ring, and the ticket's audits are fetched; deletions are told by themselves.

A webhook's time and an audit's are two clocks, and a change of status has no id in the webhook. So what is counted
comes from the audits alone, and webhook, polling and file agree by construction. A trigger's own webhook rings as well,
with a body such as ``{"ticket_id": "{{ticket.id}}"}``.
(Zendesk webhooks, "ticket events"; event types ``zen:event-type:ticket.*``.)
"""

from __future__ import annotations

import json
from typing import Any, Final

from stream.connect.fields import mapping, moment_us, number, text
from stream.connect.outcome import Broken
from stream.connect.vendor import Account, Delivery, Hook, Reading, Sample
from stream.connect.zendesk.notice import NOTICES

_TICKET_EVENTS: Final = "zen:event-type:ticket."
_SUBJECT: Final = "zen:ticket:"
_SILENT: Final = frozenset(
    {
        "csat_requested",
        "csat_received",
        "sla_policy_changed",
        "next_sla_breach_changed",
        "schedule_changed",
        "ola_policy_changed",
        "tags_changed",
        "subject_changed",
        "description_changed",
    }
)
"""Kinds of ticket events that no audit counts for. Any other rings, known or not: one fetch too many costs little."""


def read(delivery: Delivery, account: Account) -> Reading:
    """What a delivery says."""
    content = mapping(delivery.content)
    said = text(content.get("type"))
    if not said:
        ticket = number(content.get("ticket_id"))
        if ticket:
            return Reading(doorbells=(ticket,))
        if isinstance(content.get("ticket_id"), str):
            # The trigger's test sends its placeholders as they are.
            return Reading(passed=("trigger without a ticket",))
        return Reading(broken=(Broken("webhook", "neither type nor ticket_id: no webhook of tickets"),))
    if not said.startswith(_TICKET_EVENTS):
        return Reading(passed=("event that is none of a ticket's",))
    kind = said.removeprefix(_TICKET_EVENTS)
    if kind in _SILENT:
        return Reading(passed=(kind,))
    ticket = number(mapping(content.get("detail")).get("id"))
    ticket = ticket or number(text(content.get("subject")).removeprefix(_SUBJECT))
    if not ticket:
        return Reading(broken=(Broken("webhook", "detail.id: the number of a ticket is expected"),))
    if kind not in NOTICES:
        return Reading(doorbells=(ticket,))
    if moment_us(content.get("time")) is None:
        return Reading(broken=(Broken(f"ticket {ticket}", "time: an RFC 3339 time is expected"),))
    return Reading(records=({"notice": {"ticket_id": ticket, "kind": kind, "time": content["time"]}},))


def _sample(kind: str, **event: Any) -> bytes:
    return json.dumps(
        {
            "account_id": 1001,
            "id": "0d6f4a0e-3f5a-4f0f-9f59-6d0f0a1b2c3d",
            "type": f"{_TICKET_EVENTS}{kind}",
            "subject": f"{_SUBJECT}4711",
            "time": "2026-11-27T09:15:02.120394877Z",
            "zendesk_event_version": "2022-11-06",
            "detail": {"id": "4711", "status": "OPEN", "group_id": "3601", "updated_at": "2026-11-27T09:15:01Z"},
            "event": event,
        }
    ).encode()


HOOK: Final = Hook(
    schemes=("zendesk",),
    read=read,
    delivery_header="x-zendesk-webhook-invocation-id",
    samples=(
        Sample("a status changed", _sample("status_changed", current="OPEN", previous="NEW")),
        Sample("a ticket was marked as spam", _sample("marked_as_spam")),
        Sample("a trigger's webhook", b'{"ticket_id": "4711"}'),
    ),
)
