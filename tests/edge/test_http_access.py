"""TLS and logins of the real server: without a login nothing but /healthz answers."""

from __future__ import annotations

import logging
import shutil
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from stream.edge.serve.access.certificates import Certificates
from stream.edge.serve.access.self_check import is_healthy
from stream.edge.serve.access.users import new_token
from stream.edge.serve.http_server import HttpServer
from stream.errors import ConfigError
from stream.settings import HttpSettings, load_settings
from stream.wallboard import PAGES
from tests.edge.authority import Authority
from tests.edge.http_client import Client
from tests.edge.login_file import BASIC, BEARER, BOARD, PASSWORD, TOKEN, TOKEN_HASH, USERS
from tests.golden.desk import FixedState, view
from tests.patience import PATIENCE_SECONDS, wait_until

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND")
API = ("/metrics", "/readyz", "/api/rows", "/api/facts?fact=abandoned", "/api/stream")
PATHS = (*API, *PAGES, "/nope", "/api", "/healthz/", "//healthz", "/healthz/../metrics", "/%68ealthz/", "/?token=x")


@pytest.fixture
def users(tmp_path: Path) -> Path:
    file = tmp_path / "users.yml"
    file.write_text(USERS)
    return file


@contextmanager
def serving(tls: ssl.SSLContext | None = None, state: FixedState | None = None, **settings: Any) -> Iterator[Client]:
    server = HttpServer(HttpSettings(port=0, **settings), state or FixedState(view()))
    try:
        yield Client(server.start(), tls)
    finally:
        server.stop()


def test_without_a_login_nothing_but_healthz_answers(users: Path) -> None:
    with serving(users_file=users) as client:
        for method in METHODS:
            for path in PATHS if method == "GET" else (*API, "/", "/nope"):
                status, headers, body = client.get(path, method)
                assert status == 401, (method, path)
                assert headers["WWW-Authenticate"].startswith('Basic realm="Deskpulse"')
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert b"login is needed" in body or method == "HEAD"
        assert client.get("/healthz")[0] == 200


def test_only_a_page_makes_the_browser_ask_for_a_password(users: Path) -> None:
    # What a page fetches would put a box over a television whose token is taken away.
    with serving(users_file=users) as client:
        assert client.get("/", **{"Sec-Fetch-Dest": "document"})[1]["WWW-Authenticate"].startswith("Basic")
        assert client.get("/api/stream", **{"Sec-Fetch-Dest": "empty"})[1]["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("authorization", [BASIC, BEARER], ids=["basic", "bearer"])
def test_a_login_sees_everything(users: Path, authorization: str) -> None:
    with serving(users_file=users) as client:
        for path in ("/metrics", "/readyz", "/api/rows", *PAGES):
            assert client.get(path, Authorization=authorization)[0] == 200, path
        assert client.get("/api/facts?fact=nonsense", Authorization=authorization)[0] == 400


def test_a_sick_worker_says_why_only_to_those_who_log_in(users: Path) -> None:
    state = FixedState(view())
    state.sick = "does Kafka answer at kafka-7.internal:9092?"
    with serving(state=state, users_file=users) as client:
        assert client.json("/healthz")[1]["reason"] == "told to those who log in"
        assert client.json("/healthz", Cookie=f"deskpulse_board={BOARD}")[1]["reason"] == "told to those who log in"
        assert client.json("/healthz", Authorization="Bearer wrong")[1]["reason"] == "told to those who log in"
        assert client.json("/healthz", Authorization=BEARER)[1]["reason"] == state.sick


def test_the_token_of_a_television_becomes_a_cookie_and_leaves_the_address(users: Path) -> None:
    with serving(users_file=users) as client:
        status, headers, _ = client.get(f"/?channel=phone&token={BOARD}&kiosk=1&channel=a%20b")
        assert (status, headers["Location"]) == (303, "./?channel=phone&kiosk=1&channel=a+b")
        cookie, *attributes = headers["Set-Cookie"].split("; ")
        assert cookie == f"deskpulse_board={BOARD}"
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        for path in PAGES:
            assert client.get(path, Cookie=cookie)[0] == 200
        with client.sockets() as (one,):
            one.sendall(f"GET /api/stream HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
            assert one.recv(15) == b"HTTP/1.1 200 OK"
        for path in ("/metrics", "/readyz", "/api/rows", "/api/facts?fact=abandoned", "/nope"):
            assert client.get(path, Cookie=cookie)[0] == 403, path


def test_a_token_without_other_parameters_leaves_a_bare_address(users: Path) -> None:
    with serving(users_file=users) as client:
        assert client.get(f"/?token={BOARD}")[1]["Location"] == "./"


def test_a_token_for_everything_is_not_taken_from_an_address(users: Path) -> None:
    with serving(users_file=users) as client:
        assert client.get(f"/?token={TOKEN}")[0] == 401
        assert client.get(f"/metrics?token={TOKEN}")[0] == 401
        assert client.get(f"/api/stream?token={BOARD}")[0] == 401


def test_wrong_logins_are_limited_and_say_when_to_come_again(users: Path) -> None:
    with serving(users_file=users, max_wrong_logins_per_minute=3) as client:
        answers = [client.get("/api/rows", Authorization=f"Bearer {number}") for number in range(4)]
        assert [status for status, _, _ in answers] == [401, 401, 401, 429]
        assert 1 <= int(answers[-1][1]["Retry-After"]) <= 20
        assert client.get("/api/rows", Authorization=BASIC)[0] == 429
        assert client.get("/healthz")[0] == 200
        assert client.get("/api/rows")[0] == 401  # no login is no wrong login


def test_wrong_logins_are_limited_by_the_client_behind_a_trusted_proxy(users: Path) -> None:
    with serving(users_file=users, max_wrong_logins_per_minute=1, trusted_proxies=("127.0.0.1",)) as client:
        wrong = {"Authorization": "Bearer wrong", "X-Forwarded-For": "203.0.113.1"}
        assert [client.get("/api/rows", **wrong)[0] for _ in range(2)] == [401, 429]
        assert client.get("/api/rows", **{"Authorization": BASIC, "X-Forwarded-For": "203.0.113.2"})[0] == 200
        assert client.get("/api/rows", **{"Authorization": BASIC, "X-Forwarded-For": "203.0.113.1"})[0] == 429


def test_nothing_of_a_login_is_logged(users: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(users_file=users) as client:
        client.get("/api/rows", Authorization=BASIC)
        client.get("/api/rows", Authorization=BEARER)
        client.get("/api/rows", Authorization="Bearer not-a-token-at-all")
        client.get(f"/?token={BOARD}")
        client.get("/?token=not-a-token-at-all")
    for secret in (PASSWORD, TOKEN, BOARD, BASIC, "not-a-token-at-all", "anna"):
        assert secret not in caplog.text


def connecting(client: Client) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", client.port, timeout=PATIENCE_SECONDS)


def test_open_boards_end_when_the_users_change(users: Path) -> None:
    with serving(users_file=users) as client, closing(connecting(client)) as connection:
        connection.request("GET", "/api/stream", headers={"Authorization": BEARER})
        stream = connection.getresponse()
        assert stream.status == 200
        users.write_text(USERS.replace(TOKEN_HASH, new_token()[1]))
        stream.read()  # until the server ends it
        assert client.get("/api/rows", Authorization=BEARER)[0] == 401


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_tls_serves_and_says_that_nothing_else_will_do(authority: Authority, users: Path) -> None:
    certificate, key = authority.issue("server")
    with serving(authority.trusting(), tls_certificate=certificate, tls_key=key, users_file=users) as client:
        status, headers, _ = client.get("/api/rows", Authorization=BASIC)
        assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
        assert "Secure" in client.get(f"/?token={BOARD}")[1]["Set-Cookie"].split("; ")


def test_certificate_and_key_may_lie_in_one_file(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("server")
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    with serving(authority.trusting(), tls_certificate=both) as client:
        assert client.get("/healthz")[0] == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_1_2_and_below_are_refused(authority: Authority, version: ssl.TLSVersion) -> None:
    certificate, key = authority.issue("server")
    old = authority.trusting()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = version
    with serving(authority.trusting(), tls_certificate=certificate, tls_key=key) as client:
        with client.sockets() as (one,), pytest.raises(ssl.SSLError):
            old.wrap_socket(one, server_hostname="localhost")
        assert client.get("/healthz")[0] == 200
        assert client.refusals("handshake") == 1


def test_http_on_a_tls_port_gets_nothing_and_is_counted(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    certificate, key = authority.issue("server")
    with serving(authority.trusting(), tls_certificate=certificate, tls_key=key) as client:
        with client.sockets() as (one,):
            one.sendall(b"GET / HTTP/1.1\r\nHost: anna.example\r\n\r\n")
            while one.recv(1000):
                pass
        wait_until(lambda: client.refusals("handshake") == 1, "counted")
    assert "anna" not in caplog.text


def test_a_handshake_that_is_not_complete_in_time_ends_its_connection(authority: Authority) -> None:
    certificate, key = authority.issue("server")
    tls: dict[str, Any] = {"tls_certificate": certificate, "tls_key": key}
    with serving(authority.trusting(), header_timeout_seconds=0.3, **tls) as client, client.sockets() as (one,):
        one.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        assert one.recv(1000) == b""


def test_handshakes_that_never_end_push_out_each_other(authority: Authority) -> None:
    certificate, key = authority.issue("server")
    few: dict[str, Any] = {"max_connections": 16, "max_connections_per_address": 8}
    with (
        serving(authority.trusting(), tls_certificate=certificate, tls_key=key, **few) as client,
        client.sockets(60),
    ):
        assert client.get("/healthz")[0] == 200
        assert client.refusals("made_room") >= 50


def test_with_a_client_authority_only_its_certificates_get_in(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("server")
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other").issue("stranger")
    settings: dict[str, Any] = {"tls_certificate": certificate, "tls_key": key, "tls_client_ca": authority.ca_file}
    with serving(authority.trusting(authority.issue("client")), **settings) as client:
        assert client.get("/api/rows")[0] == 200
        for other in (None, stranger):
            refused = Client(client.port, authority.trusting(other))
            with pytest.raises(OSError, match=r"(?i)alert|reset|eof|pipe|closed"):
                refused.get("/healthz")


def test_a_new_certificate_is_used_without_a_restart_and_a_broken_one_is_not(
    authority: Authority, tmp_path: Path
) -> None:
    certificate, key = authority.issue("server")
    with serving(authority.trusting(), tls_certificate=certificate, tls_key=key) as client:
        (tmp_path / "new").mkdir()
        new = Authority(tmp_path / "new")
        renewed = new.issue("server")
        certificate.write_text("no certificate")
        assert client.get("/healthz")[0] == 200
        shutil.copy(renewed[1], key)
        shutil.copy(renewed[0], certificate)
        renewed_client = Client(client.port, new.trusting())

        def answers() -> bool:
            try:
                return renewed_client.get("/healthz")[0] == 200
            except OSError:
                return False

        wait_until(answers, "the new certificate is used")


def test_a_broken_certificate_is_told_once_and_the_old_one_kept(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = authority.issue("server")
    found = Certificates(certificate, key, None)
    context = found.context
    certificate.write_text("no certificate")
    for _ in range(3):
        found.refresh()
    assert found.context is context
    assert caplog.text.count("the ones before are used on") == 1
    authority.issue("server")
    found.refresh()
    assert found.context is not context


def test_files_that_cannot_be_used_stop_the_start_and_are_told(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("server")
    other_key = authority.issue("other")[1]
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    locked = tmp_path / "locked.key"
    locked.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBrzBJ\n-----END ENCRYPTED PRIVATE KEY-----\n")
    cases = [
        ({"tls_certificate": nothing, "tls_key": key}, nothing, "http.tls_certificate", "holds no certificate"),
        ({"tls_certificate": key, "tls_key": key}, key, "http.tls_certificate", "certificates in PEM form"),
        ({"tls_certificate": certificate, "tls_key": other_key}, other_key, "http.tls_key", "is not the key of"),
        ({"tls_certificate": certificate, "tls_key": nothing}, nothing, "http.tls_key", "holds no private key"),
        ({"tls_certificate": certificate, "tls_key": locked}, locked, "http.tls_key", "allowed: a key"),
        ({"tls_certificate": certificate}, certificate, "http.tls_certificate", "or name its file as http.tls_key"),
        (
            {"tls_certificate": certificate, "tls_key": key, "tls_client_ca": nothing},
            nothing,
            "http.tls_client_ca",
            "holds no certificate",
        ),
        ({"users_file": nothing}, nothing, "http.users_file", "basic_auth_users"),
    ]
    for settings, file, name, said in cases:
        with pytest.raises(ConfigError) as told:
            HttpServer(HttpSettings(port=0, **settings), FixedState(view()))
        assert str(told.value).startswith(f"{name}={str(file)!r}"), settings
        assert said in str(told.value)


@pytest.mark.parametrize("name", ["TLS_CERTIFICATE", "TLS_KEY", "TLS_CLIENT_CA", "USERS_FILE"])
def test_a_file_that_is_not_there_is_told_with_its_key(name: str) -> None:
    with pytest.raises(ConfigError, match=f"^DESKPULSE_HTTP__{name}='/no/file': allowed: a file that can be read"):
        load_settings({f"DESKPULSE_HTTP__{name}": "/no/file"})


@pytest.mark.parametrize("name", ["TLS_KEY", "TLS_CLIENT_CA"])
def test_a_key_without_a_certificate_is_told(name: str, authority: Authority) -> None:
    with pytest.raises(ConfigError, match=r"is of no use without http\.tls_certificate"):
        load_settings({f"DESKPULSE_HTTP__{name}": str(authority.ca_file)})


@pytest.mark.parametrize(("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False), ("localhost", False)])
def test_a_worker_that_all_can_reach_without_a_login_says_so(
    host: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(host=host):
        pass
    assert ("nobody has to log in" in caplog.text) is warned


def test_a_worker_that_asks_for_logins_does_not_warn(users: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(host="0.0.0.0", users_file=users):
        pass
    assert "nobody has to log in" not in caplog.text


def test_a_container_finds_its_worker_healthy_or_not_with_and_without_tls(authority: Authority, users: Path) -> None:
    certificate, key = authority.issue("server", "desk.example")
    state = FixedState(view())
    several: list[dict[str, Any]] = [{}, {"users_file": users}, {"tls_certificate": certificate, "tls_key": key}]
    for settings in several:
        with serving(state=state, **settings) as client:
            state.sick = ""
            assert is_healthy(client.port)
            state.sick = "stuck"
            assert not is_healthy(client.port)
    assert not is_healthy(client.port)
