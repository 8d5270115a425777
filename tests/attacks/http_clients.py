"""B4, B5, B7, C: clients that hold on, that never read, that come by another name, that talk nonsense."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

from tests.attacks.attack import Attack
from tests.attacks.sockets import STRANGER, answer, open_many, status
from tests.attacks.stand import Stand
from tests.integration.running import RealWorker

_HALF = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: "
_STREAM = b"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_MARK = b"SENDERSBYTES"
_TINY_BUFFER_BYTES = 4096
_STREAMS = 200
_HELD_SECONDS = 15


def _half_requests(stand: Stand) -> None:
    with ExitStack() as stack:
        held = open_many(stack, stand.worker.port, _HALF, [STRANGER] * 2000)
        end = time.monotonic() + _HELD_SECONDS
        while time.monotonic() < end:
            for connection in held:
                with suppress(OSError):
                    connection.sendall(b"a")
            time.sleep(1)
        # A rebalance opens connections to Kafka: they must be left.
        with RealWorker(stand.variables, stand.folder / "second.log") as second:
            second.wait_until(lambda: second.samples("worker_shards") == [1], "half of the shards")
            assert second.end(signal.SIGTERM) == 0
        stand.wait(lambda: stand.worker.samples("worker_shards") == [2], "all shards again")


def _deaf_streams(stand: Stand, sources: list[str]) -> None:
    with ExitStack() as stack:
        opened = open_many(stack, stand.worker.port, _STREAM, sources, _TINY_BUFFER_BYTES)
        began = time.monotonic()
        stand.wait(
            lambda: status(stand.worker.port, _STREAM, "127.0.0.1") == 200,
            f"a board for another beside {len(opened)} deaf ones",
        )
        stand.seen.append(f"a board for another after {time.monotonic() - began:.1f} s")


_PATHS = ("/", "/metrics", "/api/rows", "/api/facts?metric=abandonment", "/api/stream", "/readyz")
_HOSTS = (
    "evil.example",
    "EVIL.EXAMPLE",
    "evil.example:80",
    "evil.example.",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example@127.0.0.1",
    "127.0.0.1, evil.example",
    "user@localhost@evil.example",
    "",
)


def _requests_by_another_name() -> Iterator[bytes]:
    for path in _PATHS:
        for host in _HOSTS:
            yield f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        yield f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        yield f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode()
        yield f"GET http://evil.example{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        yield f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode()


def _other_hosts(stand: Stand) -> None:
    port = stand.worker.port
    served = [request for request in _requests_by_another_name() if status(port, request) == 200]
    told = "; ".join(repr(request[:90]) for request in served[:4])
    assert not served, f"{len(served)} requests by another name were served: {told}"
    stand.seen.append(f"{len(list(_requests_by_another_name()))} requests refused")


def _malformed(count: int) -> Iterator[bytes]:
    dice = random.Random(9)
    forms = (
        lambda: b"GET / HTTP/9.9\r\n" + _MARK + b"\r\n\r\n",
        lambda: b"\x16\x03\x01" + _MARK + dice.randbytes(200),
        lambda: _MARK + b" / HTTP/1.1\r\n\r\n",
        lambda: b"GET /" + _MARK + b"\x00\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        lambda: b"GET / HTTP/1.1\r\nHost: x\r\n" + _MARK + b"\x01: y\r\n\r\n",
        lambda: b"GET / HTTP/1.1\r\nHost: x\r\nX: " + _MARK * 2000 + b"\r\n\r\n",
        lambda: b"GET /" + _MARK * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        lambda: b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + _MARK + b"\r\n\r\n",
        lambda: b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + _MARK + b"\r\n",
        lambda: b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"H%d: 1\r\n" % n for n in range(3000)) + b"\r\n",
        lambda: b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        lambda: dice.randbytes(2000) + _MARK + b"\r\n\r\n",
    )
    for number in range(count):
        yield forms[number % len(forms)]()


def _send_malformed(stand: Stand) -> None:
    for request in _malformed(500):
        answer(stand.worker.port, request + b"\r\n\r\n", seconds=0.2)


def _log_without_the_senders_bytes(stand: Stand) -> str:
    assert _MARK not in stand.log_file.read_bytes(), "the log quotes the sender"
    return "none of it in the log"


ATTACKS = (
    Attack(
        "half",
        "2000 half-sent requests to a worker with 1024 descriptors, and a rebalance meanwhile",
        _half_requests,
        descriptors=1024,
    ),
    Attack(
        "boards",
        f"{_STREAMS} boards of one address that never read",
        lambda stand: _deaf_streams(stand, [STRANGER] * _STREAMS),
    ),
    Attack(
        "many-boards",
        f"boards of {_STREAMS + 50} addresses that never read",
        lambda stand: _deaf_streams(stand, [f"127.0.1.{number}" for number in range(1, 251)]),
        long=True,
    ),
    Attack("host", "requests under a name that is not ours: DNS rebinding", _other_hosts),
    Attack(
        "malformed",
        "500 malformed requests",
        _send_malformed,
        _log_without_the_senders_bytes,
    ),
)
