"""Booking that fails at any of its steps leaves what was booked before, and the event that came is given back."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from stream.domain.changes import Changes
from stream.domain.events import TicketUpdated
from stream.domain.levels import Levels
from stream.domain.panes import Panes
from stream.domain.shard import Shard
from tests.domain.folding import START, fold, settle
from tests.domain.owners import plain, plain_levels, plain_panes
from tests.domain.stories import US, Story, shard

STEPS = [(Panes, "book"), (Levels, "enter"), (Levels, "leave")]
MOVED = TicketUpdated((START + 60) * US, "", "moved /t", channel="chat", team="tech")


def a_call() -> Shard:
    """Answered and open: panes, a level, counters."""
    target = shard()
    fold(target, Story().created(0, "phone", "sales").queued(1).message(5).answered(9))
    settle(target, 10)
    return target


def booked(target: Shard) -> tuple[Any, ...]:
    return plain_panes(target), plain_levels(target), {segment: plain(cells) for segment, cells in target.counters}


def moved(where: type, method: str, fails_at: int) -> tuple[Shard, Changes, bool]:
    """The call after it moved, what was said of that, and whether there was a step that failed."""
    target, step = a_call(), getattr(where, method)
    passages = [0]

    def fails_once(*arguments: Any) -> Any:
        passages[0] += 1
        if passages[0] == fails_at:
            raise OSError
        return step(*arguments)

    with patch.object(where, method, fails_once):
        target.fold("T", MOVED, origin="moved")
        changes = settle(target, 60)
    return target, changes, passages[0] >= fails_at


@pytest.mark.pure
@pytest.mark.parametrize(("where", "method"), STEPS)
def test_all_of_an_event_is_booked_or_nothing(where: type, method: str) -> None:
    before, (target, _, _) = booked(a_call()), moved(where, method, 0)
    after = booked(target)
    assert before != after
    fails_at = 1
    while True:
        target, changes, failed = moved(where, method, fails_at)
        if not failed:
            break
        assert [origin for origin, _, _ in changes.refused] == ["moved"], fails_at
        assert changes.facts == [], fails_at
        assert booked(target) == before, fails_at
        # Whatever came meanwhile is booked as ever.
        target.fold("T", MOVED)
        settle(target, 70)
        assert booked(target) == after, fails_at
        fails_at += 1
    assert fails_at > 1
    assert changes.refused == []


@pytest.mark.pure
def test_where_no_step_works_everything_stays_as_it_was() -> None:
    target = a_call()
    before = booked(target)
    with patch.object(Panes, "book", side_effect=OSError), patch.object(Levels, "enter", side_effect=OSError):
        target.fold("T", MOVED, origin="moved")
        changes = settle(target, 60)
    assert [origin for origin, _, _ in changes.refused] == ["moved"]
    assert booked(target) == before
