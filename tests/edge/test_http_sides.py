"""Wallboard, numbers as JSON and metrics: each on the one port, off, or on a port of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stream.edge.serve.http_server import HttpServer
from stream.errors import ConfigError, UnavailableError
from stream.settings import HttpSettings, load_settings
from stream.wallboard import PAGES
from tests.edge.http_client import Client
from tests.golden.desk import FixedState, view

SIDES = {"board": [*PAGES], "api": ["/api/rows", "/api/facts?fact=nonsense"], "metrics": ["/metrics"]}


@contextmanager
def serving(**settings: Any) -> Iterator[list[Client]]:
    server = HttpServer(HttpSettings(port=0, **settings), FixedState(view()))
    try:
        server.start()
        yield [Client(port) for port in server.ports]
    finally:
        server.stop()


def sides_of(client: Client) -> set[str]:
    """What is there; all paths of a side, or none."""
    found = set()
    for side, paths in SIDES.items():
        answers = {client.get(path)[0] != 404 for path in paths}
        assert len(answers) == 1, side
        if answers == {True}:
            found.add(side)
    assert client.get("/healthz")[0] == client.get("/readyz")[0] == 200
    return found


def test_all_is_on_one_port_unless_it_is_set() -> None:
    with serving() as clients:
        assert [sides_of(client) for client in clients] == [{"board", "api", "metrics"}]


@pytest.mark.parametrize("side", SIDES)
def test_each_can_be_off(side: str) -> None:
    with serving(**{side: "off"}) as clients:
        assert [sides_of(client) for client in clients] == [SIDES.keys() - {side}]


@pytest.mark.parametrize("side", SIDES)
def test_each_can_be_on_a_port_of_its_own(side: str) -> None:
    with serving(**{side: 0}) as clients:
        assert [sides_of(client) for client in clients] == [SIDES.keys() - {side}, {side}]


def test_all_can_be_on_ports_of_their_own() -> None:
    with serving(board="0", api="0", metrics="0") as clients:
        assert [sides_of(client) for client in clients] == [set(), {"board"}, {"api"}, {"metrics"}]


def test_those_with_the_same_port_share_it() -> None:
    settings = HttpSettings(port=8087, board=9001, api="9001", metrics="09002")
    assert settings.ports == (
        (8087, frozenset()),
        (9001, frozenset({"board", "api"})),
        (9002, frozenset({"metrics"})),
    )


@pytest.mark.parametrize(
    ("settings", "streams"),
    [
        ({}, True),
        ({"board": "off"}, True),
        ({"api": "off"}, True),
        ({"board": "off", "api": "off"}, False),
    ],
)
def test_the_stream_is_there_with_the_board_and_with_the_api(settings: dict[str, str], streams: bool) -> None:
    with serving(**settings) as (client,), client.sockets() as (one,):
        one.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert one.recv(12) == (b"HTTP/1.1 200" if streams else b"HTTP/1.1 404")


def test_limits_are_for_all_ports_together() -> None:
    with (
        serving(metrics=0, max_connections=16, max_connections_per_address=8) as (main, metrics),
        main.sockets(20),
        metrics.sockets(20),
    ):
        assert metrics.sample("http_connections") <= 8


def test_a_taken_port_is_told_with_the_key_that_names_it_and_leaves_no_port_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = HttpServer(HttpSettings(port=0, metrics=port), FixedState(view()))
        with pytest.raises(UnavailableError, match="Set DESKPULSE_HTTP__METRICS to a free port"):
            server.start()
        assert all(listening.fileno() == -1 for listening, _ in server._listening)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("METRICS", "8087", "is http.port itself; write on, or give it another port"),
        ("API", "yes", "allowed: on (on http.port), off, or a port of its own from 0 to 65535"),
        ("BOARD", "65536", "allowed: on"),
        ("BOARD", "-1", "allowed: on"),
        ("BOARD", "", "allowed: on"),
        ("FRAME_ANCESTORS", "https://a.example; script-src *", "allowed: none, self, or addresses"),
        ("FRAME_ANCESTORS", "https://a.example,https://b.example", "allowed: none, self, or addresses"),
        ("FRAME_ANCESTORS", "https://a.example\r\nX-Evil: 1", "allowed: none, self, or addresses"),
        ("FRAME_ANCESTORS", "", "allowed: none, self, or addresses"),
        ("FRAME_ANCESTORS", "none self", "none stands alone"),
    ],
)
def test_a_wrong_setting_is_told_with_its_key_its_value_and_what_is_allowed(
    variable: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigError) as told:
        load_settings({f"DESKPULSE_HTTP__{variable}": value})
    assert str(told.value).startswith(f"DESKPULSE_HTTP__{variable}={value!r}: ")
    assert said in str(told.value)


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_truth_value_in_a_file_is_no_place(tmp_path: Path, value: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f"[http]\nboard = {value}\nmetrics = 9102\n")
    with pytest.raises(ConfigError, match=r"http\.board=.*allowed: on"):
        load_settings({}, file)


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        ("none", "'none'"),
        ("'none'", "'none'"),
        ("self https://intranet.example.com", "'self' https://intranet.example.com"),
        ("https://*.example.com:8443", "https://*.example.com:8443"),
    ],
)
def test_who_may_frame_the_board_is_in_the_policy(given: str, policy: str) -> None:
    with serving(frame_ancestors=given) as (client,):
        assert client.get("/")[1]["Content-Security-Policy"].endswith(f"; frame-ancestors {policy}")
