"""Asks a broker the questions that show it is ready: four requests of Kafka's protocol, in old, simple versions.

Written out here, since a client library would want an event loop, and would retry and log by itself.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

_METADATA, _FIND_COORDINATOR, _API_VERSIONS, _INIT_PRODUCER_ID = 3, 10, 18, 22
_GROUP, _TRANSACTION = 0, 1
_NAME = "deskpulse-ready"


@dataclass(frozen=True, slots=True)
class NotReady(Exception):  # noqa: N818 - a state on the way, not an error
    """Why the broker is not ready yet."""

    why: str


class _Reader:
    """Reads the fields of an answer one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, form: str) -> int:
        value: int = struct.unpack_from(f">{form}", self._data, self._at)[0]
        self._at += struct.calcsize(form)
        return value

    def text(self) -> str:
        length = self.number("h")
        self._at += max(length, 0)
        return self._data[self._at - length : self._at].decode() if length > 0 else ""


def require_ready(port: int, nodes: int = 1, timeout_seconds: float = 5.0) -> None:
    """Raise NotReady unless the broker answers, knows ``nodes`` brokers, and serves groups and transactions."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout_seconds) as connection:
            _check(_ask(connection, _API_VERSIONS, 0, b""), "answering")
            live = _live_brokers(_ask(connection, _METADATA, 1, struct.pack(">i", 0)))
            if live < nodes:
                raise NotReady(f"{live} of {nodes} nodes have joined")
            _coordinator(connection, _GROUP)
            coordinator = _coordinator(connection, _TRANSACTION)
        with socket.create_connection(("127.0.0.1", coordinator), timeout_seconds) as connection:
            answer = _ask(connection, _INIT_PRODUCER_ID, 1, _string(_NAME) + struct.pack(">i", 1000))
            answer.number("i")
            _check(answer, "transactions")
    except (OSError, struct.error) as error:
        raise NotReady(f"port {port}: {error}") from error


def _live_brokers(answer: _Reader) -> int:
    return answer.number("i")


def _coordinator(connection: socket.socket, kind: int) -> int:
    answer = _ask(connection, _FIND_COORDINATOR, 1, _string(_NAME) + struct.pack(">b", kind))
    answer.number("i")
    _check(answer, "groups" if kind == _GROUP else "transactions")
    answer.text()
    answer.number("i")
    answer.text()
    return answer.number("i")


def _check(answer: _Reader, what: str) -> None:
    code = answer.number("h")
    if code:
        raise NotReady(f"{what}: not yet (Kafka's error {code})")


def _string(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _ask(connection: socket.socket, api: int, version: int, body: bytes) -> _Reader:
    request = struct.pack(">hhi", api, version, 1) + _string(_NAME) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (length,) = struct.unpack(">i", _receive(connection, 4))
    answer = _Reader(_receive(connection, length))
    answer.number("i")
    return answer


def _receive(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = connection.recv(length - len(data))
        if not part:
            raise ConnectionError("the broker closed the connection")
        data += part
    return data
