"""Answers that are kept until what needs them is written: so much of them, and of one history, and no more."""

from __future__ import annotations

from typing import Any, Final

from stream.connect.api import Request
from stream.pull.client import Client, Gone

MOST_HELD_BYTES: Final = 256 << 20
"""Of memory, for histories beside the page itself; then what is there is translated, and its answers are let go."""

MOST_HISTORY_BYTES: Final = 128 << 20
_GONE: Final = object()


class Held:
    """What one client answered, by request."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answers: dict[Request, Any] = {}
        self._bytes: dict[Request, int] = {}
        self.answers_total = 0

    async def get(self, request: Request) -> Any:
        """The answer, of the wire or kept. Raises as `Client.get`."""
        if request not in self._answers:
            try:
                found = await self._client.get(request)
                self._bytes[request] = self._client.latest_bytes
            except Gone:
                # An answer as well: asked again and again, it could meet a failure each time.
                found = _GONE
            self._answers[request] = found
            self.answers_total += 1
        found = self._answers[request]
        if found is _GONE:
            raise Gone
        return found

    def bytes_of(self, request: Request) -> int:
        """What its answer takes in memory."""
        return self._bytes.get(request, 0)

    def let_go(self, request: Request) -> None:
        """Its answer has been used."""
        self._answers.pop(request, None)
        self._bytes.pop(request, None)

    def refuse(self, request: Request) -> None:
        """Its answer cannot be used: as if there had been none."""
        if request in self._answers:
            self.answers_total -= 1
        self.let_go(request)

    def clear(self) -> None:
        """All of it has been used."""
        self._answers.clear()
        self._bytes.clear()
