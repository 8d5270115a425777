"""The contact centre: its teams, its pools of agents, and the loop that makes contacts happen."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from stream.simulate import desk, live
from stream.simulate.arrivals import MINUTE_US, Curve, Demand, Spike
from stream.simulate.emit import SimulatedEvent, Ticket, told
from stream.simulate.queue import Pool
from stream.simulate.scheduler import Process, Scheduler
from stream.simulate.staffing import desk_agents, live_agents

# Shares of the contacts; each adds up to 1.
CHANNELS = {"phone": 0.38, "chat": 0.27, "email": 0.22, "web": 0.13}
TEAMS = {"support": 0.45, "billing": 0.30, "technical": 0.25}
PRIORITIES = {"low": 0.18, "normal": 0.57, "high": 0.20, "urgent": 0.05}
DESK = "desk"

SHIFT_US = 15 * MINUTE_US
CUSTOMERS = 50_000


@dataclass(frozen=True)
class Plan:
    """Everything a run depends on: the same plan gives the same events."""

    seed: int
    start_us: int
    rate: float
    spikes: tuple[Spike, ...] = ()
    curve: Curve = "day"

    @property
    def tag(self) -> str:
        """Names the run in its ticket ids, so that runs into the same topics do not mix."""
        return hashlib.blake2s(repr(self).encode(), digest_size=4).hexdigest()


class Centre:
    """State of the simulation, and what its processes need to act in it."""

    def __init__(self, plan: Plan) -> None:
        self.random = Random(plan.seed)
        self.scheduler = Scheduler(plan.start_us)
        self.demand = Demand(plan.rate, plan.curve, plan.spikes)
        self.recent: deque[str] = deque(maxlen=64)
        self.told: list[SimulatedEvent] = []
        self._plan = plan
        self._tickets = 0
        self._pools = {
            (kind, team): Pool(self.scheduler, f"{kind}-{team}", self._agents(kind, team))
            for kind in (*live.KINDS, DESK)
            for team in TEAMS
        }
        self.scheduler.start(self._arrivals(), plan.start_us)
        self.scheduler.start(self._shifts(), plan.start_us + SHIFT_US)

    @property
    def now_us(self) -> int:
        """The simulation's time."""
        return self.scheduler.now_us

    def after(self, seconds: float) -> int:
        """The time so many seconds from now."""
        return self.scheduler.now_us + int(seconds * 1e6)

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.random.random() < probability

    def start(self, process: Process) -> None:
        """Let a process begin now, beside the one that asks."""
        self.scheduler.start(process, self.scheduler.now_us)

    def tell(self, ticket: Ticket, kind: str, data: dict[str, Any] | None = None) -> None:
        """An event of the ticket happens now."""
        self.told.append(told(ticket, self.scheduler.now_us, kind, {} if data is None else data))

    def pool(self, kind: str, team: str) -> Pool:
        """The agents of a team for phone, chat or desk work."""
        return self._pools[kind, team]

    def agent_id(self, pool: Pool, agent: int) -> str:
        """The id of an agent in events."""
        return f"{pool.name}-{agent + 1}"

    def other_team(self, team: str) -> str:
        """A team the contact may be moved to."""
        return self.random.choice([name for name in TEAMS if name != team])

    def events(self) -> Iterator[SimulatedEvent]:
        """All events in the order they happen, without end."""
        step = self.scheduler.step
        while step():
            if self.told:
                yield from self.told
                self.told.clear()

    def _arrivals(self) -> Process:
        for time_us in self.demand.arrivals(self.random, self._plan.start_us):
            yield time_us
            ticket = self._ticket()
            if ticket.channel in live.KINDS:
                self.start(live.contact(self, ticket))
            else:
                self.start(desk.contact(self, ticket))

    def _ticket(self) -> Ticket:
        self._tickets += 1
        ticket_id = f"T-{self._plan.tag}-{self._tickets}"
        self.recent.append(ticket_id)
        return Ticket(
            ticket_id,
            f"C-{self.random.randrange(CUSTOMERS)}",
            _pick(self.random, CHANNELS),
            _pick(self.random, TEAMS),
            _pick(self.random, PRIORITIES),
        )

    def _shifts(self) -> Process:
        while True:
            for (kind, team), pool in self._pools.items():
                pool.staff(self._agents(kind, team))
            yield self.now_us + SHIFT_US

    def _agents(self, kind: str, team: str) -> int:
        # Half a shift ahead: the mean of what the shift will see.
        contacts = self.demand.planned(self.now_us + SHIFT_US // 2) * TEAMS[team]
        if kind == DESK:
            jobs = contacts * (1 - sum(CHANNELS[name] for name in live.KINDS)) * desk.JOBS_PER_CONTACT
            return desk_agents(jobs + contacts * live.DESK_JOBS_PER_CONTACT, desk.BUSY_SECONDS)
        style = live.KINDS[kind]
        return live_agents(contacts * CHANNELS[kind] * style.visits, style.busy_seconds, style.patience_seconds)


def contact_centre(
    seed: int,
    start_us: int,
    rate: float,
    spikes: Sequence[Spike] = (),
    *,
    curve: Curve = "day",
    end_us: int | None = None,
) -> Iterator[SimulatedEvent]:
    """Events of a contact centre in the order they happen, up to ``end_us`` (without it: without end).

    ``rate`` is contacts a minute, the mean of a weekday. With the curve "day" traffic follows the hours and the
    weekend, with "wave" it stays level but for a short ripple. Pure: no clock, no input but the arguments.
    """
    for event in Centre(Plan(seed, start_us, rate, tuple(spikes), curve)).events():
        if end_us is not None and event.time_us >= end_us:
            return
        yield event


def _pick(random: Random, shares: dict[str, float]) -> str:
    left = random.random()
    for name, share in shares.items():
        left -= share
        if left < 0:
            return name
    return name
