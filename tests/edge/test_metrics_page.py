"""/metrics for many at once: little work, numbers of after they asked, and everything else goes on."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator

import pytest

from stream.edge.serve.http_server import HttpServer
from stream.edge.serve.prometheus.metrics_page import MetricsPage
from stream.settings import HttpSettings
from tests.edge.http_client import Client, parse, read_all
from tests.golden.desk import FixedState, view
from tests.patience import PATIENCE_SECONDS, wait_until


class Slow:
    """Stands for rendering: counts, and waits until it is released."""

    def __init__(self) -> None:
        self.begun = 0
        self.released = threading.Event()

    def parts(self, *, is_openmetrics: bool) -> Iterator[bytes]:
        self.begun += 1
        number = self.begun
        assert self.released.wait(PATIENCE_SECONDS)
        yield b"# EOF " if is_openmetrics else b"page "
        yield b"%d" % number


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    rendering = Slow()
    monkeypatch.setattr("stream.edge.serve.http_routes.exposition_of", lambda *_: rendering)
    return rendering


def test_all_who_ask_while_a_page_is_made_share_the_next_one(slow: Slow) -> None:
    async def run() -> list[bytes]:
        page = MetricsPage(slow)
        first = asyncio.create_task(page.get("", False))
        await asyncio.to_thread(wait_until, lambda: slow.begun, "the first page is being made")
        others = [asyncio.create_task(page.get("", False)) for _ in range(50)]
        await asyncio.sleep(0)
        slow.released.set()
        bodies = [body for body, _ in await asyncio.gather(first, *others)]
        page.close()
        return bodies

    assert asyncio.run(run()) == [b"page 1"] + [b"page 2"] * 50


def test_each_format_and_packing_is_a_page_of_its_own(slow: Slow) -> None:
    slow.released.set()

    async def run() -> list[tuple[bytes, str]]:
        page = MetricsPage(slow)
        wanted = [("", False), ("", True), ("application/openmetrics-text;version=1.0.0", False)]
        found = await asyncio.gather(*(page.get(*one) for one in wanted))
        page.close()
        return found

    plain, packed, openmetrics = asyncio.run(run())
    assert plain[1].startswith("text/plain")
    assert openmetrics[1].startswith("application/openmetrics-text")
    assert plain[0] == b"page 1"
    assert gzip.decompress(packed[0]) == b"page 2"
    assert openmetrics[0] == b"# EOF 3"
    assert slow.begun == 3


def test_versions_of_a_format_are_one_page(slow: Slow) -> None:
    """Else whoever counts versions up has a page made for each."""
    slow.released.set()

    async def run() -> list[tuple[bytes, str]]:
        page = MetricsPage(slow)
        asked = [f"application/openmetrics-text;version=1.0.{number}" for number in range(20)]
        found = await asyncio.gather(*(page.get(accept, False) for accept in asked))
        page.close()
        return found

    found = asyncio.run(run())
    assert {body for body, _ in found} == {b"# EOF 1"}
    assert len({content_type for _, content_type in found}) == 20


def test_who_leaves_does_not_take_the_page_from_others(slow: Slow) -> None:
    async def run() -> bytes:
        page = MetricsPage(slow)
        leaving, staying = (asyncio.create_task(page.get("", False)) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        slow.released.set()
        body, _ = await staying
        page.close()
        return body

    assert asyncio.run(run()) == b"page 1"


def test_health_is_answered_while_a_page_is_made(slow: Slow) -> None:
    server = HttpServer(HttpSettings(port=0), FixedState(view()))
    try:
        client = Client(server.start())
        with client.sockets(20) as sockets:
            for one in sockets:
                one.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            wait_until(lambda: slow.begun == 1, "a page is being made")
            assert client.get("/healthz")[0] == 200
            slow.released.set()
            assert {parse(read_all(one))[0] for one in sockets} == {200}
    finally:
        slow.released.set()
        server.stop()
