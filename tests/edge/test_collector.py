"""The cyclic collector is off, and looks when there is nothing else to do. Each test leaves it as it was."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from stream.edge.process import collector as module
from stream.edge.process.collector import LOOK_SECONDS, Collector


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def knot() -> weakref.ref[Knot]:
    return weakref.ref(Knot())


def looking(is_idle: bool) -> Collector:
    found = Collector(lambda: is_idle)
    found.take_over()
    return found


def test_it_is_off_and_what_was_there_is_never_looked_at_again() -> None:
    looking(is_idle=True)
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 10_000


def test_a_cycle_is_collected_when_there_is_nothing_to_do() -> None:
    collector, lost = looking(is_idle=True), knot()
    assert lost() is not None
    collector.look()
    assert lost() is None


def test_while_there_is_work_it_waits_until_very_many_objects_are_new() -> None:
    collector, lost = looking(is_idle=False), knot()
    collector.look()
    assert lost() is not None
    with patch.object(module, "MOST_NEW", 100):
        kept: list[list[int]] = [[] for _ in range(200)]
        collector.look()
    assert lost() is None
    assert len(kept) == 200


def test_what_was_looked_at_while_there_was_work_is_not_looked_at_again() -> None:
    collector = looking(is_idle=False)
    with patch.object(module, "MOST_NEW", 100):
        kept: list[list[int]] = [[] for _ in range(20_000)]
        before = gc.get_freeze_count()
        collector.look()
        assert gc.get_freeze_count() - before >= len(kept)


def test_it_looks_again_and_again() -> None:
    asked: list[float] = []

    class Loop:
        def call_later(self, delay: float, callback: object, /, *args: object) -> None:
            asked.append(delay)
            if len(asked) < 3:
                collector.watch(self)

    collector = looking(is_idle=True)
    collector.watch(Loop())
    assert asked == [LOOK_SECONDS] * 3
