"""A client of a worker's HTTP side that takes every answer as it is, and sockets that misbehave."""

from __future__ import annotations

import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.patience import PATIENCE_SECONDS

Answer = tuple[int, dict[str, str], bytes]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Client:
    """Asks the server at ``port``; the answer is status, headers and body, whatever the status."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, **headers: str) -> None:
        self.port = port
        self.tls = tls
        self.headers = headers
        self.address = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        asked = urllib.request.Request(f"{self.address}{path}", headers={**self.headers, **headers}, method=method)
        handlers: list[Any] = [_NoRedirects(), urllib.request.ProxyHandler({})]
        if self.tls is not None:
            handlers.append(urllib.request.HTTPSHandler(context=self.tls))
        try:
            with urllib.request.build_opener(*handlers).open(asked, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def json(self, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
        status, answered, body = self.get(path, **headers)
        assert answered["Content-Type"] == "application/json"
        return status, json.loads(body)

    def sample(self, name: str, **labels: str) -> float:
        """The one sample on /metrics with this name and these labels."""
        text = self.get("/metrics")[2].decode()
        found = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == f"deskpulse_{name}" and sample.labels.items() >= labels.items()
        ]
        assert len(found) == 1, f"{name} {labels}: {found}"
        return found[0]

    def refusals(self, reason: str) -> float:
        return self.sample("http_refusals_total", reason=reason)

    @contextmanager
    def sockets(self, count: int = 1, receive_bytes: int | None = None) -> Iterator[list[socket.socket]]:
        """Open connections that send nothing yet."""
        opened: list[socket.socket] = []
        try:
            for _ in range(count):
                one = socket.socket()
                opened.append(one)
                if receive_bytes is not None:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
                one.settimeout(PATIENCE_SECONDS)
                one.connect(("127.0.0.1", self.port))
            yield opened
        finally:
            for one in opened:
                one.close()

    def raw(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send these bytes, and give the answer up to the end of the connection."""
        with self.sockets() as (one,):
            one.sendall(request)
            return parse(read_all(one))


def read_all(one: socket.socket) -> bytes:
    """All that comes until the connection is closed or reset."""
    received = b""
    try:
        while part := one.recv(65_536):
            received += part
    except ConnectionError:
        pass
    return received


def parse(answer: bytes) -> Answer:
    """Status, headers and body of an answer that is whole."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body
