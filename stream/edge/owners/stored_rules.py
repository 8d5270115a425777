"""Under which rules stored state was made, and whether a worker with other rules may go on with it.

It may, and what its rules change is booked anew, unless its settings are the older ones: those that the state was made
by before others replaced them. Else workers of old and of new settings would book one state to and fro.
"""

from __future__ import annotations

import logging
from typing import Final

import msgspec
from aiokafka.errors import KafkaError

from stream.edge.kafka.connection import admin_client, unavailable
from stream.edge.kafka.damage import DAMAGE, damaged_row
from stream.edge.kafka.loading import newest_rows
from stream.edge.kafka.topic_ids import look
from stream.edge.kafka.writers import require_own_topics
from stream.edge.owners.shard_rows import POSITION_KEY
from stream.edge.owners.stored_position import StoredPosition
from stream.errors import ConfigError
from stream.rules import fingerprint_of, rules_of
from stream.settings import Settings

_REMEMBERED: Final = 32

log = logging.getLogger(__name__)

decode_position: Final = msgspec.json.Decoder(StoredPosition).decode


def superseded_by(stored: StoredPosition, ours: str, application_id: str) -> tuple[str, ...]:
    """What the position says of rules of before once it says ``ours``; ConfigError: ours are of before themselves."""
    if stored.fingerprint == ours:
        return stored.superseded
    if ours in stored.superseded:
        raise ConfigError(
            f"the state of application {application_id!r} has gone over from this worker's settings (fingerprint "
            f"{ours}) to others ({stored.fingerprint}), which decide what is counted: a worker with settings of before "
            "takes no part. Start it with the settings of the others; to go back to these on purpose, raise "
            'pipeline.settings_revision: docs/operations.md, "Other settings".'
        )
    return (*stored.superseded, stored.fingerprint)[-_REMEMBERED:]


def require_in_place(stored: StoredPosition) -> None:
    """ConfigError: the state is being moved to another number of partitions."""
    if stored.moving_to:
        raise ConfigError(
            f"the state is on its way to {stored.moving_to} partitions, and not there yet: run `deskpulse topics "
            f"--repartition {stored.moving_to} --yes` until it says that all is done, then start workers with "
            'the settings that it names: docs/operations.md, "More partitions"'
        )


async def _require_moved(settings: Settings) -> None:
    """ConfigError: there is state of before the last growth, and none, or not all, of after it."""
    before = settings.model_copy(update={"topics": settings.topics.before_growth()}).topic_names["changelog"]
    async with admin_client(settings.kafka) as admin:
        if not await look(admin._send_request, [before]):
            return
    given, more = ",".join(map(str, settings.topics.grown_from)), settings.topics.partitions
    raise ConfigError(
        f"topics.grown_from is {given}, and the state in {before} has not been moved to {more} partitions: run "
        f"`deskpulse topics --repartition {more} --yes`. Where that state is not to be used any more, delete {before}"
    )


async def require_usable_state(settings: Settings) -> None:
    """Look at all state there is before this worker joins the group: one that cannot go on with it takes no shards.

    ConfigError: its settings are older than the state, another installation writes topics of this one, or the state is
    being moved to another number of partitions.
    LossError: a position cannot be read. UnavailableError: nor can Kafka.
    """
    changelog = settings.topic_names["changelog"]
    ours = fingerprint_of(rules_of(settings), settings.pipeline.settings_revision)
    try:
        await require_own_topics(settings)
        newest = await newest_rows(settings.kafka, changelog, range(settings.topics.partitions), POSITION_KEY)
    except KafkaError as error:
        raise unavailable(settings.kafka, error) from error
    if settings.topics.grown_from and len(newest) < settings.topics.partitions:
        await _require_moved(settings)
    others = 0
    for partition, record in newest.items():
        try:
            stored = decode_position(record.value)
        except DAMAGE as error:
            raise damaged_row(changelog, partition, record.offset, error) from error
        require_in_place(stored)
        superseded_by(stored, ours, settings.application_id)
        others += stored.fingerprint != ours
    if others:
        log.warning("the state of %d partitions was made under other settings: what they change is booked anew", others)
