"""Who writes a topic: the last row of every transaction is signed, and a worker looks before it joins the group.

Two installations that write the same derived topics would mix their numbers in it for good: every row of the one is
replaced by that of the other, again and again, and neither could tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stream.edge.kafka.loading import newest_rows
from stream.errors import ConfigError
from stream.settings import Settings

HEADER: Final = "deskpulse-installation"
LOOKED_AT: Final = ("facts", "partials", "metrics", "alerts", "changelog")
"""Logical topics that no other may write.

Not the dead letters: a worker needs no right to read those, and whoever shares them shares others too.
"""


def signature(settings: Settings) -> list[tuple[str, bytes]]:
    """Headers of a row that is signed."""
    return [(HEADER, settings.installation.encode())]


def signed_by(record: Any) -> str:
    """The installation that wrote a row; empty where it is not signed, as all of before there were signatures."""
    found = next((value for name, value in record.headers if name == HEADER), b"")
    return str((found or b"").decode(errors="replace"))


async def require_own_topics(settings: Settings) -> None:
    """ConfigError: another installation writes a topic of this one."""
    growing = {"facts": settings.topics.first_partitions}
    growing |= dict.fromkeys(("changelog", "customer_events"), settings.topics.partitions)
    for logical in (*LOOKED_AT, *(("customer_events",) if settings.customers else ())):
        topic = settings.topic_names[logical]
        newest = await newest_rows(settings.kafka, topic, range(growing.get(logical, 1)))
        require_own(settings, logical, topic, newest)


def require_own(settings: Settings, logical: str, topic: str, newest: Mapping[int, Any]) -> None:
    """The same of one topic, whose newest rows, by partition, are known."""
    ours = {"", settings.installation, *settings.topics.taken_over_from}
    others = sorted({signed_by(record) for record in newest.values()} - ours)
    if others:
        raise ConfigError(
            f"topic {topic} (topics.{logical}) is written by installation {others[0]!r}, and this is "
            f"{settings.installation!r}: their numbers would mix. If that one runs on, give this one topics of its "
            "own: set topics.prefix (DESKPULSE_TOPICS__PREFIX). If it has ended for good, set topics.taken_over_from "
            f"(DESKPULSE_TOPICS__TAKEN_OVER_FROM) to {others[0]}"
        )
