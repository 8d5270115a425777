"""A puller against a real server, with commits that are kept in memory: what was written, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stream.clock import SystemClock
from stream.connect.api import Cursor
from stream.connect.outcome import Broken
from stream.connect.vendor import Account, Vendor
from stream.pull.client import Client
from stream.pull.commits import Commits
from stream.pull.fetching import Fetching
from stream.pull.puller import Puller
from stream.pull.work import FeedWork


class KeptCommits(Commits):
    """Commits in memory. ``end_after``: so many writes, and the process ends; a next one begins with what is kept."""

    def __init__(self) -> None:
        self.kept: dict[str, Cursor] = {}
        self.events: list[dict[str, Any]] = []
        self.broken: list[Broken] = []
        self.writes_left = 1 << 30

    def cursor(self, name: str) -> Cursor | None:
        return self.kept.get(name)

    async def write(
        self, events: Iterable[Mapping[str, Any]], broken: Sequence[Broken], name: str, cursor: Cursor
    ) -> int:
        if not self.writes_left:
            raise Killed
        self.writes_left -= 1
        found = [dict(event) for event in events]
        self.events += found
        self.broken += broken
        self.kept[name] = cursor
        return len(found)


class Killed(Exception):  # noqa: N818 - it is what happened, not an error
    """The process ended in the middle."""


def pulled(
    vendor: Vendor,
    account: Account,
    address: str,
    user: str,
    token: str,
    commits: KeptCommits,
    since: int = 0,
    only: str = "",
) -> Puller:
    """Pull once, to the end."""

    async def run() -> Puller:
        clock = SystemClock()
        assert vendor.api is not None
        headers = dict(vendor.api.headers(user, token))
        async with Client(address, headers) as client:
            works = [
                FeedWork(
                    feed, since, Fetching(vendor, vendor.api, account, client, clock), commits, clock, 600_000, 0.05
                )
                for feed in vendor.api.feeds
                if only in feed.name
            ]
            puller = Puller("acme", works, client, lambda: headers, clock, lambda: None)
            await puller.run(asyncio.Event(), once=True)
            return puller

    return asyncio.run(run())
