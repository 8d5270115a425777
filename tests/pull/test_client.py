"""One GET against a real server that does not behave."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stream.connect.api import Request
from stream.pull.client import Client, Gone, Refused, TryLater
from tests.pull.fake_server import FakeServer, Fault

LOGIN = {"X-Token": "secret-token-1"}


def get(server: FakeServer, path: str = "/things", headers: dict[str, str] = LOGIN) -> Any:
    async def ask() -> Any:
        async with Client(server.address, headers) as client:
            return await client.get(Request(path, (("page", "1"), ("q", "a b&c"))))

    return asyncio.run(ask())


def server(*faults: Fault, retry_after: str = "0") -> FakeServer:
    def answer(path: str, query: dict[str, str]) -> Any:
        return {"path": path, "query": query} if path == "/things" else None

    def is_allowed(headers: dict[str, str]) -> bool:
        return headers.get("X-Token") == LOGIN["X-Token"]

    return FakeServer(answer, is_allowed, faults or ("ok",), retry_after)


def test_an_answer_is_decoded() -> None:
    with server() as fake:
        assert get(fake) == {"path": "/things", "query": {"page": "1", "q": "a b&c"}}


@pytest.mark.parametrize("fault", ["limit", "error", "cut", "garbage", "hang up"])
def test_what_may_come_later_is_tried_later_and_says_nothing_of_the_answer(fault: Fault) -> None:
    with server(fault, retry_after="17") as fake, pytest.raises(TryLater) as told:
        get(fake)
    assert told.value.retry_after == ("17" if fault == "limit" else None)
    assert "sorry" not in str(told.value)
    assert "query" not in str(told.value)


def test_what_is_not_there_is_gone() -> None:
    with server() as fake, pytest.raises(Gone):
        get(fake, "/others")


def test_a_wrong_token_is_refused() -> None:
    with server() as fake, pytest.raises(Refused):
        get(fake, headers={"X-Token": "another"})


def test_a_server_that_is_not_there_is_tried_later() -> None:
    with server() as fake:
        pass
    with pytest.raises(TryLater, match="no answer"):
        get(fake)


def test_a_redirect_is_not_followed_with_the_token() -> None:
    from aiohttp import web

    async def ask() -> None:
        asked: list[str] = []

        async def handle(request: web.Request) -> web.Response:
            asked.append(request.path)
            raise web.HTTPFound("/elsewhere")

        app = web.Application()
        app.router.add_get("/{path:.*}", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with Client(f"http://127.0.0.1:{runner.addresses[0][1]}", LOGIN) as client:
                with pytest.raises(TryLater, match=r"answer 302, a redirect.*api_url"):
                    await client.get(Request("/things"))
        finally:
            await runner.cleanup()
        assert asked == ["/things"]

    asyncio.run(ask())
