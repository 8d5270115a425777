"""What the changelog says of the state as a whole."""

from __future__ import annotations

from msgspec import Struct

from stream.domain.shard_status import ShardStatus


class StoredPosition(Struct, frozen=True, omit_defaults=True):
    """How far the state is, the rules that it was made by, and the topics that it belongs to (see `origins`).

    ``superseded``: fingerprints of rules that it was made by before, the last ones; whoever has these has old settings.
    ``moving_to``: so many partitions the state is on its way to; nobody counts with it. 0: it is where it belongs.
    """

    status: ShardStatus
    fingerprint: str
    topic_ids: dict[str, str] = {}
    superseded: tuple[str, ...] = ()
    moving_to: int = 0
