"""What follows an answer on every channel: replies from the desk, solving, reopening, closing, surveys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from stream.simulate import surveys
from stream.simulate.emit import Ticket
from stream.simulate.scheduler import Process
from stream.simulate.spread import Spread

if TYPE_CHECKING:
    from stream.simulate.centre import Centre

WRITING = Spread(240, 0.6)
RANKS = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
REOPENED = 0.06
REOPENED_AFTER = Spread(2400, 1.1)
CLOSED_AFTER_SECONDS = 86_400.0
SENTIMENT_KNOWN = 0.5


def desk_reply(centre: Centre, ticket: Ticket) -> Process:
    """Someone of the team writes to the customer as soon as there is time."""
    pool = centre.pool("desk", ticket.team)
    agent = yield from pool.visit(RANKS[ticket.priority])
    assert agent is not None  # work at the desk does not walk away
    author = centre.agent_id(pool, agent)
    if not ticket.is_assigned:
        ticket.is_assigned = True
        centre.tell(ticket, "ticket.updated", {"assigned": True})
    if centre.chance(0.15):
        yield centre.after(centre.random.uniform(5, 60))
        centre.tell(ticket, "ticket.message", {"author": "agent", "public": False, "author_id": author})
    yield centre.now_us + WRITING.draw_us(centre.random)
    centre.tell(ticket, "ticket.message", {"author": "agent", "public": True, "automated": False, "author_id": author})
    pool.release(agent)


def solved(centre: Centre, ticket: Ticket) -> Process:
    """The ticket is solved, asked about, now and then reopened, and closed in the end."""
    while True:
        centre.tell(ticket, "ticket.status", {"status": "solved"})
        surveys.ask(centre, ticket)
        if not centre.chance(REOPENED):
            break
        yield centre.now_us + REOPENED_AFTER.draw_us(centre.random)
        ticket.trouble += 0.8
        centre.tell(ticket, "ticket.message", customer_message(centre, ticket))
        centre.tell(ticket, "ticket.status", {"status": "open"})
        yield from desk_reply(centre, ticket)
    yield centre.after(CLOSED_AFTER_SECONDS)
    centre.tell(ticket, "ticket.status", {"status": "closed"})


def customer_message(centre: Centre, ticket: Ticket) -> dict[str, Any]:
    """Data of a message by the customer, with its sentiment where the system measures that."""
    data: dict[str, Any] = {"author": "customer", "public": True}
    if centre.chance(SENTIMENT_KNOWN):
        mood = 0.4 - 0.5 * ticket.trouble + centre.random.gauss(0, 0.35)
        data["sentiment"] = round(max(-1.0, min(1.0, mood)), 2)
    return data


def impatience(waited_us: int, patience_seconds: float) -> float:
    """How much a wait annoys: slowly more with every doubling."""
    return 0.45 * math.log1p(waited_us / 1e6 / patience_seconds)
