"""A satisfaction rating as events: asked when it was offered, answered good or bad.

A vote that is changed is another answer of the same survey. Comments and reasons are never read.
(Zendesk satisfaction ratings API: ``score`` is offered, unoffered, good or bad, or these with a comment.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stream.connect.fields import SECOND_US, Unreadable, needed_moment_us, needed_number, number, text, whole_second_us
from stream.connect.outcome import Broken, Outcome, Passed
from stream.domain.times import format_time_us
from stream.sources.cloudevents import cloud_event

_SCORES: Final = {
    f"{begin}{word}{end}": score
    for word, score in (("good", 1), ("bad", 0))
    for begin in ("", "received_")
    for end in ("", "_with_comment", "_without_comment")
}
_SENT, _ANSWERED = 0, 1


def is_rating(record: Mapping[str, Any]) -> bool:
    """True for a satisfaction rating."""
    return {"score", "ticket_id", "requester_id"} <= record.keys()


def events_of_rating(record: Mapping[str, Any], source: str) -> Iterator[Outcome]:
    """The asking, and the answer where there is one."""
    said = text(record.get("score")).lower()
    if said == "unoffered":
        yield Passed("rating that was never offered")
        return
    try:
        rating, ticket = needed_number(record, "id"), needed_number(record, "ticket_id")
        created_us = whole_second_us(needed_moment_us(record, "created_at"))
        updated_us = whole_second_us(needed_moment_us(record, "updated_at"))
    except Unreadable as problem:
        yield Broken(f"rating {number(record.get('id')) or 'without a number'}", str(problem))
        return
    survey = {"survey_id": rating, "kind": "csat"}

    def event(name: str, kind: str, time_us: int, sequence: int, data: dict[str, Any]) -> Outcome:
        time = format_time_us(time_us)
        return cloud_event(source, f"{rating}-{name}", f"survey.{kind}", ticket, time, sequence=sequence, data=data)

    yield event("sent", "sent", created_us, _SENT, survey)
    score = _SCORES.get(said)
    if score is not None:
        data = {**survey, "score": score, "scale_min": 0, "scale_max": 1}
        # Good and bad may be clicked in one second; the score keeps the two apart.
        name = f"{updated_us // SECOND_US}-{score}"
        yield event(name, "answered", updated_us, _ANSWERED, data)
    elif said != "offered":
        yield Passed("rating whose score is not known")
