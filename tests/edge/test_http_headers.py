"""Every answer has the headers that keep browsers strict; a name of elsewhere gets nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stream.edge.serve.http_server import HttpServer
from stream.settings import HttpSettings
from stream.wallboard import PAGES
from tests.edge.http_client import Client, parse
from tests.golden.desk import ONLY_SHARDS, FixedState, view

STRICT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PATHS = ("/metrics", "/readyz", "/api/rows", "/api/facts?fact=abandoned", "/api/stream", *PAGES)


@pytest.fixture
def state() -> FixedState:
    return FixedState(view())


@pytest.fixture
def client(state: FixedState) -> Iterator[Client]:
    server = HttpServer(HttpSettings(port=0, max_streams=1, max_streams_per_address=1), state)
    yield Client(server.start())
    server.stop()


def check(headers: dict[str, str]) -> None:
    assert headers.items() >= STRICT.items()
    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert headers["Permissions-Policy"].startswith("camera=()")
    assert not headers.keys() & {"Server", "Access-Control-Allow-Origin", "X-Powered-By"}


def request(target: bytes, *lines: bytes) -> bytes:
    return b"\r\n".join((b"GET " + target + b" HTTP/1.1", b"Host: 127.0.0.1", b"Connection: close", *lines, b"", b""))


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (200, request(b"/")),
        (200, request(b"/healthz")),
        (200, request(b"/healthz", b"Expect: anna@example.org")),
        (400, b"no http\r\n\r\n"),
        (400, request(b"/api/rows?metric=mood")),
        (400, request(b"/", b"Host: 127.0.0.1")),
        (400, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
        (404, request(b"/nope")),
        (404, request(b"http://127.0.0.1/nope")),
        (405, request(b"/").replace(b"GET", b"DELETE")),
        (405, request(b"/metrics").replace(b"GET", b"OPTIONS")),
        (413, request(b"/", b"Content-Length: 1") + b"a"),
        (421, request(b"/").replace(b"127.0.0.1", b"evil.example")),
        (421, request(b"http://evil.example/api/rows")),
    ],
)
def test_every_answer_is_strict(client: Client, status: int, sent: bytes) -> None:
    answered, headers, body = client.raw(sent)
    assert answered == status
    check(headers)
    assert b"anna" not in body


def test_a_defect_is_answered_strictly(
    client: Client, state: FixedState, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(state, "view")
    status, headers, body = client.get("/api/rows?channel=anna")
    assert status == 500
    check(headers)
    assert b"defect" in body
    assert "answering /api/rows failed" in caplog.text


def test_the_stream_and_what_is_refused_beside_it_are_strict(client: Client, state: FixedState) -> None:
    with client.sockets() as (one,):
        one.sendall(request(b"/api/stream"))
        head = b""
        while b"\r\n\r\n" not in head:
            head += one.recv(1)
        status, headers, _ = parse(head)
        assert (status, headers["X-Accel-Buffering"], headers["Cache-Control"]) == (200, "no", "no-store")
        check(headers)
        status, headers, _ = client.get("/api/stream")
        assert (status, headers["Retry-After"]) == (429, "10")
        check(headers)
    state.report = ONLY_SHARDS
    status, headers, _ = client.get("/readyz")
    assert status == 503
    check(headers)


def test_a_file_that_did_not_change_is_answered_strictly(client: Client) -> None:
    etag = client.get("/board.js")[1]["ETag"]
    status, headers, _ = client.get("/board.js", **{"If-None-Match": etag})
    assert status == 304
    check(headers)


@pytest.mark.parametrize("path", PATHS)
def test_a_name_that_is_not_allowed_gets_nothing_and_hears_which_setting(client: Client, path: str) -> None:
    status, answer = client.json(path, Host="evil.example")
    assert status == 421
    assert "http.allowed_hosts" in answer["error"]
    assert "evil" not in answer["error"]
    assert client.get("/healthz", Host="evil.example")[0] == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.1.2.3:8087", "[::1]:8087"])
def test_loopback_and_addresses_are_answered(client: Client, host: str) -> None:
    assert client.get("/api/rows", Host=host)[0] == 200


def test_an_allowed_name_is_answered() -> None:
    server = HttpServer(HttpSettings(port=0, allowed_hosts=("desk.example",)), FixedState(view()))
    try:
        client = Client(server.start())
        assert client.get("/api/rows", Host="desk.example:8087")[0] == 200
        assert client.get("/api/rows", Host="other.example")[0] == 421
        assert client.refusals("host") == 1
    finally:
        server.stop()


def test_a_request_of_http_1_0_needs_no_name(client: Client) -> None:
    assert client.raw(b"GET /readyz HTTP/1.0\r\n\r\n")[0] == 200
