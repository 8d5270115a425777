"""``data.attributes``: what a ticket has beside channel, team and priority, as labels by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from stream.domain.attribute_names import MOST_ATTRIBUTES, MOST_CHARACTERS, NAME_PATTERN
from stream.domain.labels import LabelCache
from stream.domain.segments import AGENT, FIELDS
from stream.domain.segments import Attributes as Kept

AttributeName: TypeAlias = Annotated[str, Meta(pattern=NAME_PATTERN)]
AttributeText: TypeAlias = Annotated[str, Meta(max_length=MOST_CHARACTERS)]
Attributes: TypeAlias = Annotated[dict[AttributeName, AttributeText | None], Meta(max_length=MOST_ATTRIBUTES)]
AttributeNames: TypeAlias = Annotated[list[AttributeName], Meta(max_length=MOST_ATTRIBUTES)]

_SAID: Final = frozenset((*FIELDS, AGENT))


def kept_attributes(
    given: Mapping[str, str | None] | None, labels: LabelCache, cleared: Iterable[str] | None = None
) -> Kept:
    """What the log keeps: names in order, each with its label; that of one that is cleared is empty.

    What is null or empty says nothing. One that is called like a field, or like the agent, is not kept: the field says
    it, and whether agents are kept is a setting.
    """
    kept = dict.fromkeys(cleared or (), "")
    for name, text in (given or {}).items():
        if label := labels[text]:
            kept[name] = label
    return tuple([part for name in sorted(kept) if name not in _SAID for part in (name, kept[name])])
