"""The HTTP server of a worker, in a thread of its own: a slow scrape never holds up the pipeline's event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from functools import partial
from ssl import SSLContext
from threading import Event, Thread
from typing import Final

from aiohttp import web

from stream.clock import monotonic_seconds
from stream.edge.serve.access.addresses import Proxies
from stream.edge.serve.access.boards import BoardLimits
from stream.edge.serve.access.certificates import Certificates
from stream.edge.serve.access.clients import Clients, Limits
from stream.edge.serve.access.descriptors import connections_within, raise_descriptor_limit
from stream.edge.serve.access.hosts import AllowedHosts
from stream.edge.serve.access.logins import Logins
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.elsewhere import Elsewhere
from stream.edge.serve.http_gate import Gate
from stream.edge.serve.http_headers import request_class, strict_headers
from stream.edge.serve.http_listener import Listener
from stream.edge.serve.http_routes import Routes
from stream.edge.serve.http_sockets import is_loopback, listen, place
from stream.edge.serve.served_worker import ServedWorker
from stream.errors import UnavailableError
from stream.settings import HttpSettings

_START_SECONDS: Final = 10
_STOP_SECONDS: Final = 5
_SHUTDOWN_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


class HttpServer:
    """``start`` it before the worker joins its group, so that a taken port is told at once."""

    def __init__(
        self, settings: HttpSettings, state: ServedWorker, elsewhere: Callable[[], Elsewhere] | None = None
    ) -> None:
        """``elsewhere`` is called in the thread that serves: who answers while the numbers are not here."""
        self._elsewhere = elsewhere
        self._settings = settings
        self._state = state
        self._thread = Thread(target=self._run, name="http", daemon=True)
        self._started = Event()
        self._failure: Exception | None = None
        self._listening: list[tuple[socket.socket, frozenset[str]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._tally = HttpTally()
        self._proxies = Proxies(settings.trusted_proxies)
        self._certificates = Certificates.of(settings)
        self._logins = Logins.of(settings)

    def start(self) -> int:
        """Listen, and give the port: the one of the settings, or the free one that was found for 0."""
        self._listen()
        self._thread.start()
        if not self._started.wait(_START_SECONDS) or self._failure is not None:
            raise UnavailableError(f"the HTTP server did not start: {self._failure or 'no answer'}")
        self._announce()
        return self.ports[0]

    @property
    def ports(self) -> list[int]:
        """The ports it listens on, in the order of ``HttpSettings.ports``."""
        return [int(listening.getsockname()[1]) for listening, _ in self._listening]

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
        hosts = AllowedHosts(settings.answered_hosts, settings.host)
        gate = Gate(hosts, self._proxies, self._logins, tally)
        streams = BoardLimits(
            min(settings.max_streams, _streams_within(limits.connections)),
            min(settings.max_streams_per_address, self._streams_of_address(limits)),
            clients,
            tally,
        )
        elsewhere = self._elsewhere() if self._elsewhere is not None else None
        routes = Routes(self._state, gate, streams, tally, elsewhere)
        headers = strict_headers(self._certificates is not None, settings.framed_by)
        runners = []
        tasks = [loop.create_task(self._look_after(clients, limits))]
        try:
            for listening, sides in self._listening:
                runner = web.AppRunner(routes.app(sides), shutdown_timeout=_SHUTDOWN_SECONDS, handle_signals=False)
                runners.append(runner)
                await runner.setup()
                server = runner.server
                assert server is not None
                server.request_factory = partial(runner.app._make_request, _cls=request_class(headers))
                listener = Listener(listening, server, settings, clients, self._proxies, tally, self._tls)
                tasks.append(loop.create_task(listener.run()))
            self._started.set()
            await self._stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            for listening, _ in self._listening:
                listening.close()
            await asyncio.gather(*(runner.cleanup() for runner in runners))
            if self._logins is not None:
                self._logins.close()

    def _streams_of_address(self, limits: Limits) -> int:
        # Behind a trusted proxy an address has no limit of connections.
        most = limits.connections if self._settings.trusted_proxies else limits.connections_per_address
        return _streams_within(most)

    def _listen(self) -> None:
        settings = self._settings
        try:
            for port, sides in settings.ports:
                key = "port" if not self._listening else min(sides)
                self._listening.append((listen(settings.host, port, key), sides))
        except UnavailableError:
            for listening, _ in self._listening:
                listening.close()
            raise

    def _announce(self) -> None:
        settings = self._settings
        scheme = "http" if self._certificates is None else "https"
        for port, (_, sides) in zip(self.ports, self._listening, strict=True):
            address = f"{scheme}://{place(settings.host, port)}/"
            if {"board", "metrics"} <= sides:
                log.info("wallboard on %s, metrics on /metrics", address)
            else:
                log.info("%s on %s", ", ".join([*sorted(sides), "health"]), address)
        if not settings.asks_who and not is_loopback(settings.host):
            log.warning(
                "http.host=%s: whoever reaches port %s sees all numbers and ticket ids, as nobody has to log in; set "
                "http.users_file or http.tls_client_ca (docs/access.md), or let only those reach it who may",
                settings.host,
                ", ".join(map(str, self.ports)),
            )

    def _tls(self) -> SSLContext | None:
        return self._certificates.context if self._certificates is not None else None

    async def _look_after(self, clients: Clients, limits: Limits) -> None:
        """End connections that are overdue, and take files that have changed."""
        pause = min(_SWEEP_SECONDS, limits.header_seconds / 4, limits.write_seconds / 4)
        while True:
            await asyncio.sleep(pause)
            try:
                clients.sweep(monotonic_seconds())
                for changing in (self._certificates, self._logins):
                    if changing is not None:
                        changing.refresh()
            except Exception:
                log.exception("looking after HTTP connections failed, and goes on")

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


def check_files(settings: HttpSettings) -> None:
    """ConfigError where the files of TLS or of the users cannot be used: to be told before anything is started."""
    if settings.enabled:
        Certificates.of(settings)
        Logins.of(settings)


def _streams_within(connections: int) -> int:
    """Boards never take all connections: health and metrics are asked for over some, too."""
    return max(connections * 3 // 4, 1)
