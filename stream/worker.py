"""The worker process: a Faust app run until it is told to stop."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
from collections.abc import Collection
from typing import Final, NoReturn

import uvloop
from faust.worker import Worker

from stream.app import build_app
from stream.clock import AgreedClock
from stream.edge.kafka.stalls import Holds, stall_on_signal
from stream.edge.kafka.topics import ensure_topics, sentences
from stream.edge.kafka.watch import Watch
from stream.edge.owners.stored_rules import require_usable_state
from stream.edge.owners.worker_state import WorkerState
from stream.edge.process.collector import Collector
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.edge.process.last_resort import end_process
from stream.edge.process.logs import LimitedHandler
from stream.edge.serve.elsewhere import Elsewhere
from stream.edge.serve.http_server import HttpServer, check_files
from stream.edge.serve.owner_address import OwnerAddress, address_of
from stream.edge.serve.prometheus.rule_windows import unfed_alerts
from stream.settings import Settings

_TELL_SECONDS: Final = 1.0
_QUIET_LOGGERS: Final = ("aiokafka", "faust", "mode", "asyncio")


class _Worker(Worker):  # type: ignore[misc]  # faust has no usable types
    """Leaves once the app has stopped: Faust would wait for seconds and then tear down loops its threads still use."""

    def _shutdown_loop(self) -> None:
        return


def _keep_telling(handler: LimitedHandler, loop: asyncio.AbstractEventLoop) -> None:
    handler.tell()
    loop.call_later(_TELL_SECONDS, _keep_telling, handler, loop)


def _mind(clock: AgreedClock, loop: asyncio.AbstractEventLoop) -> None:
    """Say what is wrong with the clock; begin anew where it went back: what is in memory is of times to come."""
    if doubt := clock.doubt():
        logging.getLogger(__name__).warning("%s", doubt)
    if clock.set_back_us:
        end_process(f"the clock of this machine was set back by {clock.set_back_us / 1e6:.0f} s, and is gone by now")
    loop.call_later(_TELL_SECONDS, _mind, clock, loop)


def _quieten() -> None:
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def run_worker(
    settings: Settings, crash: CrashPoints = NO_CRASH, stall: str | None = None, hold: Collection[str] = ()
) -> NoReturn:
    """Run until SIGTERM or Ctrl-C, then end the process. For tests: ``crash``, ``stall`` and ``hold``."""
    faulthandler.enable()
    log_handler = LimitedHandler()
    logging.basicConfig(level=settings.log_level.upper(), handlers=[log_handler], force=True)
    _quieten()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    check_files(settings.http)
    report = loop.run_until_complete(ensure_topics(settings))
    report.require_usable()
    loop.run_until_complete(require_usable_state(settings))
    for sentence in [*sentences(report.bearable), *unfed_alerts(settings)]:
        logging.getLogger(__name__).warning("%s", sentence)
    clock = AgreedClock()
    app, assignment = build_app(settings, clock, crash)
    watch = Watch(settings, clock)
    state = WorkerState(assignment, settings, clock, watch.outlook)
    holds = Holds(hold, loop)  # before anybody can see that this worker is there
    server = (
        HttpServer(settings.http, state, lambda: Elsewhere(settings.http, OwnerAddress(settings)))
        if settings.http.enabled
        else None
    )
    if server is not None:
        server.start()  # before joining the group: a worker whose port is taken must not take shards first
        assignment.address = address_of(settings, server.ports)
    collector = Collector(lambda: assignment.is_idle)
    collector.take_over()
    # Faust turns the root logger to DEBUG when it is started at a level above info.
    worker = _Worker(app, loglevel="info", redirect_stdouts=False, override_logging=False, loop=loop)
    worker.spinner = None
    _quieten()  # again: Faust has set them
    worker.loop.call_soon(state.keep_beating, worker.loop)
    worker.loop.call_soon(collector.watch, worker.loop)
    worker.loop.call_soon(watch.start)
    worker.loop.call_soon(_mind, clock, worker.loop)
    worker.loop.call_soon(_keep_telling, log_handler, worker.loop)
    if stall is not None:
        stall_on_signal(stall, worker.loop, app)
    holds.wait_to_start()
    exit_code: object = 1
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        exit_code = end.code
    finally:
        if server is not None:
            server.stop()
        if worker.crash_reason is not None:
            # Faust leaves with 1, which supervisors take for an error that a restart would not mend.
            end_process(f"{type(worker.crash_reason).__name__}: {worker.crash_reason}")
    logging.shutdown()
    # All is committed and closed. The interpreter's own end, with threads still alive, crashed now and then.
    os._exit(exit_code if isinstance(exit_code, int) else 0)
