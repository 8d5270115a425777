"""Which names of an event (channel, team, priority) are shortened to become labels, for those who check their files."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.json import decode as json_decode

from stream.domain.labels import MAX_LABEL_CHARACTERS, Shortening, shortened_label
from stream.domain.segments import DIMENSIONS


class LabelNote(Struct, frozen=True):
    """A name that was sent and the label it counts under."""

    kind: Shortening
    label: str
    detail: str


class _Labelled(Struct):
    data: dict[str, object] | None = None


def label_notes(event: bytes) -> Iterator[LabelNote]:
    """The shortened names of one valid event in structured mode."""
    for name, text in (json_decode(event, type=_Labelled).data or {}).items():
        if name not in DIMENSIONS or not isinstance(text, str):
            continue
        label, kind = shortened_label(text)
        if kind == "cut":
            why = f"has {len(text)} characters, above {MAX_LABEL_CHARACTERS}"
        elif kind == "redacted":
            why = "holds an e-mail address"
        else:
            continue
        yield LabelNote(kind, label, f'data.{name} {why}: it counts as "{label}"')
