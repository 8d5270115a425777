"""A team's queue and its agents: the most urgent first, then first come, first served."""

from __future__ import annotations

from collections.abc import Generator
from heapq import heappop, heappush
from typing import Any, TypeAlias

from stream.simulate.scheduler import Process, Scheduler

Visit: TypeAlias = Generator[int | None, Any, int | None]


class _Waiting:
    """One contact in the queue, until an agent takes it or it leaves."""

    __slots__ = ("gone", "process")

    def __init__(self, process: Process) -> None:
        self.process = process
        self.gone = False


class Pool:
    """Agents who take contacts from one queue. Agents are numbers from 0."""

    def __init__(self, scheduler: Scheduler, name: str, agents: int) -> None:
        self.name = name
        self._scheduler = scheduler
        self._on_duty = agents
        self._free = list(range(agents - 1, -1, -1))
        self._busy: set[int] = set()
        self._queue: list[tuple[int, int, _Waiting]] = []
        self._visits = 0

    def visit(self, rank: int, leave_us: int | None = None) -> Visit:
        """Wait for an agent and return who it is; None if ``leave_us`` came first. Lower ranks go first."""
        if self._free:
            return self._take()
        process = self._scheduler.current
        assert process is not None
        waiting = _Waiting(process)
        self._visits += 1
        heappush(self._queue, (rank, self._visits, waiting))
        if leave_us is not None:
            self._scheduler.call(leave_us, self._leave, waiting, None)
        agent: int | None = yield None
        return agent

    def release(self, agent: int) -> None:
        """The agent is done: on to the next contact, or home if the shift is over."""
        self._busy.discard(agent)
        if agent < self._on_duty:
            self._free.append(agent)
            self._serve()

    def staff(self, agents: int) -> None:
        """From now on so many are on duty; those who are busy finish first."""
        present = {*self._free, *self._busy}
        self._on_duty = agents
        self._free = [agent for agent in self._free if agent < agents]
        self._free += [agent for agent in range(agents - 1, -1, -1) if agent not in present]
        self._serve()

    def _take(self) -> int:
        agent = self._free.pop()
        self._busy.add(agent)
        return agent

    def _serve(self) -> None:
        while self._free and self._queue:
            _, _, waiting = heappop(self._queue)
            if not waiting.gone:
                waiting.gone = True
                self._scheduler.resume(waiting.process, self._take())

    def _leave(self, waiting: _Waiting, _: object) -> None:
        if not waiting.gone:
            waiting.gone = True
            self._scheduler.resume(waiting.process, None)
