"""How many boards may be open, in all and for one client address."""

from __future__ import annotations

from typing import Final

from stream.edge.serve.access.clients import STALLED_SECONDS, Client, Clients
from stream.edge.serve.access.tally import HttpTally, Refusal

RETRY_AFTER_SECONDS: Final = 10


class BoardLimits:
    """Open streams by client address; a board that takes nothing gives its place to a new one."""

    def __init__(self, most: int, most_of_address: int, clients: Clients, tally: HttpTally) -> None:
        self._most = most
        self._most_of_address = most_of_address
        self._clients = clients
        self._tally = tally
        self._open: dict[Client, str] = {}

    def enter(self, client: Client, address: str, now: float) -> tuple[int, str] | None:
        """Take a board in and give None, or status and sentence of the refusal.

        ``address``: the client's, behind any proxy.
        """
        of_address = [other for other, place in self._open.items() if place == address]
        if len(of_address) >= self._most_of_address and not self._make_room(of_address, now):
            return self._refuse(
                "streams_of_address",
                429,
                f"{self._most_of_address} boards are open already from this address; close some, or raise "
                "http.max_streams_per_address (behind a proxy: set http.trusted_proxies)",
            )
        if len(self._open) >= self._most and not self._make_room(list(self._open), now):
            return self._refuse("streams", 503, f"{self._most} boards are connected already; close some")
        self._open[client] = address
        self._tally.streams = len(self._open)
        return None

    def leave(self, client: Client) -> None:
        """The board is closed."""
        self._open.pop(client, None)
        self._tally.streams = len(self._open)

    def _make_room(self, boards: list[Client], now: float) -> bool:
        stalled = max(boards, key=lambda client: client.stalled_seconds(now))
        if stalled.stalled_seconds(now) < STALLED_SECONDS:
            return False
        self._clients.end(stalled, "slow_reader")
        self.leave(stalled)
        return True

    def _refuse(self, reason: Refusal, status: int, sentence: str) -> tuple[int, str]:
        self._tally.refusals[reason] += 1
        return status, sentence
