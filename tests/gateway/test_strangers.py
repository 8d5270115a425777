"""Strangers at the hooks: whoever sends nothing, too much, or half of it makes room for whoever sends a delivery."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from tests.gateway.desk import messages
from tests.gateway.kit import Running, section, until, with_gateway

HEAD = b"POST /hooks/acme HTTP/1.1\r\nHost: a\r\n"


async def connect(gateway: Running, stack: AsyncExitStack) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    stack.callback(writer.close)
    return reader, writer


async def answer(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the connection is closed, or reset."""
    found = b""
    with suppress(ConnectionError):
        while part := await reader.read(65_536):
            found += part
    return found


@with_gateway(max_connections=8, max_connections_per_address=8)
async def test_connections_that_ask_nothing_make_room(gateway: Running) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(30):
            await connect(gateway, stack)
        assert (await gateway.post("acme", messages(1))).status == 202
        numbers = await gateway.metrics()
        assert numbers["refusals_total/made_room"] >= 22
        assert numbers["connections"] <= 8


@with_gateway(max_connections=8, max_connections_per_address=8)
async def test_numbers_are_answered_however_many_are_at_the_hooks(gateway: Running) -> None:
    gateway.kafka.held = asyncio.Event()
    waiting = [asyncio.ensure_future(gateway.post("acme", messages(number))) for number in range(8)]
    await until(lambda: gateway.tally.waiting_deliveries == 8, "all connections wait for Kafka")
    assert (await gateway.metrics())["waiting_deliveries"] == 8
    assert (await gateway.ask("GET", "/healthz", port=gateway.metrics_port)).status == 200
    gateway.kafka.held.set()
    assert {answer.status for answer in await asyncio.gather(*waiting)} == {202}


@with_gateway(header_timeout_seconds=0.2)
async def test_a_header_that_does_not_end_is_cut_off(gateway: Running) -> None:
    async with AsyncExitStack() as stack:
        reader, writer = await connect(gateway, stack)
        writer.write(HEAD)
        assert await answer(reader) == b""
        assert (await gateway.metrics())["refusals_total/header_timeout"] == 1


@with_gateway(section(max_body_bytes=2000))
async def test_a_header_without_end_is_cut_off_by_its_size(gateway: Running) -> None:
    async with AsyncExitStack() as stack:
        reader, writer = await connect(gateway, stack)
        writer.write(HEAD + b"".join(b"X-%d: %s\r\n" % (number, b"x" * 4000) for number in range(40)))
        assert await answer(reader) == b""
        assert (await gateway.metrics())["refusals_total/header_size"] == 1
    assert (await gateway.post("acme", messages(1))).status == 202


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 100\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n10\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n{",
    ],
)
def test_half_a_body_is_no_defect(body: bytes) -> None:
    @with_gateway()
    async def send(gateway: Running) -> None:
        async with AsyncExitStack() as stack:
            _, writer = await connect(gateway, stack)
            writer.write(HEAD + body)
            await writer.drain()
            if b"nonsense" not in body:
                await until(lambda: gateway.tally.waiting_deliveries == 1, "it is being read")
        await until(lambda: gateway.tally.waiting_deliveries == 0, "it is given up")
        numbers = await gateway.metrics()
        assert numbers["deliveries_total/acme/failed"] == 0
        assert (await gateway.post("acme", messages(1))).status == 202
        assert (gateway.tally.waiting_deliveries, gateway.tally.waiting_bytes) == (0, 0)

    send()


@with_gateway()
async def test_what_is_no_http_is_400_and_counted(gateway: Running) -> None:
    async with AsyncExitStack() as stack:
        reader, writer = await connect(gateway, stack)
        writer.write(b"\x16\x03\x01 hello\r\n\r\n")
        assert b" 400 " in (await answer(reader)).partition(b"\r\n")[0]
        assert (await gateway.metrics())["bad_requests_total"] == 1
