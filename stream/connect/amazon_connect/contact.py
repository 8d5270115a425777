"""One contact record as events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stream.connect.fields import Unreadable, text
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account, Record
from stream.domain.labels import clean_label
from stream.domain.times import format_time_us, parse_time_us
from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent

_CHANNELS: Final = {"VOICE": "phone", "CHAT": "chat", "TASK": "task", "EMAIL": "email"}
_BY_CUSTOMER: Final = frozenset({"INBOUND", "API", "WEBRTC_API"})
_BY_AGENT: Final = frozenset({"OUTBOUND", "EXTERNAL_OUTBOUND", "CALLBACK"})
_LATER_VISITS: Final = frozenset({"TRANSFER", "QUEUE_TRANSFER", "CALLBACK", "DISCONNECT"})
_SUPERVISORS: Final = frozenset({"MONITOR"})
# Ranks within a contact. The seconds of its initiation come before them: a transfer is initiated after the contact it
# leaves, so what ends the one sorts before what begins the other in the same second.
_CREATED, _QUEUED, _EXIT, _ENDED = range(4)


def events_of_contact(record: Record, account: Account) -> Iterator[Outcome]:
    """The contact's creation where it is the first of its chain, its visit of a queue, and its end if it is last."""
    contact = text(record.get("ContactId"))
    if not contact:
        yield Broken("contact record", "ContactId is missing, or is no text")
        return
    method = text(record.get("InitiationMethod"))
    if method in _SUPERVISORS or method not in _BY_CUSTOMER | _BY_AGENT | _LATER_VISITS:
        yield Passed(f"contact initiated by {clean_label(method[:32]) or 'nothing'}")
        return
    try:
        yield from list(_events(record, contact, method, account))
    except Unreadable as problem:
        yield Broken(contact[:256], str(problem))


def _events(record: Record, contact: str, method: str, account: Account) -> Iterator[CloudEvent]:
    options = account.options
    subject = text(record.get("InitialContactId")) or contact
    initiated = _needed(record, "InitiationTimestamp")
    disconnected = _time(record, "DisconnectTimestamp")
    queue, agent = _part(record, "Queue"), _part(record, "Agent")
    has_next = bool(text(record.get("NextContactId")))

    def event(kind: str, time_us: int, rank: int, data: dict[str, Any]) -> CloudEvent:
        sequence = initiated // 1_000_000 * 10 + rank
        time = format_time_us(time_us)
        return cloud_event(
            account.source, f"{contact}-{kind}", f"ticket.{kind}", subject, time, sequence=sequence, data=data
        )

    if subject == contact:
        word = text(record.get("Channel"))
        channel = options.channels.get(word) or _CHANNELS.get(word) or word.lower() or "phone"
        opened_by = "agent" if method in _BY_AGENT else "customer"
        yield event("created", initiated, _CREATED, {"channel": channel, "opened_by": opened_by})
    queued = _time(queue, "EnqueueTimestamp", "Queue.")
    if queued is not None:
        yield event("queued", queued, _QUEUED, _team(queue, options.teams))
    answered = _time(agent, "ConnectedToAgentTimestamp", "Agent.")
    if answered is not None:
        yield event("answered", answered, _EXIT, _agent(agent))
    elif queued is not None and disconnected is not None:
        # A contact that leaves its queue without a person is dequeued at its end.
        if has_next:
            reason = "callback" if record.get("followed_by") == "CALLBACK" else "transfer"
            yield event("left_queue", disconnected, _EXIT, {"reason": reason})
        else:
            yield event("abandoned", disconnected, _EXIT, {})
    if disconnected is not None and not has_next and _is_final(agent):
        yield event("ended", disconnected, _ENDED, _handling(agent))


def _team(queue: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    arn, name = text(queue.get("ARN")), text(queue.get("Name"))
    team = names.get(arn) or names.get(_last(arn)) or names.get(name) or name or _last(arn)
    return {"team": team} if team else {}


def _agent(agent: Mapping[str, Any]) -> dict[str, str]:
    # The user's name stands beside it; the number in the address is what tells agents apart.
    number = _last(text(agent.get("ARN")))
    return {"agent_id": f"agent-{number}"} if number else {}


def _is_final(agent: Mapping[str, Any]) -> bool:
    """False for a copy sent while after-contact work went on: a later one knows how long it took."""
    begun = text(agent.get("AfterContactWorkStartTimestamp"))
    return not begun or bool(text(agent.get("AfterContactWorkEndTimestamp")))


def _handling(agent: Mapping[str, Any]) -> dict[str, float]:
    spans = {
        "hold_seconds": agent.get("CustomerHoldDuration"),
        "after_contact_work_seconds": agent.get("AfterContactWorkDuration"),
    }
    return {
        name: span
        for name, span in spans.items()
        if isinstance(span, int | float) and not isinstance(span, bool) and 0 <= span < 1e9
    }


def _part(record: Record, name: str) -> Mapping[str, Any]:
    part = record.get(name)
    if part is None:
        return {}
    if not isinstance(part, Mapping):
        raise Unreadable(f"{name} is no object")
    return part


def _needed(record: Record, name: str) -> int:
    found = _time(record, name)
    if found is None:
        raise Unreadable(f"{name} is missing")
    return found


def _time(part: Mapping[str, Any], name: str, prefix: str = "") -> int | None:
    """A time cut to whole seconds, as records have it; contact events say milliseconds of the same moment."""
    value = part.get(name)
    if value is None or value == "":
        return None
    try:
        return parse_time_us(text(value)) // 1_000_000 * 1_000_000
    except ValueError:
        raise Unreadable(f"{prefix}{name} is not an RFC 3339 time") from None


def _last(arn: str) -> str:
    return arn.rpartition("/")[2][:64]
