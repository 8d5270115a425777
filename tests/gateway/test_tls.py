"""TLS of the hooks: with a certificate that is replaced while it runs, and refused at the start where it is wrong."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest

from stream.errors import ConfigError, UnavailableError
from stream.gateway.server import certificates_of
from stream.settings import GatewaySettings
from tests.edge.authority import Authority
from tests.gateway.desk import SECRET, messages
from tests.gateway.kit import Running, running, section, until


async def post(gateway: Running, trusted: ssl.SSLContext | None) -> int:
    scheme = "http" if trusted is None else "https"
    connector = aiohttp.TCPConnector(ssl=trusted or True)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(
            f"{scheme}://127.0.0.1:{gateway.port}/hooks/acme", data=messages(1), headers={"X-Webhook-Secret": SECRET}
        ) as answer,
    ):
        return answer.status


def test_deliveries_come_over_tls_and_nothing_comes_without(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("gateway")
    old = authority.trusting()
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    async def send() -> None:
        async with running(section(scheme="secret_header"), tls_certificate=certificate, tls_key=key) as gateway:
            assert await post(gateway, authority.trusting()) == 202
            assert await post(gateway, old) == 202
            with pytest.raises(aiohttp.ClientError):
                await post(gateway, None)
            # Numbers are asked for on another port, which is no matter of vendors.
            assert (await gateway.ask("GET", "/healthz", port=gateway.metrics_port)).status == 200

    asyncio.run(send())


def test_a_certificate_is_replaced_while_it_runs(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = Authority(tmp_path / "one"), Authority(tmp_path / "other")
    certificate, key = one.issue("gateway")

    async def send() -> None:
        async with running(section(scheme="secret_header"), tls_certificate=certificate, tls_key=key) as gateway:
            assert await post(gateway, one.trusting()) == 202
            for old, new in zip((certificate, key), other.issue("gateway"), strict=True):
                new.rename(old)

            taken: list[int] = []

            async def is_new() -> None:
                while not taken:
                    try:
                        taken.append(await post(gateway, other.trusting()))
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.05)

            trying = asyncio.ensure_future(is_new())
            await until(lambda: bool(taken), "the new certificate is used")
            await trying
            assert taken == [202]

    asyncio.run(send())


@pytest.mark.parametrize("wrong", ["certificate", "key"])
def test_wrong_files_stop_it_at_the_start_by_their_setting(wrong: str, tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue("gateway")
    {"certificate": certificate, "key": key}[wrong].write_text("nonsense")
    with pytest.raises(ConfigError, match=rf"gateway\.tls_{wrong}='"):
        certificates_of(GatewaySettings(tls_certificate=certificate, tls_key=key))


def test_a_port_that_is_taken_is_told_by_its_setting() -> None:
    async def twice() -> None:
        async with running() as gateway:
            for given, variable in (
                ({"port": gateway.port}, "DESKPULSE_GATEWAY__PORT"),
                ({"metrics_port": gateway.port}, "DESKPULSE_GATEWAY__METRICS_PORT"),
            ):
                with pytest.raises(UnavailableError, match=f"Set {variable} to a free port"):
                    taken(given)

    asyncio.run(twice())


def taken(given: dict[str, int]) -> None:
    from stream.edge.serve.access.tally import HttpTally
    from stream.gateway.server import GatewayServer

    GatewayServer(GatewaySettings(**{"port": 0, "metrics_port": 0, **given}), 1000, HttpTally())
