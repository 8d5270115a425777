"""Bytes to domain events: the hot path. One pass decodes an event; only a refused one is looked at twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from stream.contract.binary_mode import Headers, envelope_of, is_binary
from stream.contract.customer_rules import CustomerRules, PersonIds, amount_of
from stream.contract.customer_shapes import CustomerData
from stream.contract.diagnosis import diagnose
from stream.contract.long_words import refuse_long_words
from stream.contract.raw_fields import LARGE_BYTES
from stream.contract.shapes import Refusal
from stream.contract.text_rules import check_printable, looks_like_email, nameless
from stream.contract.wire import ANY_ENVELOPE, MAX_SEQUENCE_CHARACTERS, Envelope
from stream.domain.events import Event
from stream.domain.labels import LabelCache
from stream.domain.limits import Limits
from stream.domain.rejections import Rejected, Skipped
from stream.domain.sequences import sequence_key
from stream.domain.times import EARLIEST_TIME_US, TimeParser

MOST_HEADERS: Final = 1000
"""Of a record: a megabyte may hold a hundred thousand, and none but seven are read."""

_MAX_REMEMBERED_SOURCES: Final = 1024


class Decoder:
    """Decodes events within its limits and rules. Keeps bounded caches: make one for each thread and hold on to it."""

    def __init__(self, limits: Limits | None = None, customers: CustomerRules | None = None) -> None:
        self._limits = limits or Limits()
        rules = customers or CustomerRules()
        self._currencies = rules.currencies
        self._renames = rules.ids != "keep"
        self._max_event_bytes = self._limits.max_event_bytes
        self._large_bytes = min(LARGE_BYTES, self._max_event_bytes)
        self._max_id_characters = self._limits.max_id_characters
        self._envelope_of_json = msgspec.json.Decoder(ANY_ENVELOPE).decode
        self._parse_time_us = TimeParser().parse
        self._good_sources: dict[str, str] = {}
        """Sources that were looked at, and what is kept of each."""
        self.labels = LabelCache()
        self.customers = PersonIds(rules.ids, rules.key, self._max_id_characters, rules.place_of)
        self.agents = PersonIds(rules.agents, rules.key, self._max_id_characters)

    def decode(
        self,
        value: bytes | None,
        key: bytes | None,
        headers: Sequence[tuple[str, bytes | None]],
        latest_us: int,
    ) -> tuple[str, Event] | Rejected | Skipped:
        """The id of the ticket or customer, and the event of one record, or why there is none. Never raises.

        ``latest_us`` is the latest event time that is admissible: the clock plus the tolerance.
        """
        try:
            if headers:
                if len(headers) > MOST_HEADERS:
                    return Rejected("too_large", f"the record has {len(headers)} headers, above {MOST_HEADERS}")
                if is_binary(by_name := dict(headers)):
                    return self._decode_binary(value, key, by_name, latest_us)
            if value is None:
                return Rejected("null_value", "the record has no value, where a JSON event is expected")
            if len(value) > self._large_bytes and (refused := self._refuse_large(value)) is not None:
                return refused
            try:
                envelope = self._envelope_of_json(value)
            except (ValueError, RecursionError):
                return diagnose(value)
            return self._admit(envelope, key, latest_us)
        except Refusal as refusal:
            return Rejected(refusal.reason, refusal.detail)

    def check_personal_free(self, name: str, text: str) -> None:
        """Raise Refusal when ``text`` is empty, too long, not printable or looks like an e-mail address."""
        check_printable(name, text, self._max_id_characters)
        if looks_like_email(text):
            raise Refusal(
                "invalid_value",
                f"{name} looks like an e-mail address: send an id that names no person",
            )

    def check_amount(self, text: str, currency: str) -> int:
        """An amount in millionths of its currency; Refusal where it is none, or has no worth here."""
        return amount_of(text, currency, self._currencies)

    def _refuse_large(self, value: bytes) -> Rejected | Skipped | None:
        return self._too_large() if len(value) > self._max_event_bytes else refuse_long_words(value)

    def _decode_binary(
        self, value: bytes | None, key: bytes | None, headers: Headers, latest_us: int
    ) -> tuple[str, Event] | Rejected | Skipped:
        if value is not None and len(value) > self._max_event_bytes:
            return self._too_large()
        envelope = envelope_of(value, headers)
        return self._admit(envelope, key, latest_us) if isinstance(envelope, Envelope) else envelope

    def _admit(self, envelope: Envelope, key: bytes | None, latest_us: int) -> tuple[str, Event]:
        subject, event_id, source = envelope.subject, envelope.id, envelope.source
        # The quick test of the common case; what fails it is looked at closely, and may still be right.
        ids = event_id + subject
        try:
            kept_source = self._good_sources[source]
        except KeyError:
            kept_source = ""
        if (
            not kept_source
            or not event_id
            or not subject
            or len(ids) > self._max_id_characters
            or not ids.isprintable()
            or "@" in ids
        ):
            event_id, kept_source = self._check_texts(envelope)
        if key is not None and key != subject.encode():
            raise Refusal(
                "key_mismatch",
                "the record key is not the event's subject: the key is the id of the ticket or customer, as UTF-8",
            )
        time_us = self._time_us(envelope.time, latest_us)
        sequence = envelope.sequence
        data = envelope.data or envelope.empty_data
        event = data.event(
            time_us,
            "" if sequence is None else _checked_sequence_key(sequence),
            f"{event_id} {kept_source}",
            self,
        )
        if self._renames and isinstance(data, CustomerData):
            subject = self.customers.kept(subject)
        return subject, event

    def _time_us(self, text: str, latest_us: int) -> int:
        try:
            time_us = self._parse_time_us(text)
        except ValueError as error:
            raise Refusal("invalid_time", f"time {error}") from None
        if time_us > latest_us:
            tolerance = self._limits.future_tolerance_seconds
            raise Refusal("future_time", f"time lies more than {tolerance:g} seconds ahead of the reference time")
        if time_us < EARLIEST_TIME_US:
            raise Refusal("invalid_time", "time lies before 1990")
        return time_us

    def _check_texts(self, envelope: Envelope) -> tuple[str, str]:
        """What is kept of id and source. Raises Refusal when one of the texts is not what it should be."""
        check_printable("id", envelope.id, self._max_id_characters)
        check_printable("source", envelope.source, self._max_id_characters)
        if any(character.isspace() for character in envelope.source):
            raise Refusal("invalid_value", "source holds a space: it is a URI reference, e.g. /zendesk/acme")
        if len(self._good_sources) >= _MAX_REMEMBERED_SOURCES:
            self._good_sources.clear()
        kept_source = self._good_sources[envelope.source] = nameless(envelope.source)
        self.check_personal_free("subject", envelope.subject)
        return nameless(envelope.id), kept_source

    def _too_large(self) -> Rejected:
        return Rejected("too_large", f"the event is larger than {self._max_event_bytes} bytes (max_event_bytes)")


def _checked_sequence_key(sequence: str | int) -> str:
    if isinstance(sequence, str):
        check_printable("sequence", sequence, MAX_SEQUENCE_CHARACTERS, may_be_empty=True)
        sequence = nameless(sequence)
    elif abs(sequence) >= 10**MAX_SEQUENCE_CHARACTERS:
        raise Refusal("invalid_value", f"sequence has more than {MAX_SEQUENCE_CHARACTERS} digits")
    return sequence_key(sequence)
