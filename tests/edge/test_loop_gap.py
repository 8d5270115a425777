"""How long the event loop was away, over the last minute."""

from __future__ import annotations

import asyncio
import time

from stream.edge.process.loop_gap import WINDOW_SECONDS, LoopGap


def test_the_longest_gap_is_shown_for_a_minute() -> None:
    gap = LoopGap()
    for second, seconds in ((100.0, 0.01), (101.0, 0.3), (102.0, 0.02), (130.0, 0.1), (150.0, 0.02)):
        gap.note(second, seconds)
    assert gap.longest_seconds(150.0) == 0.3
    assert gap.longest_seconds(101.0 + WINDOW_SECONDS) == 0.3
    assert gap.longest_seconds(102.0 + WINDOW_SECONDS) == 0.1
    assert gap.longest_seconds(150.0 + WINDOW_SECONDS) == 0.02
    assert gap.longest_seconds(300.0) == 0.0


def test_gaps_of_more_than_50_ms_are_counted() -> None:
    gap = LoopGap()
    for seconds in (0.01, 0.05, 0.051, 2.0):
        gap.note(1.0, seconds)
    assert gap.long_total == 2


def test_it_remembers_little() -> None:
    gap = LoopGap()
    for tick in range(100_000):
        gap.note(tick / 100, 1 / (1 + tick % 1000))
    assert len(gap._longest) <= WINDOW_SECONDS + 2


def test_it_sees_a_loop_that_is_held() -> None:
    gap = LoopGap()

    loop = asyncio.new_event_loop()
    gap.watch(loop)
    loop.call_soon(time.sleep, 0.12)
    # Its timers are late by then: the loop has only just been told to stop.
    loop.call_later(0.1, loop.stop)
    loop.run_forever()
    loop.close()
    assert gap.long_total >= 1
    assert gap.longest_seconds(time.monotonic()) >= 0.1
