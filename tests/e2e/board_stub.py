"""The wallboard's own files and headers, with boards that a test makes up: quick, and any state can be had."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from stream.edge.serve.http_headers import strict_headers
from stream.wallboard import PAGES
from tests.e2e.boards import Board, moment, ordinary
from tests.patience import wait_until

Answer = Callable[[Mapping[str, str]], Board]
BEAT_SECONDS = 2.0
RENEW_SECONDS = 5.0


def _as_old_as_now(board: Board) -> Answer:
    """The board whenever it is sent: its times are those of then. In a replay they are the events'."""
    if board["clock"] == "event":
        return lambda _: board
    now = time.time()
    times = {name: board[name] for name in ("now", "watermark") if board[name]}
    ages = {name: now - datetime.fromisoformat(value).timestamp() for name, value in times.items()}
    return lambda _: board | {name: moment(age) for name, age in ages.items()}


class BoardStub:
    """Listens on a free port while the context lasts. Change ``answer`` and every page hears the new board.

    A board goes out again before it grows old, as old as it was when it was shown: a test may take its time.
    ``renews``: False to let it grow old. ``silent``: streams stay open and say nothing. ``refusal``: the error that new
    streams are answered with. ``tickets``: what `/api/facts` answers, with its status, and
    ``asked_tickets``: how it was asked.
    """

    def __init__(self, answer: Answer = ordinary) -> None:
        self.renews = True
        self.silent = False
        self.refusal = ""
        self.asked: list[dict[str, str]] = []
        self.tickets: tuple[int, Mapping[str, object]] = (404, {})
        self.asked_tickets: list[dict[str, str]] = []
        self._answer = answer
        self._version = self._hung_up = 0
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def await_asked(self, query: Mapping[str, str]) -> None:
        """Wait until a page asked last for this: its heading may be ahead of what it asks for."""
        wait_until(lambda: self.asked[-1:] == [query], f"a page asks for {query}", lambda: self.asked)

    def show(self, answer: Answer | Board) -> None:
        """Send this board, or what the function makes of the query, to all pages."""
        self._answer = answer if callable(answer) else _as_old_as_now(answer)
        self._version += 1

    def start(self) -> None:
        """Listen; once more on the same port after `stop`."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler())
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """End all connections and listen no more."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def hang_up(self) -> None:
        """End all streams, and take new ones: the numbers have moved to another worker."""
        self._hung_up += 1

    def stream(self, query: dict[str, str], write: Callable[[str, object], None]) -> None:
        """Send boards and beats until `stop` or `hang_up`."""
        server, sent, beat_at, hung_up = self._server, -1, time.monotonic(), self._hung_up
        sent_at = beat_at
        self.asked.append(query)
        while self._server is server and self._hung_up == hung_up:
            is_due = self.renews and time.monotonic() - sent_at > RENEW_SECONDS
            if (sent != self._version or is_due) and not self.silent:
                sent, sent_at = self._version, time.monotonic()
                write("board", self._answer(query))
            elif time.monotonic() - beat_at > BEAT_SECONDS and not self.silent:
                beat_at = time.monotonic()
                write("beat", {"now": moment()})
            time.sleep(0.02)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                if address.path == "/api/stream":
                    self._stream(dict(parse_qsl(address.query, keep_blank_values=True)))
                elif address.path == "/api/facts":
                    stub.asked_tickets.append(dict(parse_qsl(address.query, keep_blank_values=True)))
                    self._head(stub.tickets[0], "application/json")
                    self.wfile.write(json.dumps(stub.tickets[1]).encode())
                elif address.path in PAGES:
                    page = PAGES[address.path]
                    self._head(200, page.content_type)
                    self.wfile.write(page.body)
                else:
                    self._head(404, "text/plain")

            def _stream(self, query: dict[str, str]) -> None:
                if stub.refusal:
                    self._head(400, "application/json")
                    self.wfile.write(json.dumps({"error": stub.refusal}).encode())
                    return
                self._head(200, "text/event-stream")
                with contextlib.suppress(ConnectionError):  # the browser is gone
                    stub.stream(query, self._event)

            def _event(self, name: str, data: object) -> None:
                self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
                self.wfile.flush()

            def _head(self, status: int, kind: str) -> None:
                self.send_response(status)
                for header, value in {**strict_headers(tls=False), "Content-Type": kind}.items():
                    self.send_header(header, value)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing: the page's own complaints matter."""

        return Handler

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
