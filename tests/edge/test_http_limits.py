"""Clients that misbehave, against the real server: it goes on answering others, keeps nothing, and counts."""

from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from stream.edge.serve.http_server import HttpServer
from stream.settings import HttpSettings
from tests.domain.stories import Story
from tests.edge.http_client import Client, parse, read_all
from tests.golden.desk import NOW, TICKETS, FixedState, view
from tests.patience import wait_until

HALF = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Secret: anna@example.org"
STREAM = b"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def serving(state: FixedState | None = None, **settings: Any) -> Iterator[Client]:
    server = HttpServer(HttpSettings(port=0, **settings), state or FixedState(view()))
    try:
        yield Client(server.start())
    finally:
        server.stop()


def test_half_sent_requests_push_out_each_other_and_nobody_else() -> None:
    with serving(max_connections=32, max_connections_per_address=16) as client, client.sockets(200) as sockets:
        for one in sockets:
            try:
                one.sendall(HALF)
            except ConnectionError:
                continue  # closed already for a newer one
        assert client.get("/healthz")[0] == 200
        assert client.sample("http_connections") <= 16
        assert client.refusals("made_room") >= 180


def test_a_header_that_is_not_complete_in_time_ends_its_connection() -> None:
    with serving(header_timeout_seconds=0.2) as client, client.sockets() as (one,):
        one.sendall(HALF)
        assert read_all(one) == b""
        assert client.refusals("header_timeout") == 1


def test_a_connection_that_asks_nothing_is_closed() -> None:
    with serving(keepalive_timeout_seconds=0.2) as client, client.sockets() as (one,):
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert parse(read_all(one))[0] == 200


def test_a_header_without_end_ends_its_connection() -> None:
    with serving() as client, client.sockets() as (one,):
        one.sendall(b"GET /healthz HTTP/1.1\r\n")
        for number in range(100):
            try:
                one.sendall(b"X-%d: %s\r\n" % (number, b"a" * 2000))
            except ConnectionError:
                break
        assert b"200 OK" not in read_all(one)
        wait_until(lambda: client.refusals("header_size") + client.sample("http_bad_requests_total") == 1, "ended")


def test_a_board_that_is_never_read_ends_and_frees_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.edge.serve.http_routes.PUSH_SECONDS", 0.001)
    monkeypatch.setattr("stream.edge.serve.http_routes.BEAT_SECONDS", 0.0)
    state = FixedState(view())
    with serving(state, write_timeout_seconds=0.3, max_streams=1, max_streams_per_address=1) as client:
        with client.sockets(receive_bytes=4096) as (one,):
            one.sendall(STREAM)
            wait_until(lambda: client.sample("http_streams") == 1, "the board is open")
            assert client.get("/api/stream")[0] in (429, 503)
            others = [view({**TICKETS, "more": Story().created(NOW - 60, channel)}) for channel in ("chat", "fax")]

            def ended() -> bool:
                state.view = others[0] if state.view is others[1] else others[1]
                return client.refusals("slow_reader") == 1 and client.sample("http_streams") == 0

            wait_until(ended, "the board that is not read is ended")
        with client.sockets() as (one,):
            one.sendall(STREAM)
            assert one.recv(100).startswith(b"HTTP/1.1 200")


def test_answers_that_are_never_read_end_their_connection() -> None:
    with serving(write_timeout_seconds=0.3) as client, client.sockets(receive_bytes=4096) as (one,):
        one.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 500)
        wait_until(lambda: client.refusals("slow_reader") == 1, "the connection is ended")


def test_more_boards_than_are_allowed_are_refused() -> None:
    with serving(max_streams=2, max_streams_per_address=1) as client, client.sockets() as (first,):
        first.sendall(STREAM)
        assert first.recv(100).startswith(b"HTTP/1.1 200")
        status, headers, body = client.get("/api/stream")
        assert (status, headers["Retry-After"]) == (429, "10")
        assert b"http.max_streams_per_address" in body


def test_boards_leave_connections_for_whoever_else_asks() -> None:
    with (
        serving(max_connections=8, max_connections_per_address=8, max_streams=200) as client,
        client.sockets(7) as some,
    ):
        for one in some:
            one.sendall(STREAM)
        assert sorted(one.recv(12) for one in some) == [b"HTTP/1.1 200"] * 6 + [b"HTTP/1.1 429"]
        assert client.get("/healthz")[0] == 200


def test_boards_are_counted_for_the_client_behind_a_trusted_proxy() -> None:
    with serving(max_streams_per_address=1, trusted_proxies=("127.0.0.0/8",)) as client, client.sockets(3) as sockets:
        for one, hop in zip(sockets, ("203.0.113.1", "203.0.113.2", "203.0.113.2"), strict=True):
            one.sendall(STREAM.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: %s\r\n\r\n" % hop.encode()))
        assert [one.recv(12) for one in sockets] == [b"HTTP/1.1 200", b"HTTP/1.1 200", b"HTTP/1.1 429"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost 127.0.0.1 anna@example.org\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03anna@example.org",
        b"anna@example.org\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: anna@example.org\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_line_at_debug_and_a_counter_without_the_senders_bytes(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving() as client:
        for _ in range(3):
            status, _, body = client.raw(request_bytes)
            assert status == 400
            assert b"anna" not in body
        assert client.sample("http_bad_requests_total") == 3
    assert "anna" not in caplog.text
    assert "Traceback" not in caplog.text
    told = [record for record in caplog.records if "no HTTP" in record.message]
    assert [record.levelno for record in told] == [logging.DEBUG] * 3


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 5\r\n\r\nabcde", b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"]
)
def test_a_request_with_a_body_is_refused(framing: bytes) -> None:
    with serving() as client:
        status, headers, _ = client.raw(b"GET /api/rows HTTP/1.1\r\nHost: 127.0.0.1\r\n" + framing)
        assert (status, headers["Connection"]) == (413, "close")
        assert client.refusals("body") == 1


def test_a_body_without_end_is_not_read_to_its_end() -> None:
    with serving() as client, client.sockets() as (one,):
        one.sendall(b"POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\n")
        sent = 0
        try:
            while sent < 100_000_000:
                sent += one.send(b"a" * 65_536)
        except ConnectionError:
            pass
        assert sent < 100_000_000


_BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 160))
from tests.golden.desk import FixedState, view
from stream.edge.serve.http_server import HttpServer
from stream.settings import HttpSettings
server = HttpServer(HttpSettings(port=0, max_connections=512, max_connections_per_address=512), FixedState(view()))
print(server.start(), resource.getrlimit(resource.RLIMIT_NOFILE)[0], flush=True)
sys.stdin.readline()
files = [open("/dev/null") for _ in range(40)]
print("opened", flush=True)
sys.stdin.readline()
"""


def test_connections_leave_descriptors_for_kafka_when_few_are_allowed() -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 600:
        pytest.skip("this process may not open enough connections itself")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 600), hard))
    command = [sys.executable, "-c", _BOUNDED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ}) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        try:
            port, limit = run.stdout.readline().split()
            assert limit == "160"  # the soft limit was raised to the hard one
            client = Client(int(port))
            with client.sockets(400) as sockets:
                for one in sockets:
                    try:
                        one.sendall(HALF)
                    except ConnectionError:
                        continue
                assert client.get("/healthz")[0] == 200
                run.stdin.write("\n")
                run.stdin.flush()
                assert run.stdout.readline() == "opened\n"
        finally:
            run.kill()
