"""Under which rules stored state was made, and whether a worker with other rules may go on with it: it may not."""

from __future__ import annotations

from typing import Final

import msgspec
from aiokafka.errors import KafkaError

from stream.edge.kafka.connection import unavailable
from stream.edge.kafka.damage import DAMAGE, damaged_row
from stream.edge.kafka.loading import newest_rows
from stream.edge.kafka.writers import require_own_topics
from stream.edge.owners.shard_rows import POSITION_KEY
from stream.edge.owners.stored_position import StoredPosition
from stream.errors import ConfigError
from stream.rules import fingerprint_of, rules_of
from stream.settings import Settings

decode_position: Final = msgspec.json.Decoder(StoredPosition).decode


def require_same_rules(stored: str, ours: str, application_id: str) -> None:
    """Compare two fingerprints; ConfigError: they differ."""
    if stored != ours:
        raise ConfigError(
            f"the stored state of application {application_id!r} was made under other definitions, "
            f"windows, limits.max_segments, alerts.enabled or metrics (fingerprint {stored}, now {ours}). "
            "Restore those settings, or make the state anew from the source topics, beside the old one or instead: "
            'docs/operations.md, "Other settings".'
        )


async def require_usable_state(settings: Settings) -> None:
    """Look at all state there is before this worker joins the group: one that cannot go on with it takes no shards.

    ConfigError: it was made under other rules, or another installation writes topics of this one.
    LossError: a position cannot be read. UnavailableError: nor can Kafka.
    """
    changelog, ours = settings.topic_names["changelog"], fingerprint_of(rules_of(settings))
    try:
        await require_own_topics(settings)
        newest = await newest_rows(settings.kafka, changelog, range(settings.topics.partitions), POSITION_KEY)
    except KafkaError as error:
        raise unavailable(settings.kafka, error) from error
    for partition, record in newest.items():
        try:
            stored = decode_position(record.value)
        except DAMAGE as error:
            raise damaged_row(changelog, partition, record.offset, error) from error
        require_same_rules(stored.fingerprint, ours, settings.application_id)
