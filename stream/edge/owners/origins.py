"""Which topics a shard's state belongs to, by their ids: kept beside the position, and compared when it is taken over.

A topic that was deleted and created anew looks like the one before. But a position in the one means nothing in the
other: what lies below it would never be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from stream.settings.topics import CUSTOMER_TOPICS, SOURCE_TOPICS

KEPT_BESIDE: Final = ("changelog", "partials")
"""Logical names of the topics whose ids are kept, beside those that events are read from."""


def identities(names: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, str]:
    """By logical name: the topic's id, where there is one; ``ids`` are by the topic's name.

    The partials are told by their name where brokers are too old for ids: another name is another topic.
    """
    kept = (*SOURCE_TOPICS, *CUSTOMER_TOPICS, *KEPT_BESIDE)
    found = {logical: ids[names[logical]] for logical in kept if names[logical] in ids}
    return {"partials": names["partials"], **found}


def made_anew(stored: Mapping[str, str], present: Mapping[str, str], logical: Iterable[str]) -> list[str]:
    """Those of ``logical`` that are other topics than the state was made with. State without ids takes any."""
    return [name for name in logical if name in stored and stored[name] != present.get(name, stored[name])]


def lacks_snapshots(stored: Mapping[str, str], present: Mapping[str, str]) -> bool:
    """Whether the topic of partials is another than the state's snapshots were written to, or nobody knows."""
    return stored.get("partials") != present.get("partials")
