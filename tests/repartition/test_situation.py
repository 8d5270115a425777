"""What allows a change to more partitions, and what does not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stream.domain.shard_status import ShardStatus
from stream.edge.owners.stored_position import StoredPosition
from stream.errors import ConfigError
from stream.repartition.situation import Situation, require_read, require_ready
from stream.repartition.step import step_to
from stream.settings import load_settings

STEP = step_to(load_settings({"DESKPULSE_TOPICS__PARTITIONS": "2"}), 4)
TICKETS, SURVEYS = "support.tickets.v1", "support.surveys.v1"


def stored(tickets: int, surveys: int = 0, moving_to: int = 0) -> StoredPosition:
    return StoredPosition(ShardStatus({"tickets": tickets, "surveys": surveys}, 0, 0, {}), "", moving_to=moving_to)


CALM = Situation(
    counts={TICKETS: 2, SURVEYS: 2},
    members=0,
    stored={0: stored(10), 1: stored(20)},
    bounds={(TICKETS, 0): (3, 10), (TICKETS, 1): (0, 20), (SURVEYS, 0): (0, 0), (SURVEYS, 1): (0, 0)},
    is_done=False,
)


def test_a_stopped_installation_without_lag_may_grow() -> None:
    require_ready(STEP, CALM)
    require_read(STEP, CALM)


def test_each_event_that_nobody_counted_is_told_by_its_place() -> None:
    behind = replace(CALM, bounds={**CALM.bounds, (TICKETS, 1): (0, 25), (SURVEYS, 0): (0, 2)})
    with pytest.raises(ConfigError, match="7 events are still to be counted") as raised:
        require_read(STEP, behind)
    assert f"{SURVEYS} partition 0: 2, {TICKETS} partition 1: 5" in str(raised.value)


def test_a_partition_that_was_never_read_is_empty_or_a_reason() -> None:
    never = replace(CALM, stored={0: stored(10)})
    with pytest.raises(ConfigError, match="20 events"):
        require_read(STEP, never)
    require_read(STEP, replace(never, bounds={**CALM.bounds, (TICKETS, 1): (20, 20)}))


def test_what_lies_in_a_topic_that_has_grown_is_no_reason() -> None:
    behind = {**CALM.bounds, (TICKETS, 0): (3, 99)}
    require_read(STEP, replace(CALM, counts={TICKETS: 4, SURVEYS: 2}, bounds=behind))
    with pytest.raises(ConfigError, match="1 events"):
        require_read(STEP, replace(CALM, counts={TICKETS: 4, SURVEYS: 2}, bounds={**behind, (SURVEYS, 1): (0, 1)}))


def test_workers_in_the_group_are_a_reason() -> None:
    with pytest.raises(ConfigError, match="3 workers are in the group deskpulse"):
        require_ready(STEP, replace(CALM, members=3))


def test_state_on_its_way_goes_on_to_the_same_number_only() -> None:
    require_ready(STEP, replace(CALM, stored={0: stored(10, moving_to=4), 1: stored(20)}))
    with pytest.raises(ConfigError, match=r"on its way to 3 partitions.*--repartition 2 --yes"):
        require_ready(STEP, replace(CALM, stored={0: stored(10, moving_to=3), 1: stored(20)}))
