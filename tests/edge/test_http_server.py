"""The worker's HTTP server, for real: a free port, a thread, and a client."""

from __future__ import annotations

import gzip
import json
import socket
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import msgspec
import pytest

from stream.edge.owners.view import EMPTY_VIEW, View
from stream.edge.owners.worker_state import WorkerReport
from stream.edge.serve.http_server import HttpServer
from stream.errors import UnavailableError
from stream.settings import HttpSettings
from tests.domain.stories import Story
from tests.edge.http_client import Client
from tests.golden.desk import NOW, ONLY_SHARDS, REPORT, TICKETS, FixedState, view
from tests.patience import PATIENCE_SECONDS

FREE = HttpSettings(port=0)


@pytest.fixture
def state() -> FixedState:
    return FixedState(view())


@pytest.fixture
def client(state: FixedState) -> Iterator[Client]:
    server = HttpServer(FREE, state)
    yield Client(server.start())
    server.stop()


@contextmanager
def events(client: Client, query: str = "") -> Iterator[HTTPResponse]:
    connection = HTTPConnection("127.0.0.1", client.port, timeout=PATIENCE_SECONDS)
    connection.request("GET", f"/api/stream{query}")
    yield connection.getresponse()
    connection.close()


def next_event(stream: HTTPResponse) -> tuple[str, dict[str, Any]]:
    name, data, end = (stream.readline().decode().strip() for _ in range(3))
    assert end == ""
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_metrics_come_as_text_and_compressed_when_asked(client: Client) -> None:
    status, headers, body = client.get("/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"deskpulse_waiting_contacts{" in body
    _, headers, packed = client.get("/metrics", **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert b"deskpulse_waiting_contacts{" in gzip.decompress(packed)


def test_metrics_come_as_openmetrics_when_asked(client: Client) -> None:
    _, headers, body = client.get("/metrics", Accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert body.endswith(b"# EOF\n")


def test_a_healthy_worker_says_so_and_a_sick_one_says_why(client: Client, state: FixedState) -> None:
    assert client.json("/healthz") == (200, {"healthy": True, "reason": None})
    state.sick = "the event loop has not run for 11 s (allowed: 10)"
    assert client.json("/healthz") == (503, {"healthy": False, "reason": state.sick})


def test_ready_and_not_ready(client: Client, state: FixedState) -> None:
    assert client.json("/readyz") == (200, {"ready": True, "reasons": [], "warnings": []})
    state.report = ONLY_SHARDS
    reasons = list(ONLY_SHARDS.unready_reasons)
    assert client.json("/readyz") == (503, {"ready": False, "reasons": reasons, "warnings": []})
    state.report = msgspec.structs.replace(REPORT, warnings=("topic x: retention.ms is 1, should be 2",))
    assert client.json("/readyz") == (200, {"ready": True, "reasons": [], "warnings": list(state.report.warnings)})


def test_rows_by_metric_group_and_window(client: Client) -> None:
    status, found = client.json("/api/rows?metric=abandonment&by=channel&window=15m")
    assert status == 200
    assert (found["now"], found["watermark"]) == ("2025-11-22T09:00:00Z", "2025-11-22T08:59:58Z")
    assert [(row["segment"], row["value"]) for row in found["rows"]] == [({"channel": "phone"}, 2 / 3)]


def test_all_rows_are_bounded_and_say_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.edge.serve.board.MAX_ROWS", 3)
    _, found = client.json("/api/rows")
    assert (len(found["rows"]), found["truncated"]) == (3, True)
    assert found["found"] > 3


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("metric=mood", "metric='mood': allowed: first_response_time"),
        ("by=colour", "by='colour': allowed: all, channel, team, channel_team"),
        ("window=2h", "window='2h': allowed: 15m, 7d, 30d, 90d, today, quarter, last_3, now"),
        ("metric=csat&team=billing", "'team' is no parameter here: allowed: metric, by, window"),
        ("windows=15m", "'windows' is no parameter here: allowed: metric, by, window"),
        ("metric=csat&by=all&metric=nps", "'metric' is given more than once: allowed: once"),
    ],
)
def test_a_wrong_parameter_is_told_with_what_is_allowed(client: Client, query: str, said: str) -> None:
    status, answer = client.json(f"/api/rows?{query}")
    assert status == 400
    assert answer["error"].startswith(said)


@pytest.mark.parametrize("route", ["stream?by=channel&channel=phone&channel=chat", "facts?limit=5&limit=6"])
def test_of_what_is_named_twice_the_first_is_not_taken_for_all(client: Client, route: str) -> None:
    status, answer = client.json(f"/api/{route}")
    assert (status, answer["error"].endswith("is given more than once: allowed: once")) == (400, True)


@pytest.mark.parametrize("value", ["a%1fb", "%1f", "a%0ab", "x" * 65, "%20a", "anna%40example.org"])
def test_a_group_that_no_label_can_be_is_refused(client: Client, value: str) -> None:
    status, answer = client.json(f"/api/stream?by=channel&channel={value}")
    assert status == 400
    assert answer["error"].startswith("channel=")
    assert "allowed: a value as it is exported" in answer["error"]


def test_the_stream_begins_with_a_board_of_what_was_asked_for(client: Client) -> None:
    with events(client, "?window=15m&by=channel&channel=phone") as stream:
        assert stream.getheader("Content-Type") == "text/event-stream"
        name, board = next_event(stream)
    assert (name, board["state"], board["now"]) == ("board", "live", "2025-11-22T09:00:00Z")
    assert board["choices"] == {"channel": ["email", "phone"], "team": ["billing", "tech"]}
    assert {row["segment"]["channel"] for row in board["rows"]} == {"phone"}
    assert {row["window"] for row in board["rows"]} == {"15m", "now"}


def test_the_stream_sends_a_board_when_the_numbers_changed_and_a_beat_when_not(
    client: Client, state: FixedState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.edge.serve.http_routes.PUSH_SECONDS", 0.01)
    monkeypatch.setattr("stream.edge.serve.http_routes.BEAT_SECONDS", 0.05)
    with events(client) as stream:
        next_event(stream)
        assert next_event(stream) == ("beat", {"now": "2025-11-22T09:00:00Z"})
        state.view = view({**TICKETS, "one more": Story().created(NOW - 60, "chat")})
        name, board = next_event(stream)
        while name == "beat":
            name, board = next_event(stream)
    assert "chat" in board["choices"]["channel"]


@pytest.mark.parametrize(
    ("shown", "report", "expected"),
    [
        (view({}), None, "empty"),
        (EMPTY_VIEW, None, "loading"),
        (EMPTY_VIEW, ONLY_SHARDS, "elsewhere"),
    ],
)
def test_a_board_without_numbers_says_why(
    client: Client, state: FixedState, shown: View, report: WorkerReport | None, expected: str
) -> None:
    state.view, state.report = shown, report or state.report
    with events(client) as stream:
        _, board = next_event(stream)
    assert (board["state"], board["rows"]) == (expected, [])


def test_stopping_ends_open_streams() -> None:
    server = HttpServer(FREE, FixedState(view()))
    client = Client(server.start())
    with events(client) as stream:
        next_event(stream)
        server.stop()
        assert stream.read() == b""
    with pytest.raises(urllib.error.URLError):
        client.get("/healthz")


@pytest.mark.parametrize("path", ["/", "/board.css", "/board.js", "/format.js", "/icon.svg"])
def test_the_page_is_served_with_strict_headers(client: Client, path: str) -> None:
    status, headers, body = client.get(path)
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers
    assert body


def test_the_page_loads_nothing_from_elsewhere_and_has_nothing_inline(client: Client) -> None:
    page = client.get("/")[2].decode()
    assert "http" not in page
    assert "style=" not in page
    assert '<script type="module" src="board.js"></script>' in page


def test_an_unknown_path_and_a_wrong_method_are_answered_as_json(client: Client) -> None:
    assert client.json("/nope") == (404, {"error": "Not Found: GET /nope"})
    status, headers, _ = client.get("/metrics", method="POST")
    assert (status, headers["Allow"]) == (405, "GET,HEAD")


def test_a_taken_port_is_told_with_what_to_set() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError) as told:
            HttpServer(HttpSettings(port=port), FixedState(view())).start()
    assert str(told.value).startswith(
        f"cannot listen on 127.0.0.1:{port}: Address already in use. Set DESKPULSE_HTTP__PORT"
    )


def test_a_host_that_is_not_of_this_machine_is_told() -> None:
    with pytest.raises(UnavailableError, match=r"cannot listen on no\.such\.host\.invalid:0: .*DESKPULSE_HTTP__HOST"):
        HttpServer(HttpSettings(host="no.such.host.invalid", port=0), FixedState(view())).start()


def test_files_of_the_page_are_sent_packed_and_only_when_they_changed(client: Client) -> None:
    status, headers, body = client.get("/board.js")
    assert (status, headers["Cache-Control"]) == (200, "no-cache")
    _, packed_headers, packed = client.get("/board.js", **{"Accept-Encoding": "gzip"})
    assert packed_headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == body
    status, again, nothing = client.get("/board.js", **{"If-None-Match": headers["ETag"]})
    assert (status, nothing, again["ETag"]) == (304, b"", headers["ETag"])
    assert client.get("/board.js", **{"If-None-Match": '"other"'})[0] == 200


@pytest.mark.parametrize("path", ["/__init__.py", "/vendor", "/texts/", "/../settings/model.py", "/%2e%2e/worker.py"])
def test_nothing_but_the_files_of_the_page_is_served(client: Client, path: str) -> None:
    assert client.get(path)[0] == 404


def test_the_board_has_tiles_alerts_and_ignores_what_only_the_page_reads(client: Client) -> None:
    with events(client, "?lang=ko&kiosk=1&theme=dark") as stream:
        name, board = next_event(stream)
    assert name == "board"
    assert [tile["metric"] for tile in board["tiles"]][:2] == ["service_level", "abandonment"]
    assert board["alerts"] == []
