"""Checks files of events against the event contract, with the very decoder the worker uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.json import decode as json_decode

from stream.contract.decoder import Decoder
from stream.domain.events import TicketCreated, source_of
from stream.domain.rejections import Rejected, Skipped
from stream.files.clashes import Clashes
from stream.files.customer_notes import INTO_ITSELF, CustomerNotes
from stream.files.label_notes import label_notes
from stream.files.lines import events_of
from stream.files.opening import Advance, Input

UNKNOWN_TYPE: Final = "unknown_type"
MOST_TOLD_LABELS: Final = 1000

_MOST_KEY_BYTES: Final = 4096


class Finding(Struct, frozen=True):
    """Something about one event. A warning: it is not refused, but not counted, or not as it is written."""

    line: int
    reason: str
    detail: str
    is_warning: bool = False


@dataclass(slots=True)
class Summary:
    """What was seen so far, over all files."""

    events_by_type: Counter[str] = field(default_factory=Counter)
    skipped_by_type: Counter[str] = field(default_factory=Counter)
    rejected_by_reason: Counter[str] = field(default_factory=Counter)
    clashes: Clashes = field(default_factory=Clashes)
    customers: CustomerNotes = field(default_factory=CustomerNotes)
    shortened_by_kind: Counter[str] = field(default_factory=Counter)
    told_labels: set[str] = field(default_factory=set)
    """Shortened labels that were a finding: each is told once, and no more than `MOST_TOLD_LABELS`."""

    @property
    def valid_total(self) -> int:
        """Events that would be counted."""
        return self.events_by_type.total()

    @property
    def rejected_total(self) -> int:
        """Events that would be dead letters."""
        return self.rejected_by_reason.total()

    @property
    def skipped_total(self) -> int:
        """Events of unknown types."""
        return self.skipped_by_type.total()

    @property
    def is_no_json(self) -> bool:
        """Something was read, and nothing of it is JSON: most likely files of another kind."""
        refused = self.rejected_by_reason["not_json"]
        return 0 < refused == self.valid_total + self.rejected_total + self.skipped_total


class _Typed(Struct):
    type: str


def validate_file(
    file: Input | str | Path,
    summary: Summary,
    *,
    decoder: Decoder,
    latest_us: int,
    max_event_bytes: int,
    has_keys: bool = False,
    advance: Advance | None = None,
) -> Iterator[Finding]:
    """Findings of one file of events as `stream.files.lines` reads it, booked in ``summary``.

    Empty lines are ignored. ``has_keys``: before each event stand the key of its record and a tab. Raises ConfigError
    when the file cannot be read.
    """
    longest_bytes = max_event_bytes + (_MOST_KEY_BYTES if has_keys else 0)
    for number, line, _ in events_of(file, longest_bytes, advance):
        key, value = _parted(line) if has_keys else (None, line)
        decoded = decoder.decode(value, key, (), latest_us)
        match decoded:
            case Rejected():
                summary.rejected_by_reason[decoded.reason] += 1
                yield Finding(number, decoded.reason, decoded.detail)
            case Skipped():
                summary.skipped_by_type[decoded.type] += 1
                detail = f'type "{decoded.type}" is not known here: the event is skipped'
                yield Finding(number, UNKNOWN_TYPE, detail, is_warning=True)
            case subject, event:
                if isinstance(event, TicketCreated):
                    summary.clashes.note(subject, source_of(event))
                elif (odd := summary.customers.note(subject, event)) is not None:
                    yield Finding(number, INTO_ITSELF, odd, is_warning=True)
                summary.events_by_type[json_decode(value, type=_Typed).type] += 1
                if decoder.labels.take_shortened():
                    yield from _shortened_names(number, value, summary)


def _parted(line: bytes) -> tuple[bytes | None, bytes]:
    """Key and event; a record without a key has none, or the word null, as Kafka's console consumer prints it."""
    key, tab, event = line.partition(b"\t")
    return (None if key == b"null" else key, event) if tab else (None, line)


def _shortened_names(number: int, event: bytes, summary: Summary) -> Iterator[Finding]:
    for note in label_notes(event):
        summary.shortened_by_kind[note.kind] += 1
        if note.label not in summary.told_labels and len(summary.told_labels) < MOST_TOLD_LABELS:
            summary.told_labels.add(note.label)
            yield Finding(number, f"label_{note.kind}", note.detail, is_warning=True)
