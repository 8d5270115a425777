"""C: the broker dies, a topic disappears, the worker is frozen: it has to know, and to say so once."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable

from tests.attacks.attack import Attack
from tests.attacks.stand import Stand
from tests.patience import slowness

_KNOWN_WITHIN_SECONDS = 45
"""Promised are 10 s; a busy machine takes longer, and one that never knows takes for ever."""
_DEAD_SECONDS = 30
_FROZEN_SECONDS = 12


def _unready_within(stand: Stand, what: str) -> None:
    began, limit_seconds = time.monotonic(), _KNOWN_WITHIN_SECONDS * slowness()
    while stand.worker.process.poll() is None and stand.worker.readiness()[0] == 200:
        assert time.monotonic() - began < limit_seconds, f"still ready {limit_seconds:.0f} s after {what}"
        time.sleep(0.2)
    took = time.monotonic() - began
    status, reasons = stand.worker.readiness()
    told = f"ended with {stand.worker.process.poll()}" if status == 0 else f"not ready: {'; '.join(reasons)[:150]}"
    stand.seen.append(f"after {took:.0f} s {told}")


def _kill_the_broker(stand: Stand) -> None:
    stand.kafka.kill()
    _unready_within(stand, "the broker died")
    time.sleep(_DEAD_SECONDS)
    stand.kafka.restart()


def _delete(logical: str) -> Callable[[Stand], None]:
    async def delete(stand: Stand) -> None:
        async with stand.admin() as admin:
            await admin.delete_topics([stand.settings.topic_names[logical]])

    def strike(stand: Stand) -> None:
        asyncio.run(delete(stand))
        _unready_within(stand, f"{logical} was deleted")

    return strike


def _freeze(stand: Stand) -> None:
    process = stand.worker.process
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(_FROZEN_SECONDS)
    os.kill(process.pid, signal.SIGCONT)
    status, reasons = stand.worker.readiness()
    assert status in (0, 503), "the first answer after a freeze is that of before"
    stand.seen.append(f"first answer {status} {'; '.join(reasons)[:120]}")


ATTACKS = (
    Attack(
        "broker",
        f"the broker is killed, and back after {_DEAD_SECONDS} s",
        _kill_the_broker,
        own_broker=True,
        may_end=True,
        every_record=False,
        log_bytes=60_000,
        long=True,
    ),
    Attack(
        "freeze",
        f"the worker is frozen for {_FROZEN_SECONDS} s",
        _freeze,
        health_seconds=_FROZEN_SECONDS + 10,
        may_end=True,
        log_bytes=60_000,
        long=True,
    ),
    *(
        Attack(
            f"delete-{logical.replace('_', '-')}",
            f"the topic {logical} is deleted",
            _delete(logical),
            may_end=True,
            goes_on=False,
            log_bytes=60_000,
            long=True,
        )
        for logical in ("changelog", "tickets", "metrics")
    ),
)
