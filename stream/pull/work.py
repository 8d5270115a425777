"""What a puller does again and again: a list to read on, or doorbells to answer. Each says when it is due."""

from __future__ import annotations

import logging
from typing import NoReturn, Protocol

from stream.clock import Clock
from stream.connect.api import Cursor, Feed, Page, Request
from stream.connect.fields import Unreadable
from stream.errors import ConfigError
from stream.pull.client import Gone, Refused, TryLater
from stream.pull.commits import Commits
from stream.pull.fetching import Fetching
from stream.pull.guard import guarded
from stream.pull.state import State
from stream.pull.walk import Walk

_SECOND_US = 1_000_000
_LEFT_US = 3600 * _SECOND_US

log = logging.getLogger(__name__)


class Work(Protocol):
    """``state.due_us`` says when `step` is to be called next."""

    state: State

    @property
    def answers_total(self) -> int:
        """Requests that were answered."""
        ...

    async def step(self) -> None:
        """Do one page's worth. TryLater: nothing was done."""
        ...


class FeedWork:
    """Reads one list of the API, a page at a step."""

    def __init__(
        self,
        feed: Feed,
        since_seconds: int,
        fetching: Fetching,
        commits: Commits,
        clock: Clock,
        requests_per_minute: float,
        poll_seconds: float,
    ) -> None:
        self._feed = feed
        self._fetching = fetching
        self._commits = commits
        self._clock = clock
        self._spacing_us = round(60 * _SECOND_US / (requests_per_minute or feed.requests_per_minute))
        every_seconds = feed.every_seconds if not requests_per_minute else 0.0
        self._pause_us = round(max(poll_seconds, every_seconds) * _SECOND_US)
        now_seconds = clock.now_us() // _SECOND_US
        # One that was stored ahead of now would keep the feed from being asked until then. Numbers of pages never are.
        stored = {name: min(number, now_seconds) for name, number in (commits.cursor(feed.name) or {}).items()}
        self._cursor: Cursor = stored or feed.start(since_seconds)
        self._walk = Walk(feed)
        self.state = State(feed.name, clock.now_us(), since_seconds)

    @property
    def answers_total(self) -> int:
        """Requests that were answered."""
        return self._fetching.answers_total

    async def step(self) -> None:
        """Fetch the next page and all it needs, and write it."""
        now_us = self._clock.now_us()
        request = self._feed.request(self._cursor, now_us // _SECOND_US)
        if request is None:
            self.state.wait(now_us, self._pause_us, is_idle=True)
            return
        try:
            page = await self._page(request)
        except (Gone, Refused) as problem:
            if self._feed.is_optional:
                self._leave()
                return
            if isinstance(problem, Refused):
                raise
            self._missing(request, problem)
        try:
            read = await self._fetching.read(page.rows, page.tickets, page.history_since)
        except Refused:
            # The list is asked anew: where that is refused too, it is not for this ticket.
            self._fetching.forget_one(request)
            raise
        count = await self._commits.write(read.events, read.broken, self._feed.name, page.cursor)
        self._fetching.forget()
        self._walk.note(page)
        self._cursor = page.cursor
        self.state.note(read, count, page.reached_seconds)
        now_us = self._clock.now_us()
        self.state.wait(now_us, self._pause_us if page.is_last else self._spacing_us, is_idle=page.is_last)

    def _missing(self, request: Request, problem: Gone) -> NoReturn:
        self._fetching.forget_one(request)
        said = f"{request.path} is not there (answer 404)"
        if self.state.has_answered:
            raise TryLater(said) from problem
        raise ConfigError(f"{said}: is api_url right, and may the token's user see it?") from problem

    def _leave(self) -> None:
        """The account has no such list, or the token may not read it: the others are read all the same."""
        self._fetching.forget()
        now_us = self._clock.now_us()
        self.state.wait(now_us, _LEFT_US, is_idle=True)
        self.state.trouble = "not there, or not for this token (answer 401, 403 or 404)"
        log.warning("%s: %s; looked at again in an hour", self.state.name, self.state.trouble)

    async def _page(self, request: Request) -> Page:
        content = await self._fetching.get(request)
        try:
            with guarded(f"list {self._feed.name}"):
                page = self._feed.read(self._cursor, content, self._clock.now_us() // _SECOND_US)
        except (Unreadable, TryLater) as problem:
            self._fetching.forget_one(request)
            raise TryLater(str(problem)) from problem
        self.state.has_answered = True
        if self._walk.has_seen(page):
            self._fetching.forget_one(request)
            # Once, from the first page: as many as fill pages may have come in between, and moved what was seen.
            self._cursor = self._walk.start_again(self._cursor)
            raise TryLater("a page again that this walk has seen already: its pages do not go on")
        return page
