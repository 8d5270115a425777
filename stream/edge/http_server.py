"""The HTTP server of a worker, in a thread of its own: a slow scrape never holds up the pipeline's event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from functools import partial
from threading import Event, Thread
from typing import Final

from aiohttp import web

from stream.clock import monotonic_seconds
from stream.edge.access.addresses import Proxies
from stream.edge.access.boards import BoardLimits
from stream.edge.access.clients import Clients, Limits
from stream.edge.access.descriptors import connections_within, raise_descriptor_limit
from stream.edge.access.hosts import AllowedHosts
from stream.edge.access.tally import HttpTally
from stream.edge.http_gate import Gate
from stream.edge.http_headers import request_class, strict_headers
from stream.edge.http_listener import Listener
from stream.edge.http_routes import Routes
from stream.edge.worker_state import WorkerState
from stream.errors import UnavailableError
from stream.settings import HttpSettings

_BACKLOG: Final = 128
_START_SECONDS: Final = 10
_STOP_SECONDS: Final = 5
_SHUTDOWN_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


class HttpServer:
    """``start`` it before the worker joins its group, so that a taken port is told at once."""

    def __init__(self, settings: HttpSettings, state: WorkerState) -> None:
        self._settings = settings
        self._state = state
        self._thread = Thread(target=self._run, name="http", daemon=True)
        self._started = Event()
        self._failure: Exception | None = None
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._tally = HttpTally()
        self._proxies = Proxies(settings.trusted_proxies)

    def start(self) -> int:
        """Listen, and give the port: the one of the settings, or the free one that was found for 0."""
        self._socket = _listen(self._settings)
        port = int(self._socket.getsockname()[1])
        self._thread.start()
        if not self._started.wait(_START_SECONDS) or self._failure is not None:
            raise UnavailableError(f"the HTTP server did not start: {self._failure or 'no answer'}")
        log.info("wallboard on http://%s/, metrics on /metrics", _place(self._settings.host, port))
        return port

    def stop(self) -> None:
        """Close all connections and end the thread."""
        if self._loop is not None and self._thread.is_alive():
            try:
                self._loop.call_soon_threadsafe(self._stop.set)
            except RuntimeError:
                return  # the loop has just closed by itself
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            self._failure = error
            log.exception("the HTTP server failed")
        finally:
            self._started.set()

    async def _serve(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        settings, tally = self._settings, self._tally
        limits = self._limits()
        clients = Clients(limits, tally)
        gate = Gate(AllowedHosts(settings.allowed_hosts, settings.host), self._proxies, tally)
        streams = BoardLimits(settings.max_streams, settings.max_streams_per_address, clients, tally)
        runner = web.AppRunner(
            Routes(self._state, gate, streams, tally).app(), shutdown_timeout=_SHUTDOWN_SECONDS, handle_signals=False
        )
        await runner.setup()
        server = runner.server
        assert server is not None
        assert self._socket is not None
        server.request_factory = partial(runner.app._make_request, _cls=request_class(strict_headers()))
        listener = Listener(self._socket, server, settings, clients, self._proxies, tally, lambda: None)
        tasks = [loop.create_task(listener.run()), loop.create_task(_sweep(clients, limits))]
        try:
            self._started.set()
            await self._stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            self._socket.close()
            await runner.cleanup()

    def _limits(self) -> Limits:
        settings = self._settings
        descriptors = raise_descriptor_limit()
        connections = connections_within(descriptors, settings.max_connections)
        if connections < settings.max_connections:
            log.warning(
                "http.max_connections=%d: only %d HTTP connections may be open, as the process may have %d open files "
                "and Kafka needs the others; raise that limit (ulimit -n) or lower the setting",
                settings.max_connections,
                connections,
                descriptors,
            )
        return Limits(
            connections=connections,
            connections_per_address=min(settings.max_connections_per_address, connections),
            header_seconds=settings.header_timeout_seconds,
            write_seconds=settings.write_timeout_seconds,
        )


async def _sweep(clients: Clients, limits: Limits) -> None:
    pause = min(_SWEEP_SECONDS, limits.header_seconds / 4, limits.write_seconds / 4)
    while True:
        await asyncio.sleep(pause)
        clients.sweep(monotonic_seconds())


def _listen(settings: HttpSettings) -> socket.socket:
    place = _place(settings.host, settings.port)
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # "localhost" may be both; whoever types 127.0.0.1 expects to be answered.
        family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        # create_server adds the place to the text a second time; the bare text of the number does not.
        by_number = error.errno is not None and not isinstance(error, socket.gaierror)
        reason = os.strerror(error.errno or 0) if by_number else str(error.strerror or error)
        raise UnavailableError(
            f"cannot listen on {place}: {reason}. Set DESKPULSE_HTTP__PORT to a free port (0: any free one), "
            "DESKPULSE_HTTP__HOST to an address of this machine, or DESKPULSE_HTTP__ENABLED=false"
        ) from error


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
