"""What the changelog says of the state as a whole."""

from __future__ import annotations

from msgspec import Struct

from stream.domain.shard_status import ShardStatus


class StoredPosition(Struct, frozen=True, omit_defaults=True):
    """How far the state is, the rules that it was made by, and the topics that it belongs to (see `origins`)."""

    status: ShardStatus
    fingerprint: str
    topic_ids: dict[str, str] = {}
