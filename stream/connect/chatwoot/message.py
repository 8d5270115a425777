"""A message as an event, and the survey that some messages are. Names and addresses are never read.

A content is read where a scorer is chosen, and only by that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stream.connect.chatwoot.options import ChatwootOptions
from stream.connect.chatwoot.words import content_type, message_type, sender_kind
from stream.connect.fields import (
    Unreadable,
    mapping,
    needed_moment_us,
    needed_number,
    number,
    truth,
    whole_second_us,
)
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account
from stream.domain.events import Author
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event
from stream.sources.source import CloudEvent

CSAT: Final = "input_csat"
_SCALE: Final = range(1, 6)
_SENT, _ANSWERED = 0, 1


def events_of_message(
    raw: Mapping[str, Any], conversation: str, account: Account, options: ChatwootOptions
) -> Iterator[Outcome]:
    """Outcomes of one message of ``conversation`` (the number that people see)."""
    source = account.source
    try:
        kind = message_type(raw.get("message_type"))
        message, at_us = needed_number(raw, "id"), whole_second_us(needed_moment_us(raw, "created_at"))
        if not conversation:
            raise Unreadable("the number of its conversation is missing")
        if kind == "activity":
            yield Passed("activity")
        elif content_type(raw.get("content_type")) == CSAT:
            yield from _survey(raw, message, conversation, at_us, source, options)
        else:
            data = _data(raw, kind, options) | _sentiment(raw, kind, account)
            time = format_time_us(at_us)
            event_id = f"{conversation}-m{message}"
            yield cloud_event(source, event_id, "ticket.message", conversation, time, sequence=int(message), data=data)
    except Unreadable as problem:
        yield Broken(f"message {number(raw.get('id')) or 'without a number'}", str(problem))


def events_of_response(
    raw: Mapping[str, Any], conversation: str, source: str, options: ChatwootOptions
) -> Iterator[Outcome]:
    """The answer of a survey, as ``csat_survey_responses`` has it."""
    if options.answers != "responses":
        yield Passed("answer of a survey (the option answers reads them from messages)")
        return
    try:
        message, at_us = needed_number(raw, "message_id"), whole_second_us(needed_moment_us(raw, "created_at"))
        if not conversation:
            raise Unreadable("the number of its conversation is missing")
        yield _answer(message, conversation, at_us, _rating(raw.get("rating")), source)
    except Unreadable as problem:
        yield Broken(f"survey response {number(raw.get('id')) or 'without a number'}", str(problem))


def _data(raw: Mapping[str, Any], kind: str, options: ChatwootOptions) -> dict[str, Any]:
    private = truth(raw.get("private"))
    if not kind:
        raise Unreadable("message_type is none of incoming, outgoing, template")
    if private is None:
        raise Unreadable("private is neither true nor false")
    author, automated, agent = _author(raw, kind, options)
    data: dict[str, Any] = {"author": author, "public": not private}
    if automated:
        data["automated"] = True
    elif agent:
        data["author_id"] = f"agent-{agent}"
    return data


def _sentiment(raw: Mapping[str, Any], kind: str, account: Account) -> dict[str, float]:
    if account.scorer is None or kind != "incoming":
        return {}
    score = account.scorer(raw.get("content"))
    return {} if score is None else {"sentiment": score}


def _author(raw: Mapping[str, Any], kind: str, options: ChatwootOptions) -> tuple[Author, bool, str]:
    """Who wrote, whether that was no person's doing, and the number of an agent."""
    if kind == "incoming":
        return "customer", False, ""
    sender = mapping(raw.get("sender"))
    who = sender_kind(sender.get("type") or raw.get("sender_type"))
    identity = number(sender.get("id")) or number(raw.get("sender_id"))
    attributes = _object(raw.get("content_attributes"))
    if kind == "template":
        return "system", True, ""
    if who == "user":
        if identity in options.bots:
            return "bot", True, ""
        by_rule = attributes.get("automation_rule_id") or _object(raw.get("additional_attributes")).get("campaign_id")
        return ("system", True, "") if by_rule else ("agent", False, identity)
    if not who and attributes.get("external_echo"):
        # Somebody answered in the channel's own app: a person, and nobody says which.
        return "agent", False, ""
    return ("bot" if who else "system"), True, ""


def _survey(
    raw: Mapping[str, Any], message: str, conversation: str, at_us: int, source: str, options: ChatwootOptions
) -> Iterator[Outcome]:
    survey = {"survey_id": message, "kind": "csat"}
    event_id, time = f"csat-{message}-sent", format_time_us(at_us)
    yield cloud_event(source, event_id, "survey.sent", conversation, time, sequence=_SENT, data=survey)
    submitted = mapping(_object(raw.get("content_attributes")).get("submitted_values"))
    response = mapping(submitted.get("csat_survey_response"))
    if response.get("rating") is None:
        return
    if options.answers == "messages":
        yield _answer(message, conversation, at_us, _rating(response["rating"]), source)
    else:
        yield Passed("answer of a survey (the option answers reads them from csat_survey_responses)")


def _answer(message: str, conversation: str, at_us: int, rating: int, source: str) -> CloudEvent:
    data = {"survey_id": message, "kind": "csat", "score": rating, "scale_min": 1, "scale_max": 5}
    event_id, time = f"csat-{message}-{rating}", format_time_us(at_us)
    return cloud_event(source, event_id, "survey.answered", conversation, time, sequence=_ANSWERED, data=data)


def _rating(value: object) -> int:
    digits = number(value)
    if not digits or int(digits) not in _SCALE:
        raise Unreadable("rating is none of 1 to 5")
    return int(digits)


def _object(value: object) -> Mapping[str, Any]:
    """An object, or one that the database has as text."""
    if isinstance(value, str):
        try:
            return mapping(json.loads(value))
        except (ValueError, RecursionError):
            return {}
    return mapping(value)
