"""A socket that listens: connections are counted before they cost anything but a descriptor."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from ssl import SSLContext
from typing import Final, Protocol

from aiohttp import web

from stream.clock import monotonic_seconds
from stream.edge.serve.access.addresses import Proxies, client_key
from stream.edge.serve.access.clients import Client, Clients
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.http_connection import Connection

_PAUSE_SECONDS: Final = 0.1
_CLOSE_SECONDS: Final = 2.0

log = logging.getLogger(__name__)


class Times(Protocol):
    """How long a connection may take. The settings of each side that listens have these."""

    @property
    def header_timeout_seconds(self) -> float:
        """For a request's header, and for TLS."""
        ...

    @property
    def keepalive_timeout_seconds(self) -> float:
        """Between two requests."""
        ...


class Listener:
    """Accepts connections for ``server``. ``tls`` gives the context for the next one, or None without TLS.

    ``body_bytes``: the largest body that a request here may have.
    """

    def __init__(
        self,
        listening: socket.socket,
        server: web.Server,
        times: Times,
        clients: Clients,
        proxies: Proxies,
        tally: HttpTally,
        tls: Callable[[], SSLContext | None],
        body_bytes: int = 0,
    ) -> None:
        self._socket = listening
        self._server = server
        self._times = times
        self._clients = clients
        self._proxies = proxies
        self._tally = tally
        self._tls = tls
        self._body_bytes = body_bytes
        self._opening: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Accept until cancelled."""
        loop = asyncio.get_running_loop()
        self._socket.setblocking(False)
        try:
            while True:
                try:
                    accepted, place = await loop.sock_accept(self._socket)
                except OSError as error:
                    # Out of descriptors, most likely, which the limits should prevent; or the client left already.
                    log.debug("no connection could be accepted: %s", error.strerror)
                    self._clients.make_room(monotonic_seconds())
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                self._welcome(accepted, str(place[0]))
                # Without this a flood of connections would keep the loop here: accepting seldom has to wait.
                await asyncio.sleep(0)
        finally:
            for task in self._opening:
                task.cancel()

    def _welcome(self, accepted: socket.socket, peer: str) -> None:
        made: list[Connection] = []

        def end() -> None:
            # Until its TLS is agreed on, a connection has nothing that could be closed but the task that opens it.
            made[0].end() if made and task.done() else task.cancel()

        def unsent() -> int:
            return made[0].unsent_bytes if made else 0

        def connection() -> Connection:
            timeout = self._times.keepalive_timeout_seconds
            made.append(Connection(self._server, client, self._clients, self._tally, timeout, self._body_bytes))
            return made[0]

        client = Client(client_key(peer), not self._proxies.trusts(peer), monotonic_seconds(), end)
        if not self._clients.admit(client, monotonic_seconds(), unsent):
            accepted.close()
            return
        task = asyncio.get_running_loop().create_task(self._open(accepted, client, connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, accepted: socket.socket, client: Client, connection: Callable[[], Connection]) -> None:
        loop = asyncio.get_running_loop()
        tls = self._tls()
        times = {"ssl_handshake_timeout": self._times.header_timeout_seconds, "ssl_shutdown_timeout": _CLOSE_SECONDS}
        opened = False
        try:
            await loop.connect_accepted_socket(connection, accepted, ssl=tls, **(times if tls is not None else {}))
            opened = True
        except OSError:
            # Not the text of the error: it may tell of the client's certificate.
            self._tally.refusals["handshake"] += 1
            log.debug("a connection was not agreed on")
        finally:
            if not opened:
                self._clients.forget(client)
                accepted.close()
