"""Clients of the worker's HTTP side without manners, on loopback addresses of their own choice."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import ExitStack, suppress

STRANGER = "127.0.0.2"
"""Who attacks: another address than that of those who have to be served meanwhile."""

_RECEIVED_BYTES = 1 << 16


def connect(port: int, source: str = STRANGER, receive_buffer_bytes: int | None = None) -> socket.socket:
    """A connection to the worker. OSError: refused."""
    connection = socket.socket()
    try:
        if receive_buffer_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        connection.settimeout(5)
        connection.bind((source, 0))
        connection.connect(("127.0.0.1", port))
    except OSError:
        connection.close()
        raise
    return connection


def open_many(
    stack: ExitStack, port: int, begin: bytes, sources: Iterable[str], receive_buffer_bytes: int | None = None
) -> list[socket.socket]:
    """One connection from each of ``sources`` that has sent ``begin``, as far as they are let in; ``stack`` closes."""
    opened = []
    for source in sources:
        with suppress(OSError):
            connection = stack.enter_context(connect(port, source, receive_buffer_bytes))
            connection.sendall(begin)
            opened.append(connection)
    return opened


def answer(port: int, request: bytes, source: str = STRANGER, seconds: float = 10) -> bytes:
    """What comes back until the worker closes, or ``seconds`` pass without a byte; empty when it just closes."""
    parts = []
    with suppress(OSError), connect(port, source) as connection:
        connection.settimeout(seconds)
        connection.sendall(request)
        while part := connection.recv(_RECEIVED_BYTES):
            parts.append(part)
            if len(parts) > 100:
                break
    return b"".join(parts)


def status(port: int, request: bytes, source: str = STRANGER, seconds: float = 10) -> int:
    """The status of the first answer; 0 where there is none."""
    with suppress(OSError), connect(port, source) as connection:
        connection.settimeout(seconds)
        connection.sendall(request)
        words = connection.recv(64).split()
        if len(words) > 1 and words[1].isdigit():
            return int(words[1])
    return 0
