"""Where levels carry starts, the roll-up's clock decides who is lost."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from stream.domain.levels import Levels, with_lost
from stream.domain.rollup import Rollup
from stream.domain.segments import segment_of
from stream.domain.windows import rolling
from stream.metrics import ROWS
from tests.domain.stories import US
from tests.domain.taken import taken_rows

PHONE = segment_of("phone", "a", "")
HOUR = 3600
LOST = with_lost(HOUR * US, {})


def rollup_of(**waiting_since: int) -> Rollup:
    levels = Levels(LOST, tells_starts=True)
    for ticket, since in waiting_since.items():
        levels.enter("waiting", PHONE, ticket, since * US)
    rollup = Rollup(ROWS, (rolling("5m", 300),), ("all",), ZoneInfo("UTC"), stages=LOST)
    rollup.apply_levels(0, PHONE, levels.cells(PHONE))
    return rollup


def shown(rollup: Rollup, now: int) -> dict[str, float]:
    """Values of the levels that are given out anew at ``now`` (seconds)."""
    rollup.advance(now * US)
    rows = [row for _, row in taken_rows(rollup) if row is not None]
    return {row["metric"]: row["value"] for row in rows if row["metric"] in ("waiting_contacts", "lost_contacts")}


@pytest.mark.parametrize("first_look", [300, HOUR])
def test_who_waits_longer_than_that_is_lost_without_an_event(first_look: int) -> None:
    rollup = rollup_of(one=100, other=2000)
    assert shown(rollup, first_look) == {"waiting_contacts": 2, "lost_contacts": 0}
    assert shown(rollup, HOUR + 99) == {}
    assert shown(rollup, HOUR + 101) == {"waiting_contacts": 1, "lost_contacts": 1}
    assert shown(rollup, HOUR + 2001) == {"waiting_contacts": 0, "lost_contacts": 2}
