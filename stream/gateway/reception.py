"""One request to a hook, from its header to its answer: read, verified, understood, written, and then only answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import ClientError, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from stream.clock import Clock, monotonic_seconds
from stream.edge.process.places import place_of
from stream.edge.serve.http_gate import read_a_little
from stream.edge.serve.http_headers import json_answer
from stream.gateway.bodies import UnreadableError
from stream.gateway.hook import Hook, defect
from stream.gateway.letters import letter_key, letter_row
from stream.gateway.taken import Letter, Taken
from stream.gateway.tally import UNVERIFIED, GatewayTally, HookTally, Outcome
from stream.gateway.writer import AwayError, Kafka, Row, TooLargeError
from stream.settings import Settings

_REFUSED: Final = "not accepted"
"""All that a stranger hears, whatever was wrong."""

_UNREADABLE: Final = 400

log = logging.getLogger(__name__)


class Reception:
    """Takes deliveries until it is told that the gateway ends (``ending``)."""

    def __init__(self, settings: Settings, writer: Kafka, tally: GatewayTally, clock: Clock) -> None:
        self._settings = settings.gateway
        self._topics: Mapping[str, str] = settings.topic_names
        self._future_us = round(settings.limits.future_tolerance_seconds * 1e6)
        self._writer = writer
        self._tally = tally
        self._clock = clock
        self.ending = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def take(self, hook: Hook, request: web.Request) -> web.Response:
        """The answer to a POST. Raises nothing but cancellation: a defect is answered like a Kafka that is away."""
        began = monotonic_seconds()
        counted = self._tally.hooks[hook.name]
        try:
            outcome, answer = await self._outcome(hook, request, counted)
        except Exception as error:
            log.error("taking a delivery of %s failed: %s", hook.name, place_of(error))
            outcome, answer = "failed", self.later("this is a defect; the gateway's log tells more")
        counted.deliveries[outcome] += 1
        counted.answered(monotonic_seconds() - began)
        if not request.content.at_eof():
            await read_a_little(request)
            answer.force_close()
        if self.ending:
            answer.force_close()
        return answer

    def later(self, reason: str, status: int = 503) -> web.Response:
        """Asks the sender to come again. Never 500, after which some do not, and never 410, which switches off."""
        return json_answer({"error": reason}, status, Retry_After=str(self._settings.retry_after_seconds))

    async def drained(self, within_seconds: float) -> bool:
        """Wait until all that was begun is answered; whether it is."""
        try:
            await asyncio.wait_for(self._idle.wait(), within_seconds)
        except TimeoutError:
            return False
        return True

    async def _outcome(self, hook: Hook, request: web.Request, counted: HookTally) -> tuple[Outcome, web.Response]:
        if self.ending:
            return "ending", self.later("this gateway ends; another one, or its next start, takes it")
        tally, most = self._tally, self._settings
        if tally.waiting_deliveries >= most.max_waiting_deliveries:
            return "busy", self.later("too much waits already")
        async with self._counted_in() as hold:
            if hdrs.CONTENT_ENCODING in request.headers:
                return "compressed", json_answer({"error": "a body is not compressed here"}, 415)
            try:
                async with asyncio.timeout(most.body_timeout_seconds):
                    body = await self._body(hook, request, hold)
            except TimeoutError:
                return "too_slow", json_answer({"error": "the body did not come in time"}, 408)
            except (ClientError, HttpProcessingError, OSError):
                # The sender is gone, most likely, or what it sends is no body.
                return "cut_off", json_answer({"error": "the body is not whole"}, 400)
            if isinstance(body, str):
                if body == "busy":
                    return "busy", self.later("too much waits already")
                return "too_large", json_answer({"error": f"a body has at most {hook.max_body_bytes} bytes here"}, 413)
            return await self._judged(hook, request, body, counted)

    async def _body(self, hook: Hook, request: web.Request, hold: Callable[[int], None]) -> bytes | str:
        if (request.content_length or 0) > hook.max_body_bytes:
            return "too_large"
        parts: list[bytes] = []
        length = 0
        while part := await request.content.readany():
            parts.append(part)
            length += len(part)
            hold(len(part))
            if length > hook.max_body_bytes:
                return "too_large"
            if self._tally.waiting_bytes > self._settings.max_waiting_bytes:
                return "busy"
        return b"".join(parts)

    async def _judged(
        self, hook: Hook, request: web.Request, body: bytes, counted: HookTally
    ) -> tuple[Outcome, web.Response]:
        now_us, now_seconds = self._clock.now_us(), monotonic_seconds()
        headers = {name.lower(): value for name, value in request.headers.items()}
        delivery = hook.request(request.method, request.rel_url.raw_query_string, headers, body)
        verdict = hook.judge(delivery, now_us)
        if verdict in UNVERIFIED:
            return verdict, json_answer({"error": _REFUSED}, 401)
        mark = hook.mark(delivery)
        if mark is not None and hook.seen.has(mark, now_seconds):
            return "repeated", web.Response(status=hook.accepted_status)
        if not hook.rate.take(now_seconds):
            return "too_many", self.later("more deliveries than this hook takes (max_deliveries_per_second)", 429)
        try:
            taken = hook.read(delivery, now_us + self._future_us)
        except UnreadableError as error:
            taken = Taken(letters=(Letter("not_json", "", str(error)),), told={"error": str(error)}, status=_UNREADABLE)
        except Exception as error:
            log.error("reading a delivery of %s failed: %s", hook.name, place_of(error))
            taken = defect(error)
        try:
            rows = self._rows(hook, taken, body, now_us)
            if rows:
                await self._writer.write(rows)
        except AwayError:
            return "away", self.later("Kafka does not acknowledge; nothing is lost if this comes again")
        except TooLargeError:
            return "too_large", json_answer({"error": "Kafka takes no event of this size"}, 413)
        if mark is not None and taken.records and not taken.doorbells:
            hook.seen.note(mark, now_seconds)
        return _count(counted, taken, now_us), _answer(hook, taken)

    def _rows(self, hook: Hook, taken: Taken, body: bytes, now_us: int) -> list[Row]:
        topics = self._topics
        rows = [Row(topics[record.topic], record.key, record.value) for record in taken.records]
        rows += [Row(topics["doorbells"], bell.key, bell.encode()) for bell in taken.doorbells]
        rows += [
            Row(topics["dead_letter"], letter_key(hook.path, letter, body), letter_row(hook.path, letter, body, now_us))
            for letter in taken.letters
        ]
        return rows

    @asynccontextmanager
    async def _counted_in(self) -> AsyncIterator[Callable[[int], None]]:
        """A delivery that waits; gives what is to be told of each part of its body."""
        tally = self._tally
        held = 0

        def hold(more: int) -> None:
            nonlocal held
            held += more
            tally.waiting_bytes += more

        tally.waiting_deliveries += 1
        self._idle.clear()
        try:
            yield hold
        finally:
            tally.waiting_bytes -= held
            tally.waiting_deliveries -= 1
            if not tally.waiting_deliveries:
                self._idle.set()


def _count(counted: HookTally, taken: Taken, now_us: int) -> Outcome:
    for kind in taken.passed:
        counted.pass_over(kind)
    counted.events += len(taken.records)
    counted.doorbells += len(taken.doorbells)
    counted.dead_letters += len(taken.letters)
    if taken.records or taken.doorbells:
        counted.written_us = now_us
    if taken.letters:
        return "broken"
    if taken.records or taken.doorbells:
        return "written"
    return "handshake" if taken.answer is not None else "nothing"


def _answer(hook: Hook, taken: Taken) -> web.Response:
    status = taken.status or hook.accepted_status
    if taken.answer is not None:
        return web.Response(text=taken.answer, status=200)
    if taken.told is not None:
        return json_answer(taken.told, status)
    return web.Response(status=status)
