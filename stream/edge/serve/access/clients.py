"""All open connections: how many there may be, and which of them have waited too long."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from stream.edge.serve.access.tally import HttpTally, Refusal

PROGRESS_BYTES: Final = 1 << 20
"""An answer under way is not stuck while so much of it goes out in each write time-out."""

STALLED_SECONDS: Final = 3.0
"""A client that has taken nothing for so long gives its place to another."""

log = logging.getLogger(__name__)


class Limits(Struct, frozen=True):
    """Bounds of the connections, as the settings and the machine allow them."""

    connections: int
    connections_per_address: int
    header_seconds: float
    write_seconds: float


class Client:
    """What is known of one connection; times are monotonic seconds. ``end`` closes it at once."""

    def __init__(self, address: str, limited: bool, now: float, end: Callable[[], None]) -> None:
        self.address = address
        self.limited = limited
        self.end = end
        self.idle_since: float | None = now
        self.header_since: float | None = now
        self._unsent_since: float | None = None
        self._unsent_bytes = 0

    def receiving(self, now: float) -> None:
        """Bytes came; where no request is being answered, they begin the next one's header."""
        if self.header_since is None and self.idle_since is not None:
            self.header_since = now

    def answering(self) -> None:
        """A whole header is here."""
        self.idle_since = self.header_since = None

    def answered(self, now: float) -> None:
        """The connection waits for the next request."""
        self.idle_since = now

    def blocked(self, now: float, unsent_bytes: int) -> None:
        """The client takes its answer more slowly than it is made: ``unsent_bytes`` wait here."""
        self._unsent_since, self._unsent_bytes = now, unsent_bytes

    def unblocked(self) -> None:
        """All that was to be sent is with the kernel."""
        self._unsent_since = None

    def stalled_seconds(self, now: float) -> float:
        """How long the client has taken nothing of what waits for it."""
        return 0.0 if self._unsent_since is None else now - self._unsent_since

    def overdue(self, now: float, unsent_bytes: int, limits: Limits) -> Refusal | None:
        """Why the connection is to be ended now, if it is."""
        if self._unsent_since is not None:
            if unsent_bytes <= self._unsent_bytes - PROGRESS_BYTES:
                self.blocked(now, unsent_bytes)
            elif now - self._unsent_since >= limits.write_seconds:
                return "slow_reader"
        if self.header_since is not None and now - self.header_since >= limits.header_seconds:
            return "header_timeout"
        return None


class Clients:
    """The open connections of all listeners. ``unsent`` gives the bytes that wait to be sent to a client."""

    def __init__(self, limits: Limits, tally: HttpTally) -> None:
        self._limits = limits
        self._tally = tally
        self._open: dict[Client, Callable[[], int]] = {}
        self._of_address: dict[str, int] = {}

    def admit(self, client: Client, now: float, unsent: Callable[[], int]) -> bool:
        """Take a new connection in, if need be in place of one that waits; False where none can go."""
        limits, tally = self._limits, self._tally
        crowded = client.limited and self._of_address.get(client.address, 0) >= limits.connections_per_address
        if crowded and not self.make_room(now, client.address):
            tally.refusals["connections_of_address"] += 1
            return False
        if len(self._open) >= limits.connections and not self.make_room(now):
            tally.refusals["connections"] += 1
            return False
        self._open[client] = unsent
        self._of_address[client.address] = self._of_address.get(client.address, 0) + 1
        tally.connections = len(self._open)
        return True

    def forget(self, client: Client) -> None:
        """The connection is closed."""
        if self._open.pop(client, None) is None:
            return
        left = self._of_address.pop(client.address) - 1
        if left:
            self._of_address[client.address] = left
        self._tally.connections = len(self._open)

    def make_room(self, now: float, address: str | None = None) -> bool:
        """End the connection that has waited longest without a request, or else one whose client takes nothing.

        Of ``address`` only, where it is given. A flood of connections that ask nothing thus pushes out itself, and
        whoever asks is answered meanwhile.
        """
        found = [client for client in self._open if address is None or client.address == address]
        waiting = [(client.idle_since, index) for index, client in enumerate(found) if client.idle_since is not None]
        if waiting:
            self.end(found[min(waiting)[1]], "made_room")
            return True
        stalled = max(found, key=lambda client: client.stalled_seconds(now), default=None)
        if stalled is None or stalled.stalled_seconds(now) < STALLED_SECONDS:
            return False
        self.end(stalled, "slow_reader")
        return True

    def sweep(self, now: float) -> None:
        """End what is overdue."""
        for client, unsent in list(self._open.items()):
            reason = client.overdue(now, unsent(), self._limits)
            if reason is not None:
                self.end(client, reason)

    def end(self, client: Client, reason: Refusal) -> None:
        """Close a connection at once, and count why."""
        log.debug("a connection is closed: %s", reason)
        self._tally.refusals[reason] += 1
        self.forget(client)
        client.end()
