"""The bare loop as a contestant: held whenever it is not its turn, as it is in no group."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Final

from tests.bench.contestant import Contestant
from tests.bench.race import Round, say_round
from tests.bench.worker import DEADLINE_SECONDS, Desk

_SEEN: Final = re.compile(r"^seen (\d+) ([\d.]+)$", re.MULTILINE)
_LOOK_SECONDS: Final = 0.02


class RawLoop(Contestant):
    """On the source topics of ``desk``."""

    def __init__(self, desk: Desk) -> None:
        topics = [desk.topics["tickets"], desk.topics["surveys"]]
        command = [sys.executable, "-m", "tests.bench.raw_loop", desk.broker, str(desk.partitions), *topics]
        super().__init__("raw", command)
        self._desk = desk
        self._seen = 0

    async def catch_up(self) -> Round:
        """Let it read all that was sent since it was held."""
        cpu, began = self.cpu_seconds, self.go_on()
        events, deadline = self._desk.sent - self._seen, time.monotonic() + DEADLINE_SECONDS
        while self._seen < self._desk.sent:
            self.require_running()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._seen} of {self._desk.sent} events seen\n{self.log()}")
            await asyncio.sleep(_LOOK_SECONDS)
            if lines := _SEEN.findall(self.printed()):
                self._seen, ended = int(lines[-1][0]), float(lines[-1][1])
        self.pause()
        found = Round(events, max(1e-3, ended - began), self.cpu_seconds - cpu)
        say_round(self.name, found)
        return found
