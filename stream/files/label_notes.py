"""Which names of an event (fields and attributes) are shortened to become labels, for those who check their files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.json import decode as json_decode

from stream.domain.labels import MAX_LABEL_CHARACTERS, Shortening, shortened_label
from stream.domain.segments import FIELDS
from stream.domain.subjects import CUSTOMER

_OF_CUSTOMERS: Final = "support.customer."
_LABELS_OF_CUSTOMERS: Final = (*CUSTOMER.dimensions, "reason")


class LabelNote(Struct, frozen=True):
    """A name that was sent and the label it counts under."""

    kind: Shortening
    label: str
    detail: str


class _Labelled(Struct):
    type: str = ""
    data: dict[str, object] | None = None


def label_notes(event: bytes) -> Iterator[LabelNote]:
    """The shortened names of one valid event in structured mode."""
    labelled = json_decode(event, type=_Labelled)
    data = labelled.data or {}
    is_customer = labelled.type.startswith(_OF_CUSTOMERS)
    attributes = data.get("attributes")
    fields = [(name, text) for name, text in data.items() if name in (_LABELS_OF_CUSTOMERS if is_customer else FIELDS)]
    if isinstance(attributes, dict) and not is_customer:
        fields += [(f"attributes.{name}", text) for name, text in attributes.items()]
    for name, text in fields:
        if not isinstance(text, str):
            continue
        label, kind = shortened_label(text)
        if kind == "cut":
            why = f"has {len(text)} characters, above {MAX_LABEL_CHARACTERS}"
        elif kind == "redacted":
            why = "holds an e-mail address"
        else:
            continue
        yield LabelNote(kind, label, f'data.{name} {why}: it counts as "{label}"')
