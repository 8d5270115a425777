"""Why an event is not counted: the closed set of dead-letter reasons, and the two answers that are none."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

Reason: TypeAlias = Literal[
    "null_value",  # the record has no value (a tombstone), and its headers promise no event without data
    "too_large",  # more bytes than `max_event_bytes`, or more than 1,000 headers
    "not_utf8",  # the bytes are not UTF-8
    "not_json",  # UTF-8, but not one JSON document
    "not_an_object",  # JSON, but the event (or its data) is not an object
    "missing_field",  # a required field is absent
    "wrong_type",  # a field holds another JSON type than the contract says
    "invalid_value",  # right type, but outside what the contract allows
    "invalid_time",  # `time` is not RFC 3339 with a zone, or lies before 1990
    "future_time",  # `time` lies further ahead than `future_tolerance_seconds`
    "score_out_of_scale",  # a survey score outside its own scale
    "key_mismatch",  # the record key is not the event's subject
    "too_late",  # older than what is kept: no figure can be corrected any more
    "batch_too_large",  # a whole batch: larger than `max_decompressed_batch_bytes` when decompressed
    "batch_unreadable",  # a whole batch: damaged, or packed in a way nobody knows
    "ticket_full",  # the ticket has `max_events_per_ticket` events already
    "internal_error",  # decoding, folding or counting it raised an exception: a fault of Deskpulse
]

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


class Rejected(Struct, frozen=True):
    """A dead letter: ``detail`` names the field and what is expected, and never quotes free text."""

    reason: Reason
    detail: str


class Skipped(Struct, frozen=True):
    """A well-formed event of a type nobody here knows; ``type`` is cleaned like a label, fit for logs."""

    type: str
