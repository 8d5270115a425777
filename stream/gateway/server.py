"""The sockets of a gateway: one for hooks, with TLS where it is set, and one for operators."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from functools import partial
from typing import Final

from aiohttp import web

from stream.clock import monotonic_seconds
from stream.edge.serve.access.addresses import Proxies
from stream.edge.serve.access.certificates import Certificates
from stream.edge.serve.access.clients import Clients, Limits
from stream.edge.serve.access.descriptors import connections_within, raise_descriptor_limit
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.http_headers import request_class, strict_headers
from stream.edge.serve.http_listener import Listener
from stream.edge.serve.http_sockets import is_loopback, listen, place
from stream.gateway.routes import Routes
from stream.settings import GatewaySettings

_SHUTDOWN_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 1.0

_OPERATORS: Final = Limits(connections=64, connections_per_address=32, header_seconds=10.0, write_seconds=10.0)
"""Who asks for numbers is answered, however many strangers are at the hooks."""

log = logging.getLogger(__name__)


class GatewayServer:
    """Listens from the start on, so that a taken port is told at once; serves once `serve` is called."""

    def __init__(self, settings: GatewaySettings, max_body_bytes: int, tally: HttpTally) -> None:
        self._settings = settings
        self._max_body_bytes = max_body_bytes
        self._tally = tally
        self.certificates = certificates_of(settings)
        self._hooks = listen(settings.host, settings.port, "port", "gateway")
        self._numbers: socket.socket | None = None
        if settings.port == 0 or settings.metrics_port != settings.port:
            try:
                self._numbers = listen(settings.metrics_host, settings.metrics_port, "metrics_port", "gateway")
            except Exception:
                self._hooks.close()
                raise
        self._runners: list[web.AppRunner] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ports(self) -> tuple[int, int]:
        """Of hooks, and of numbers."""
        numbers = self._numbers or self._hooks
        return int(self._hooks.getsockname()[1]), int(numbers.getsockname()[1])

    async def serve(self, routes: Routes) -> None:
        """Begin to answer."""
        limits = self._limits()
        clients, operators = Clients(limits, self._tally), Clients(_OPERATORS, HttpTally())
        loop = asyncio.get_running_loop()
        self._tasks.append(loop.create_task(self._sweep(clients, operators)))
        apart = self._numbers is not None
        tls = self.certificates is not None
        await self._add(self._hooks, routes.app(with_hooks=True, with_numbers=not apart), clients, tls=tls)
        if self._numbers is not None:
            await self._add(self._numbers, routes.app(with_hooks=False, with_numbers=True), operators, tls=False)
        self._announce()

    async def close(self) -> None:
        """Close all connections; what is being answered has to be drained before."""
        for task in self._tasks:
            task.cancel()
        for listening in (self._hooks, self._numbers):
            if listening is not None:
                listening.close()
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))

    async def _add(self, listening: socket.socket, app: web.Application, clients: Clients, *, tls: bool) -> None:
        runner = web.AppRunner(app, shutdown_timeout=_SHUTDOWN_SECONDS, handle_signals=False)
        self._runners.append(runner)
        await runner.setup()
        server = runner.server
        assert server is not None
        server.request_factory = partial(app._make_request, _cls=request_class(strict_headers(tls)))
        proxies = Proxies(self._settings.trusted_proxies)
        context = self._context if tls else _no_tls
        listener = Listener(
            listening, server, self._settings, clients, proxies, self._tally, context, self._max_body_bytes
        )
        self._tasks.append(asyncio.get_running_loop().create_task(listener.run()))

    def _context(self) -> ssl.SSLContext | None:
        return self.certificates.context if self.certificates is not None else None

    async def _sweep(self, *sides: Clients) -> None:
        pause = min(_SWEEP_SECONDS, self._settings.header_timeout_seconds / 4, self._settings.write_timeout_seconds / 4)
        while True:
            await asyncio.sleep(pause)
            try:
                for clients in sides:
                    clients.sweep(monotonic_seconds())
                if self.certificates is not None:
                    self.certificates.refresh()
            except Exception:
                log.exception("looking after HTTP connections failed, and goes on")

    def _announce(self) -> None:
        settings = self._settings
        scheme = "http" if self.certificates is None else "https"
        hooks, numbers = self.ports
        log.info("hooks on %s://%s/hooks/", scheme, place(settings.host, hooks))
        host = settings.host if self._numbers is None else settings.metrics_host
        log.info("metrics on %s://%s/metrics", scheme if self._numbers is None else "http", place(host, numbers))
        if self.certificates is None and not is_loopback(settings.host) and not settings.trusted_proxies:
            log.warning(
                "gateway.host=%s: deliveries come without TLS, and whoever is on their way can read them; set "
                "gateway.tls_certificate, or put a proxy with TLS in front and name it in gateway.trusted_proxies",
                settings.host,
            )

    def _limits(self) -> Limits:
        settings = self._settings
        connections = connections_within(raise_descriptor_limit(), settings.max_connections)
        if connections < settings.max_connections:
            log.warning(
                "gateway.max_connections=%d: only %d connections may be open, as the process may not have more open "
                "files; raise that limit (ulimit -n) or lower the setting",
                settings.max_connections,
                connections,
            )
        return Limits(
            connections=connections,
            connections_per_address=min(settings.max_connections_per_address, connections),
            header_seconds=settings.header_timeout_seconds,
            write_seconds=settings.write_timeout_seconds,
        )


def certificates_of(settings: GatewaySettings) -> Certificates | None:
    """Those of the settings; None without TLS. TLS 1.2 is spoken too: some vendors' senders know nothing newer."""
    if settings.tls_certificate is None:
        return None
    return Certificates(settings.tls_certificate, settings.tls_key, section="gateway", lowest=ssl.TLSVersion.TLSv1_2)


def _no_tls() -> None:
    return None
