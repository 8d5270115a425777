"""The vendors whose own figures can be compared: one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stream.reconcile import amazon_connect, chatwoot, zendesk
from stream.reconcile.figure import Figure, Theirs


@dataclass(frozen=True)
class Export:
    """What a vendor's export is, and the figures that both sides have."""

    title: str
    figures: tuple[Figure, ...]
    theirs: Callable[[Iterable[Mapping[str, Any]]], Iterator[Theirs]]


EXPORTS: Final[dict[str, Export]] = {
    "amazon_connect": Export("contact records", amazon_connect.FIGURES, amazon_connect.theirs_of),
    "chatwoot": Export("reporting events", chatwoot.FIGURES, chatwoot.theirs_of),
    "zendesk": Export("metric sets", zendesk.FIGURES, zendesk.theirs_of),
}
