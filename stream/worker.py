"""The worker process: a Faust app run until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from typing import Final

import uvloop
from faust.worker import Worker

from stream.app import build_app
from stream.settings import Settings

_GC_THRESHOLD: Final = 100_000
_QUIET_LOGGERS: Final = ("aiokafka", "faust", "mode", "asyncio")


def run_worker(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C; leaves by SystemExit."""
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)-8s %(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    app, _ = build_app(settings)
    # What is loaded by now stays; events make no cycles, so full collections over a large state are wasted pauses.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 50, 100)
    # Faust turns the root logger to DEBUG when it is started at a level above info.
    worker = Worker(app, loglevel="info", redirect_stdouts=False, override_logging=False)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    worker.execute_from_commandline()
