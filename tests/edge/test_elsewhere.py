"""Answers of the worker that holds the numbers come through another one, and nothing goes in circles."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from stream.clock import ManualClock
from stream.edge.owners.assignment import Assignment
from stream.edge.owners.worker_state import WorkerState
from stream.edge.serve.elsewhere import FORWARDED, Elsewhere
from stream.edge.serve.http_server import HttpServer
from stream.edge.serve.owner_address import address_of
from stream.errors import ConfigError
from stream.rules import rules_of
from stream.settings import HttpSettings, Settings, load_settings
from tests.golden.desk import NOW
from tests.patience import PATIENCE_SECONDS


class Known:
    """An address of the owner that is known, until it is forgotten."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.forgotten = 0

    async def get(self) -> str:
        return self.address

    def forget(self) -> None:
        self.forgotten += 1


class Owner(BaseHTTPRequestHandler):
    """Stands for the worker that holds the numbers."""

    heard: ClassVar[list[tuple[str, dict[str, str]]]] = []
    is_owner: ClassVar[bool] = True

    def do_GET(self) -> None:
        Owner.heard.append((self.path, dict(self.headers)))
        body = json.dumps({"rows": ["theirs"]}).encode()
        self.send_response(200 if Owner.is_owner else 503)
        self.send_header("Content-Type", "text/event-stream" if "stream" in self.path else "application/json")
        self.send_header("Set-Cookie", "theirs=1")
        if not Owner.is_owner:
            self.send_header(FORWARDED, "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""


@pytest.fixture
def owner() -> Iterator[Known]:
    Owner.heard, Owner.is_owner = [], True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Owner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Known(f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Known], str]]:
    servers: list[HttpServer] = []

    def start(known: Known) -> str:
        clock = ManualClock(NOW * 1_000_000)
        state = WorkerState(Assignment(Settings(), rules_of(Settings()), clock), Settings(), clock)
        settings = HttpSettings(port=0)
        servers.append(HttpServer(settings, state, lambda: Elsewhere(settings, known)))  # type: ignore[arg-type]  # stands for it
        return f"http://127.0.0.1:{servers[-1].start()}"

    yield start
    for server in servers:
        server.stop()


def get(url: str, **headers: str) -> tuple[int, dict[str, str], Any]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_the_owners_answer_comes_through_with_what_the_client_brought(owner: Known, serve: Any) -> None:
    address = serve(owner)
    status, headers, body = get(f"{address}/api/rows?metric=csat&by=a%2Fb", Authorization="Bearer x", Other="y")
    assert (status, json.loads(body)) == (200, {"rows": ["theirs"]})
    assert headers["Content-Type"] == "application/json"
    assert "Set-Cookie" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    ((path, heard),) = Owner.heard
    assert path == "/api/rows?metric=csat&by=a%2Fb"
    assert (heard["Authorization"], heard["X-Forwarded-For"], heard[FORWARDED]) == ("Bearer x", "127.0.0.1", "1")
    assert "Other" not in heard


def test_a_request_that_was_forwarded_is_not_sent_on(owner: Known, serve: Any) -> None:
    status, headers, _ = get(f"{serve(owner)}/api/rows", Deskpulse_Forwarded="1")
    assert (status, headers[FORWARDED], Owner.heard) == (503, "1", [])


@pytest.mark.parametrize("path", ["/api/rows", "/api/stream"])
def test_one_that_is_not_the_owner_any_more_is_forgotten_and_the_worker_answers_itself(
    owner: Known, serve: Any, path: str
) -> None:
    Owner.is_owner = False
    status, _, body = get(serve(owner) + path)
    assert status == 200
    assert b'"state":"loading"' in body or b'"is_rollup_owner":false' in body
    assert owner.forgotten == 1


def test_one_that_does_not_answer_is_forgotten(serve: Any) -> None:
    known = Known("http://127.0.0.1:9")
    assert get(f"{serve(known)}/api/rows")[0] == 200
    assert known.forgotten == 1


def test_a_stream_of_an_owner_that_ends_ends_here_too(owner: Known, serve: Any) -> None:
    status, headers, body = get(f"{serve(owner)}/api/stream")
    assert (status, headers["Content-Type"], json.loads(body)) == (200, "text/event-stream", {"rows": ["theirs"]})


def test_readyz_with_numbers_is_for_the_owner_alone(owner: Known, serve: Any) -> None:
    status, _, body = get(f"{serve(owner)}/readyz?numbers=1")
    assert (status, json.loads(body)["reasons"][-1]) == (503, "another worker holds the numbers")


@pytest.mark.parametrize(
    ("http", "ports", "expected"),
    [
        ({}, [8087], "http://127.0.0.1:8087"),
        ({"host": "10.0.0.7", "port": 0}, [4711], "http://10.0.0.7:4711"),
        ({"host": "0.0.0.0"}, [8087], "http://127.0.0.1:8087"),
        ({"host": "::1"}, [8087], "http://[::1]:8087"),
        ({"api": "8090"}, [8087, 8090], "http://127.0.0.1:8090"),
        ({"api": "off"}, [8087], "http://127.0.0.1:8087"),
        ({"api": "off", "board": "off"}, [8087], ""),
        ({"advertised_url": "https://desk-1:443/"}, [8087], "https://desk-1:443"),
    ],
)
def test_where_others_find_a_worker(http: dict[str, Any], ports: list[int], expected: str) -> None:
    assert address_of(Settings(http=HttpSettings(**http)), ports) == expected


def test_the_name_that_other_workers_use_is_answered_and_no_other() -> None:
    assert HttpSettings(advertised_url="http://desk-1:8087", allowed_hosts=("a",)).answered_hosts == ("a", "desk-1")
    assert HttpSettings(advertised_url="http://[::1]:8087").answered_hosts == ("::1",)
    assert HttpSettings().answered_hosts == ()


@pytest.mark.parametrize("url", ["desk-1:8087", "http://desk-1", "ftp://a:1", "http://a:1/path", "http://u:p@a:1"])
def test_an_advertised_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="HTTP__ADVERTISED_URL"):
        load_settings({"DESKPULSE_HTTP__ADVERTISED_URL": url})
