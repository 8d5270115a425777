"""Where the worker is that holds the numbers: it says so in the row with which it ends its publications."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Final

import msgspec
from aiokafka.errors import KafkaError

from stream.clock import monotonic_seconds
from stream.edge.kafka.loading import newest_rows
from stream.edge.owners.view import PROGRESS_KEY, Progress
from stream.edge.serve.http_sockets import place
from stream.settings import Settings

_LOOK_EVERY_SECONDS: Final = 1.0
_LOOK_WITHIN_SECONDS: Final = 3.0

log = logging.getLogger(__name__)
_decode: Final = msgspec.json.Decoder(Progress).decode


class OwnerAddress:
    """Looked up in Kafka when it is asked for, and kept until it turns out to be wrong. For one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known = ""
        self._looked_seconds = float("-inf")
        self._look = asyncio.Lock()

    async def get(self) -> str:
        """``http://host:port`` of the owner; empty while nobody is known."""
        async with self._look:
            if not self._known and monotonic_seconds() - self._looked_seconds >= _LOOK_EVERY_SECONDS:
                try:
                    async with asyncio.timeout(_LOOK_WITHIN_SECONDS):
                        self._known = await self._read()
                except (KafkaError, OSError, TimeoutError, msgspec.MsgspecError) as error:
                    log.debug("who holds the numbers could not be looked up: %s", error)
                self._looked_seconds = monotonic_seconds()
        return self._known

    def forget(self) -> None:
        """It is not the owner, or does not answer."""
        self._known = ""

    async def _read(self) -> str:
        found = await newest_rows(self._settings.kafka, self._settings.topic_names["partials"], [0], PROGRESS_KEY)
        return _decode(found[0].value).address if 0 in found else ""


def address_of(settings: Settings, ports: list[int]) -> str:
    """Where other workers reach the board and the numbers of this one; ``ports`` as in ``HttpSettings.ports``."""
    http = settings.http
    if http.advertised_url:
        return http.advertised_url
    wanted = "api" if http.api != "off" else "board"
    port = next((port for port, (_, sides) in zip(ports, http.ports, strict=True) if wanted in sides), None)
    if port is None:
        return ""
    scheme = "http" if http.tls_certificate is None else "https"
    return f"{scheme}://{place(_reachable(http.host, settings), port)}"


def _reachable(host: str, settings: Settings) -> str:
    if host not in ("0.0.0.0", "::"):
        return host
    broker, _, port = settings.kafka.addresses[0].rpartition(":")
    try:
        family, kind, _, _, address = socket.getaddrinfo(broker.strip("[]"), int(port), type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as outward:
            outward.connect(address)  # sends nothing: it only chooses the way
            return str(outward.getsockname()[0])
    except OSError:
        return socket.gethostname()
