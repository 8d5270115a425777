"""The HTTP server of a worker, in a thread of its own: a slow scrape never holds up the pipeline's event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from threading import Event, Thread
from typing import Final

from aiohttp import web

from stream.edge.http_routes import Routes
from stream.edge.worker_state import WorkerState
from stream.errors import UnavailableError
from stream.settings.model import HttpSettings

_BACKLOG: Final = 128
_START_SECONDS: Final = 10
_STOP_SECONDS: Final = 5
_SHUTDOWN_SECONDS: Final = 1.0

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
        self._loop = asyncio.get_running_loop()
        runner = web.AppRunner(
            Routes(self._state).app(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, handle_signals=False
        )
        await runner.setup()
        try:
            assert self._socket is not None
            await web.SockSite(runner, self._socket).start()
            self._started.set()
            await self._stop.wait()
        finally:
            await runner.cleanup()


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
