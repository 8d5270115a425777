"""The process ``deskpulse gateway``: from checked settings to the last answer."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

import uvloop

from stream.clock import Clock, SystemClock
from stream.contract.decoder import Decoder
from stream.edge.process.logs import LimitedHandler
from stream.edge.serve.access.tally import HttpTally
from stream.gateway.hook import Hook
from stream.gateway.hooks import hooks_of
from stream.gateway.reception import Reception
from stream.gateway.routes import Routes
from stream.gateway.series import GatewayPage
from stream.gateway.server import GatewayServer
from stream.gateway.tally import GatewayTally
from stream.gateway.writer import Writer
from stream.rules import passing_rules_of, rules_of
from stream.settings import Settings

_LOOK_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


def run_gateway(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C, and end when all that was begun is answered.

    ConfigError: settings, secrets, certificates or topics are wrong. UnavailableError: a port is taken. A Kafka that is
    away is waited for, and deliveries are told to come again.
    """
    handler = LimitedHandler()
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for name in ("aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
    hooks = hooks_of(settings, Decoder(rules_of(settings).limits, passing_rules_of(settings)))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, hooks, SystemClock(), handler.tell))


async def serve(
    settings: Settings,
    hooks: dict[str, Hook],
    clock: Clock,
    look: Callable[[], None] = lambda: None,
    started: Callable[[GatewayServer], None] = lambda _: None,
) -> None:
    """Serve until a signal comes. ``look`` is called every second, ``started`` once the ports answer."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tally, http = GatewayTally(list(hooks)), HttpTally()
    writer = Writer(settings)
    reception = Reception(settings, writer, tally, clock)
    server = GatewayServer(settings.gateway, max(hook.max_body_bytes for hook in hooks.values()), http)
    writing = asyncio.ensure_future(writer.run())
    looking = asyncio.ensure_future(_keep_looking(hooks.values(), look))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await server.serve(Routes(hooks, reception, writer, GatewayPage(tally, http, writer)))
        for hook in hooks.values():
            log.info("hook %s, signed by %s secrets", hook.path, len(hook.secrets.current))
        started(server)
        done, _ = await asyncio.wait({writing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if writing in done:
            await writing  # raises what is wrong with topics or login
        reception.ending = True
        log.info("ending: %d deliveries wait for their answer", tally.waiting_deliveries)
        if not await reception.drained(settings.gateway.drain_seconds):
            log.warning("%d deliveries are not answered; their senders have to try again", tally.waiting_deliveries)
    finally:
        for task in (writing, looking, stopped):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        await server.close()
        await writer.close()


async def _keep_looking(hooks: Iterable[Hook], look: Callable[[], None]) -> None:
    watched = list(hooks)
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        try:
            look()
            for hook in watched:
                hook.secrets.refresh()
        except Exception:
            log.exception("looking after the secrets failed, and goes on")
