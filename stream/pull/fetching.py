"""Everything that one page needs, fetched: the page, the histories of its tickets, what it names and does not hold.

What has been fetched for a page is kept until the page is written: a limit that is met in the middle of it does not
make the whole begin again, for ever. Where the histories of a page are large, it is translated in portions, and of one
that is translated the events alone are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from stream.clock import Clock
from stream.connect.api import Api, Request
from stream.connect.outcome import Broken
from stream.connect.vendor import Account, Record, Vendor
from stream.pull.client import Client, Gone, Refused
from stream.pull.guard import guarded
from stream.pull.held import MOST_HELD_BYTES, Held
from stream.pull.history import History, history_of
from stream.pull.translation import Read, translated

_MOST_KNOWN: Final = 500_000
_MOST_REFUSALS: Final = 10
_NOT_THERE: Final = {"passed": "ticket that is not there any more"}


class Fetching:
    """One connected system: its client, and what is known of users and the like."""

    def __init__(self, vendor: Vendor, api: Api, account: Account, client: Client, clock: Clock) -> None:
        self._vendor = vendor
        self._api = api
        self._account = account
        self._held = Held(client)
        self._known: dict[str, Record | None] = {}
        self._taken: set[str] = set()
        self._refusals: Counter[str] = Counter()
        self._histories: list[History] = []
        self._read = Read([], [], {})

    @property
    def answers_total(self) -> int:
        """Requests that were answered with something of use."""
        return self._held.answers_total

    async def get(self, request: Request) -> Any:
        """The answer, of the wire or kept. Raises as `Client.get`."""
        return await self._held.get(request)

    def forget(self) -> None:
        """The page is written: its answers are not needed any more."""
        self._held.clear()
        self._taken.clear()
        self._refusals.clear()
        self._histories.clear()
        self._read = Read([], [], {})

    def forget_one(self, request: Request) -> None:
        """Ask anew: an answer could not be read."""
        self._held.refuse(request)

    async def take(self, ticket: str, since: int, rows: Sequence[Record] = ()) -> None:
        """Fetch a ticket's history, for `read`. ``rows`` are those of the page."""
        if ticket in self._taken:
            return
        try:
            history = await history_of(self._api, self._held, ticket, since)
        except Gone:
            history = History([_NOT_THERE], [])
        self._taken.add(ticket)
        self._histories.append(history)
        if sum(each.held_bytes for each in self._histories) >= MOST_HELD_BYTES:
            await self._translate(rows)

    async def read(self, rows: Sequence[Record], tickets: Iterable[str], since: int) -> Read:
        """Events of the rows, and of the histories of the tickets. One that is refused again and again is left out."""
        for ticket in tickets:
            try:
                await self.take(ticket, since, rows)
            except Refused as problem:
                self._refusals[ticket] += 1
                if self._refusals[ticket] < _MOST_REFUSALS:
                    raise
                self._taken.add(ticket)
                self._histories.append(History([], [], broken=Broken(f"ticket {ticket}", f"its history: {problem}")))
        await self._translate(rows)
        return self._read

    async def _translate(self, rows: Sequence[Record]) -> None:
        """A portion; TryLater: it stays for the next time."""
        found = [*rows, *(answer for history in self._histories for answer in history.answers)]
        beside = await self._looked_up(found)
        portion = translated(self._vendor, self._api, self._account, [*beside, *found])
        portion.broken += [history.broken for history in self._histories if history.broken is not None]
        self._read.add(portion)
        for history in self._histories:
            for request in history.requests:
                self._held.let_go(request)
        self._histories.clear()

    async def _looked_up(self, rows: Sequence[Record]) -> list[Record]:
        """Objects that the rows name: of all that are known those alone would be enough, but all do no harm."""
        lookup = self._api.lookup
        if lookup is None:
            return []
        with guarded("what an answer names"):
            named = lookup.missing(rows, (), self._account)
        missing = sorted(named - self._known.keys())
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
            missing = sorted(named)
        for first in range(0, len(missing), lookup.most):
            ids = missing[first : first + lookup.most]
            request = lookup.request(ids)
            try:
                content = await self.get(request)
            except Gone:
                content = {}
            with guarded("what was looked up"):
                answer = lookup.found(content)
            self._known.update((name, answer.get(name)) for name in ids)
        return [record for name in sorted(named) if (record := self._known.get(name)) is not None]
