"""Ordinary traffic, whose every fact is known: it has to come out the same, whatever is sent beside it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import orjson

from stream.domain.times import format_time_us
from stream.errors import DeskpulseError
from stream.settings import Settings
from tests.faults.content import last_values, read_all
from tests.faults.proof import assert_each_change_once
from tests.flow.drive import Flow
from tests.integration.running import event, send

CHANNEL = "ordinary"
_PAUSE_SECONDS = 0.3
_PREFIX = "ordinary-"


def story(number: int) -> list[dict[str, Any]]:
    """A contact that waits 7 s, is answered, solved after a minute and rated 4 of 5: events of the last minutes."""
    name = f"{_PREFIX}{number}"
    return [
        event(name, "ticket.created", 100, channel=CHANNEL),
        event(name, "ticket.queued", 100),
        event(name, "ticket.answered", 93),
        event(name, "ticket.message", 80, author="agent", public=True),
        event(name, "ticket.status", 40, status="solved"),
        event(name, "survey.answered", 20) | {"data": {"survey_id": "s", "kind": "csat", "score": 4}},
    ]


class Ordinary:
    """Sends stories at once, or in the background for as long as it is a context."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._keep_sending, daemon=True)
        self.tickets = 0
        self.events: list[dict[str, Any]] = []
        self.repeated = False
        """Whether some were sent twice, because Kafka did not say that it had them."""

    def tell(self, stories: int) -> None:
        """Send the next ``stories``."""
        with self._turn:
            self._tell(stories)

    def _tell(self, stories: int) -> None:
        events = [one for number in range(self.tickets, self.tickets + stories) for one in story(number)]
        while not self._sent(events):
            self.repeated = True
            if self._stop.wait(1):
                return
        self.tickets += stories
        self.events += events

    def _sent(self, events: Iterable[dict[str, Any]]) -> bool:
        try:
            send(self._settings, events)
        except DeskpulseError:
            return False
        return True

    def _keep_sending(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            self.tell(1)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def assert_all_there(self) -> int:
        """The facts in Kafka are those of these events and no others, each written once; gives how many."""
        entries = [
            entry for entry in asyncio.run(read_all(self._settings, "facts")) if entry.key.startswith(b"ordinary")
        ]
        assert_each_change_once(entries)
        found = {key.decode(): orjson.loads(value) for (_, key), value in last_values(entries).items()}
        wanted = self._facts()
        different = [key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)]
        told = [f"{key}: {found.get(key)}, wanted {wanted.get(key)}" for key in sorted(different)[:5]]
        assert not different, "\n".join([f"{len(different)} of {len(wanted)} ordinary facts differ:", *told])
        return len(wanted)

    def _facts(self) -> dict[str, Any]:
        """What the product's own core makes of these events and nothing else."""
        with Flow(format_time_us(time.time_ns() // 1000), topics={"partitions": 1}) as flow:
            for one in self.events:
                flow.send(one)
            return flow.settle().facts()
