"""All that decides what a shard makes of its events."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from stream.domain.answers import Families
from stream.domain.definitions import Definitions
from stream.domain.derivation import FactSource
from stream.domain.levels import Stages, with_lost
from stream.domain.limits import Limits
from stream.domain.windows import PanePlan


class ShardRules(Struct, frozen=True):
    """Two shards with equal rules make the same of the same events.

    ``metrics``: those in use. ``counted``: measures of which all that was ever booked is counted, and whether their
    amounts are spans. ``stages``: see `levels`; who is lost is not among them, that is in the definitions.
    ``listed``: levels whose first members are told by name.
    ``last_answers``: so many of the newest are told of each of the ``families`` of answers; 0: none are kept.
    ``tells_starts``: now is told by events, so that the roll-up's may be ahead of the shard's.
    ``tells_customers``: tickets state to their customers what concerns them.
    ``forgetting_key``: of the hash that is kept of customers that are to be forgotten.
    """

    metrics: tuple[FactSource, ...]
    counted: Mapping[str, bool]
    definitions: Definitions
    plan: PanePlan
    limits: Limits
    reopen_horizon_seconds: int
    tells_starts: bool = False
    tells_customers: bool = False
    stages: Stages = {}
    listed: frozenset[str] = frozenset()
    last_answers: int = 0
    families: Families = {}
    forgetting_key: bytes = b""

    @property
    def all_stages(self) -> Stages:
        """Of every level that members may leave by time alone."""
        return with_lost(self.definitions.lost_after_us, self.stages)
