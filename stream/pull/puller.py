"""One connected system: its lists and doorbells in turn, whichever is due; what fails is tried again later."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Final

from stream.clock import Clock
from stream.errors import ConfigError
from stream.pull.client import Client, Refused, TryLater
from stream.pull.delays import retry_after_seconds, wait_seconds
from stream.pull.work import Work

_LONGEST_SLEEP_SECONDS: Final = 0.5
_FINISH_WITHIN_SECONDS: Final = 3.0
_SECOND_US: Final = 1_000_000

log = logging.getLogger(__name__)


class Puller:
    """``login`` reads the token anew and gives the headers. ``on_step`` is called after each step."""

    def __init__(
        self,
        connect: str,
        works: Sequence[Work],
        client: Client,
        login: Callable[[], dict[str, str]],
        clock: Clock,
        on_step: Callable[[], None],
    ) -> None:
        self.connect = connect
        self.works = works
        self._client = client
        self._login = login
        self._clock = clock
        self._on_step = on_step

    async def run(self, stop: asyncio.Event, *, once: bool) -> None:
        """Until stopped; with ``once`` until there is nothing more. ConfigError: refused before it was ever read."""
        while not stop.is_set():
            now_us = self._clock.now_us()
            work = min(self.works, key=lambda work: work.state.due_us)
            if work.state.due_us > now_us:
                seconds = min((work.state.due_us - now_us) / _SECOND_US, _LONGEST_SLEEP_SECONDS)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), seconds)
                self._on_step()
                continue
            if not await self._stoppable(self._step(work), stop):
                return
            self._on_step()
            # Not all at one time: what comes meanwhile is for the next one.
            if once and all(work.state.has_ended for work in self.works):
                return

    async def _stoppable(self, step: Coroutine[None, None, None], stop: asyncio.Event) -> bool:
        """Do a step; False: it was stopped meanwhile. A vendor may be silent for minutes; what is written stays."""
        doing, stopped = asyncio.ensure_future(step), asyncio.ensure_future(stop.wait())
        await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not doing.done():
            await asyncio.wait({doing}, timeout=_FINISH_WITHIN_SECONDS)
        if not doing.done():
            doing.cancel()
            await asyncio.wait({doing})
            return False
        doing.result()
        return True

    async def _step(self, work: Work) -> None:
        try:
            await work.step()
        except TryLater as problem:
            self._fail(work, problem)
        except Refused as problem:
            self._log_in_again(work, problem)

    def _log_in_again(self, work: Work, problem: Refused) -> None:
        """Another token may have come meanwhile. ConfigError: there is none, and the one there is was never taken."""
        try:
            headers = self._login()
        except ConfigError as error:
            # A file that is being replaced, where the list has been read before.
            if not work.state.has_answered:
                raise
            self._fail(work, TryLater(f"{problem}, and {error}"))
            return
        if headers != self._client.headers:
            self._client.headers = headers
        elif work.state.has_answered:
            self._fail(work, TryLater(str(problem)))
        else:
            raise ConfigError(
                f"connect.{self.connect}: the API refuses the token (answer 401 or 403). Is api_token (and "
                "api_user, where the vendor wants one) right, and may it read tickets?"
            ) from problem

    def _fail(self, work: Work, problem: TryLater) -> None:
        now_us = self._clock.now_us()
        state = work.state
        # Failures in a row: a page may need many answers, and those that came in between are kept.
        state.failures = state.failures + 1 if state.answers == work.answers_total else 1
        state.answers = work.answers_total
        asked = retry_after_seconds(problem.retry_after, now_us / _SECOND_US)
        pause_us = round(wait_seconds(state.failures, asked, random.random()) * _SECOND_US)
        state.fail(now_us, pause_us, str(problem))
        # Put together here: told as one wording, the trouble of one list would hold back that of another.
        log.warning("%s", f"{self.connect} {state.name}: {state.trouble}")
        if asked is not None:
            # A limit is the account's: the other lists would meet it too, and count against it.
            for other in self.works:
                other.state.due_us = max(other.state.due_us, now_us + pause_us)
