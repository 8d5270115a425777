"""A gateway in this process, over real HTTP, with memory in the place of Kafka, and a client that signs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
from prometheus_client.parser import text_string_to_metric_families

from stream.clock import ManualClock
from stream.connect.verify.request import HookRequest
from stream.connect.verify.schemes import SCHEMES
from stream.connect.verify.signer import sign
from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.edge.serve.access.tally import HttpTally
from stream.gateway.hooks import hooks_of
from stream.gateway.reception import Reception
from stream.gateway.routes import Routes
from stream.gateway.series import GatewayPage
from stream.gateway.server import GatewayServer
from stream.gateway.tally import GatewayTally
from stream.gateway.writer import AwayError, Row
from stream.settings import ConnectSettings, GatewaySettings, Settings
from tests.gateway.desk import DESK, SECRET
from tests.patience import PATIENCE_SECONDS

NOW_US = 1_795_777_200_000_000
"""2026-11-27T11:00:00Z"""
URL = "https://hooks.example.com"


class MemoryKafka:
    """Keeps what is written. ``away`` refuses; ``held`` keeps writers waiting until it is set."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.trouble = ""
        self.away = False
        self.failure: Exception | None = None
        self.held: asyncio.Event | None = None

    @property
    def is_away(self) -> bool:
        return self.away

    @property
    def can_write(self) -> bool:
        return not self.away and not self.trouble

    async def write(self, rows: Sequence[Row]) -> None:
        if self.held is not None:
            await self.held.wait()
        if self.failure is not None:
            raise self.failure
        if self.away:
            raise AwayError
        self.rows += rows

    def on(self, topic: str) -> list[Any]:
        """The decoded values on a topic, by the end of its name."""
        return [orjson.loads(row.value) for row in self.rows if row.topic.endswith(topic)]


class Answer:
    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"{self.status} {dict(self.headers)} {self.body[:500]!r}"


class Running:
    """A gateway that answers."""

    def __init__(
        self, kafka: MemoryKafka, reception: Reception, tally: GatewayTally, clock: ManualClock, ports: tuple[int, int]
    ) -> None:
        self.kafka = kafka
        self.reception = reception
        self.tally = tally
        self.clock = clock
        self.port, self.metrics_port = ports

    async def ask(
        self, method: str, path: str, body: bytes | None = None, port: int | None = None, **headers: str
    ) -> Answer:
        """The answer to one request on a connection of its own; ``_`` in a header's name stands for ``-``."""
        plain = {name.replace("_", "-"): value for name, value in headers.items()}
        timeout = aiohttp.ClientTimeout(PATIENCE_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(method, f"http://127.0.0.1:{port or self.port}{path}", data=body, headers=plain) as answer,
        ):
            return Answer(answer.status, dict(answer.headers), await answer.read())

    async def post(
        self,
        name: str,
        body: bytes,
        secret: str = SECRET,
        scheme: str = "deskpulse",
        at_us: int | None = None,
        **headers: str,
    ) -> Answer:
        """A signed delivery."""
        request = HookRequest("POST", f"{URL}/hooks/{name}", {}, body)
        signed = sign(SCHEMES[scheme], request, secret, self.clock.now_us() if at_us is None else at_us)
        return await self.ask("POST", f"/hooks/{name}", body, None, **{**dict(signed.headers), **headers})

    async def metrics(self) -> dict[str, float]:
        """All samples, by name and the values of their labels: ``deliveries_total/acme/written``."""
        answer = await self.ask("GET", "/metrics", port=self.metrics_port)
        assert answer.status == 200
        return {
            "/".join([sample.name.removeprefix("deskpulse_gateway_"), *sample.labels.values()]): sample.value
            for family in text_string_to_metric_families(answer.body.decode())
            for sample in family.samples
        }


def section(name: str = "acme", **given: Any) -> ConnectSettings:
    return ConnectSettings.model_validate({"name": name, "vendor": "desk", "secrets": [SECRET], **given})


@asynccontextmanager
async def running(*sections: ConnectSettings, **gateway: Any) -> AsyncIterator[Running]:
    """A gateway with these sections; ``gateway``: fields of its settings."""
    settings = Settings(connect=sections or (section(),), gateway=GatewaySettings(port=0, metrics_port=0, **gateway))
    hooks = hooks_of(settings, Decoder(Limits()), (DESK,))
    kafka, clock = MemoryKafka(), ManualClock(NOW_US)
    tally, http = GatewayTally(list(hooks)), HttpTally()
    reception = Reception(settings, kafka, tally, clock)
    server = GatewayServer(settings.gateway, max(hook.max_body_bytes for hook in hooks.values()), http)
    await server.serve(Routes(hooks, reception, kafka, GatewayPage(tally, http, kafka)))
    try:
        yield Running(kafka, reception, tally, clock, server.ports)
    finally:
        if kafka.held is not None:
            kafka.held.set()
        await server.close()


def with_gateway(
    *sections: ConnectSettings, **gateway: Any
) -> Callable[[Callable[[Running], Awaitable[None]]], Callable[[], None]]:
    """Decorator: the test is given a gateway of its own."""

    def decorate(test: Callable[[Running], Awaitable[None]]) -> Callable[[], None]:
        def run() -> None:
            async def here() -> None:
                async with running(*sections, **gateway) as one:
                    await test(one)

            asyncio.run(here())

        run.__name__ = test.__name__
        run.__doc__ = test.__doc__
        return run

    return decorate


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for ``condition``, patiently."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"never: {what}"
        await asyncio.sleep(0.01)
