"""Everything that one page needs, fetched: the page, the histories of its tickets, what it names and does not hold.

What has been fetched for a page is kept until the page is written: a limit that is met in the middle of it does not
make the whole begin again, for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from stream.clock import Clock
from stream.connect.api import Api, Request
from stream.connect.outcome import Broken, Outcome, Passed
from stream.connect.vendor import Account, Record, Vendor
from stream.pull.client import Client, Gone
from stream.sources.source import CloudEvent

_MOST_KNOWN: Final = 500_000
_MOST_REQUESTS_OF_A_HISTORY: Final = 200
_GONE: Final = object()


class Read(Struct):
    """What records gave: events, broken ones, and the number of those that count for nothing, by kind."""

    events: list[CloudEvent]
    broken: list[Broken]
    passed: dict[str, int]


class Fetching:
    """One connected system: its client, and what is known of users and the like."""

    def __init__(self, vendor: Vendor, api: Api, account: Account, client: Client, clock: Clock) -> None:
        self._vendor = vendor
        self._api = api
        self._account = account
        self._client = client
        self._clock = clock
        self._known: dict[str, Record | None] = {}
        self._held: dict[Request, Any] = {}
        self.answers_total = 0

    async def get(self, request: Request) -> Any:
        """The answer, of the wire or kept. Raises as `Client.get`."""
        if request not in self._held:
            try:
                self._held[request] = await self._client.get(request)
            except Gone:
                # An answer as well: asked again and again, it could meet a failure each time.
                self._held[request] = _GONE
            self.answers_total += 1
        found = self._held[request]
        if found is _GONE:
            raise Gone
        return found

    def forget(self) -> None:
        """The page is written: its answers are not needed any more."""
        self._held.clear()

    def forget_one(self, request: Request) -> None:
        """Ask anew: an answer could not be read."""
        self._held.pop(request, None)

    async def history(self, ticket: str, since: int) -> list[Any]:
        """All answers of a ticket's history; Gone: there is no such ticket."""
        answers: list[Any] = []
        request: Request | None = self._api.history(ticket, since)
        while request is not None and len(answers) < _MOST_REQUESTS_OF_A_HISTORY:
            answer = await self.get(request)
            answers.append(answer)
            request = self._api.more(request, answer, since)
        return answers

    async def read(self, rows: Sequence[Record], tickets: Iterable[str], since: int) -> Read:
        """Events of the rows, and of the histories of the tickets."""
        found = list(rows)
        for ticket in tickets:
            try:
                found += await self.history(ticket, since)
            except Gone:
                found.append({"passed": "ticket that is not there any more"})
        beside = await self._looked_up(found)
        return self._translated([*beside, *found])

    async def _looked_up(self, rows: Sequence[Record]) -> list[Record]:
        """Objects that the rows name: of all that are known those alone would be enough, but all do no harm."""
        lookup = self._api.lookup
        if lookup is None:
            return []
        named = lookup.missing(rows, (), self._account)
        missing = sorted(named - self._known.keys())
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
            missing = sorted(named)
        for first in range(0, len(missing), lookup.most):
            ids = missing[first : first + lookup.most]
            try:
                answer = lookup.found(await self.get(lookup.request(ids)))
            except Gone:
                answer = {}
            self._known.update((name, answer.get(name)) for name in ids)
        return [record for name in sorted(named) if (record := self._known.get(name)) is not None]

    def _translated(self, rows: Sequence[Record]) -> Read:
        read = Read([], [], {})
        records: Iterator[Record] = self._api.records(rows, self._account)
        if self._vendor.join is not None:
            records = self._vendor.join(records, self._account)
        for record in records:
            for outcome in self._vendor.translate(record, self._account):
                self._sort(outcome, read)
        return read

    @staticmethod
    def _sort(outcome: Outcome, read: Read) -> None:
        if isinstance(outcome, Passed):
            read.passed[outcome.kind] = read.passed.get(outcome.kind, 0) + 1
        elif isinstance(outcome, Broken):
            read.broken.append(outcome)
        else:
            read.events.append(outcome)
