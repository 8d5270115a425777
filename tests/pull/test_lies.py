"""Answers that are none, of a server on a real port: each is trouble that is told and counted, and the list goes on."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import ssl
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from stream.connect import zendesk
from stream.connect.api import Request
from stream.connect.vendor import Account
from stream.connect.zendesk.options import ZendeskOptions
from stream.pull import answers as answers_module
from stream.pull import client as client_module
from stream.pull import puller as puller_module
from stream.pull.answers import decoded, weight_of
from stream.pull.client import Client, TryLater
from tests.edge.authority import Authority
from tests.pull.lying_server import (
    Lie,
    LyingServer,
    broken_chunk,
    byte_by_byte,
    closed_in_the_middle,
    gzip_bomb,
    no_gzip,
    no_http,
    truncated_gzip,
    whole,
)
from tests.pull.pulled import KeptCommits, pulled

ZENDESK = Account("/zendesk/acme", ZendeskOptions())
LAST = whole(b'{"ticket_events": [], "end_of_stream": true}')
LIES: dict[str, Callable[[], Lie]] = {
    "truncated gzip": truncated_gzip,
    "no gzip": no_gzip,
    "gzip bomb": lambda: gzip_bomb(200),
    "closed in the middle": closed_in_the_middle,
    "broken chunk": broken_chunk,
    "a byte a second": byte_by_byte,
    "no http": no_http,
    "redirect": lambda: whole(b"", "302 Found", Location="http://127.0.0.1:1/elsewhere"),
    "redirect to itself": lambda: whole(b"", "301 Moved Permanently", Location="/api/v2"),
    "redirect to nowhere": lambda: whole(b"", "307 Temporary Redirect"),
    "bad request": lambda: whole(b"{}", "400 Bad Request"),
    "teapot": lambda: whole(b"{}", "418 I'm a teapot"),
    "no content": lambda: whole(b"", "204 No Content"),
    "no json": lambda: whole(b"<html>"),
    "not utf-8": lambda: whole(b'{"ticket_events": ["\xff"]}'),
    "NaN": lambda: whole(b'{"ticket_events": [], "count": NaN}'),
    "-Infinity": lambda: whole(b'{"ticket_events": [], "count": -Infinity}'),
    "too large a number": lambda: whole(b'{"ticket_events": [], "count": 1e999}'),
    "too long a number": lambda: whole(b'{"ticket_events": [], "count": ' + b"9" * 10_000 + b"}"),
    "deep": lambda: whole(b"[" * 200_000 + b"]" * 200_000),
    "another list": lambda: whole(b'{"tickets": []}'),
    "endless header": lambda: whole(b"{}", X_Long="x" * 100_000),
    "unknown compression": lambda: whole(b"{}", Content_Encoding="br"),
}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puller_module, "wait_seconds", lambda failures, asked, chance: 0.0)
    monkeypatch.setattr(client_module, "_TIMEOUT", aiohttp.ClientTimeout(total=1.5))


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_trouble_that_is_told_and_counted_and_the_list_goes_on(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    lie = LIES[name]
    with caplog.at_level(logging.WARNING), LyingServer(lie(), lie(), LAST) as server:
        puller = pulled(zendesk.VENDOR, ZENDESK, server.address, "", "token", KeptCommits(), 0, "ticket_events")
        assert server.asked == 3
    (work,) = puller.works
    assert (work.state.failures_total, work.state.trouble, work.state.has_ended) == (2, "", True)
    told = [record.getMessage() for record in caplog.records if record.name == "stream.pull.puller"]
    assert len(told) == 2
    assert all(line.startswith("acme ticket_events: ") and line.endswith(", again in 0 s") for line in told)


def test_a_gzip_bomb_takes_no_more_memory_than_an_answer_may() -> None:
    async def ask(address: str) -> None:
        async with Client(address, {}) as client:
            with pytest.raises(TryLater, match="more than 64 MiB"):
                await client.get(Request("/things"))

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with LyingServer(gzip_bomb(2000)) as server:
        asyncio.run(ask(server.address))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10


@pytest.mark.parametrize("host", ["127.0.0.1", "elsewhere.example.org"])
def test_a_certificate_that_is_not_trusted_or_of_another_is_trouble(
    tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*authority.issue("server", host))
    if host != "127.0.0.1":
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))

    async def ask(address: str) -> None:
        async with Client(address, {"X-Token": "secret"}) as client:
            with pytest.raises(TryLater, match="no answer"):
                await client.get(Request("/things"))

    with LyingServer(LAST, tls=tls) as server:
        asyncio.run(ask(server.address))
        assert server.asked == 0


@pytest.mark.parametrize("body", [b'{"a": [1, 2.5, true, null, "x\\ud83d"]}', b"\xef\xbb\xbf[]"])
def test_what_is_json_is_taken(body: bytes) -> None:
    assert asyncio.run(decoded(body)) is not None


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 10_000])
def test_a_large_answer_is_read_as_strictly(number: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_module, "_LARGE_BYTES", 2)
    assert asyncio.run(decoded(b'[1, 2.5, {"a": -3}]')) == [1, 2.5, {"a": -3}]
    with pytest.raises(ValueError, match="an answer that is no JSON"):
        asyncio.run(decoded(b'[1, 2.5, {"a": ' + number + b"}]"))


def test_an_answer_of_too_many_values_is_not_decoded() -> None:
    with pytest.raises(ValueError, match="more than 5,000,000 values and names"):
        asyncio.run(decoded(b"[" + b"[]," * 2_500_000 + b"[]]"))


HEAVY = {item: b"[" + b",".join([item.encode()] * 100_000) + b"]" for item in ("[]", "{}", '{"a":[]}', "1.5", '"xy"')}
HEAVY["names"] = b"{" + b",".join(b'"%d":%d' % (item, item) for item in range(1000, 101_000)) + b"}"
HEAVY["wide text"] = ('["' + "x" * 1_000_000 + '\U0001f600"]').encode()
HEAVY["wide text, escaped"] = b'["' + b"x" * 1_000_000 + b'\\ud83d\\ude00"]'


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_decoded_takes_no_more_memory_than_its_weight(name: str) -> None:
    body = HEAVY[name]
    tracemalloc.start()
    found = json.loads(body)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found
    assert taken <= weight_of(body)


def test_while_a_large_answer_is_decoded_others_get_their_turn() -> None:
    body = b'{"things": [' + b",".join(b'{"id": %d, "text": "some words"}' % item for item in range(400_000)) + b"]}"

    async def ticks() -> int:
        decoding = asyncio.ensure_future(decoded(body))
        count = 0
        while not decoding.done():
            await asyncio.sleep(0.005)
            count += 1
        assert len((await decoding)["things"]) == 400_000
        return count

    assert asyncio.run(ticks()) > 5
