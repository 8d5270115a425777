"""E-mail and web forms: work that waits for the team, not a customer on the line."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from stream.simulate import aftercare
from stream.simulate.emit import Ticket
from stream.simulate.scheduler import Process
from stream.simulate.spread import Spread

if TYPE_CHECKING:
    from stream.simulate.centre import Centre

ACKNOWLEDGED = 0.8
OPENED_BY_AGENT = 0.03
SPAM = 0.025
SPAM_RESTORED = 0.1
MERGED = 0.02
NOTED = 0.15
TRIAGED = 0.15
NUDGED = 0.08
WAITS_FOR_CUSTOMER = 0.35
CUSTOMER_SILENT = 0.2
ON_HOLD = 0.08

TRIAGE = Spread(420, 0.9)
# What is urgent is looked at sooner.
TRIAGE_FACTOR = {"urgent": 0.3, "high": 0.6, "normal": 1.0, "low": 1.8}
SPAM_FOUND = Spread(300, 0.8)
CUSTOMER_REPLIES = Spread(1500, 1.2)
HOLD = Spread(5400, 0.8)
GIVES_UP_SECONDS = 2 * 86_400.0

# Replies a contact needs, on average, and how long each keeps an agent: measured from the simulation.
JOBS_PER_CONTACT = 1.55
BUSY_SECONDS = aftercare.WRITING.mean_seconds + 5.0


def contact(centre: Centre, ticket: Ticket) -> Process:
    """An e-mail or a form, from its arrival to the ticket's end."""
    centre.tell(
        ticket,
        "ticket.created",
        {
            "channel": ticket.channel,
            "team": ticket.team,
            "priority": ticket.priority,
            "customer_id": ticket.customer,
            "opened_by": "agent" if centre.chance(OPENED_BY_AGENT) else "customer",
        },
    )
    if centre.chance(ACKNOWLEDGED):
        yield centre.after(centre.random.uniform(0.5, 4))
        centre.tell(ticket, "ticket.message", {"author": "system", "public": True, "automated": True})
    if centre.chance(SPAM):
        yield centre.now_us + SPAM_FOUND.draw_us(centre.random)
        centre.tell(ticket, "ticket.removed", {"reason": "spam"})
        if not centre.chance(SPAM_RESTORED):
            return
        yield centre.now_us + SPAM_FOUND.draw_us(centre.random)
        centre.tell(ticket, "ticket.restored")
    arrived_us = centre.now_us
    if not (yield from _triage(centre, ticket)):
        return
    yield from aftercare.desk_reply(centre, ticket)
    ticket.trouble += aftercare.impatience(centre.now_us - arrived_us, 1800)
    while centre.chance(WAITS_FOR_CUSTOMER):
        centre.tell(ticket, "ticket.status", {"status": "pending"})
        if centre.chance(CUSTOMER_SILENT):
            yield centre.after(GIVES_UP_SECONDS)
            break
        yield centre.now_us + CUSTOMER_REPLIES.draw_us(centre.random)
        centre.tell(ticket, "ticket.message", aftercare.customer_message(centre, ticket))
        centre.tell(ticket, "ticket.status", {"status": "open"})
        yield from aftercare.desk_reply(centre, ticket)
    if centre.chance(ON_HOLD):
        centre.tell(ticket, "ticket.status", {"status": "on_hold"})
        yield centre.now_us + HOLD.draw_us(centre.random)
    yield from aftercare.solved(centre, ticket)


def _triage(centre: Centre, ticket: Ticket) -> Generator[int | None, Any, bool]:
    """Somebody looks at the ticket and sorts it. False if it ends here, merged into another."""
    delay_us = int(TRIAGE.draw_us(centre.random) * TRIAGE_FACTOR[ticket.priority])
    if centre.chance(NUDGED):
        yield centre.now_us + delay_us // 2
        delay_us -= delay_us // 2
        centre.tell(ticket, "ticket.message", aftercare.customer_message(centre, ticket))
    yield centre.now_us + delay_us
    if centre.chance(MERGED) and centre.recent[0] != ticket.id:
        centre.tell(ticket, "ticket.merged", {"into": centre.recent[0]})
        return False
    if centre.chance(TRIAGED):
        if centre.chance(0.5):
            ticket.team = centre.other_team(ticket.team)
            centre.tell(ticket, "ticket.updated", {"team": ticket.team})
        else:
            ticket.priority = centre.random.choice(list(TRIAGE_FACTOR))
            centre.tell(ticket, "ticket.updated", {"priority": ticket.priority})
    if centre.chance(NOTED):
        centre.tell(ticket, "ticket.message", {"author": "agent", "public": False})
    centre.tell(ticket, "ticket.status", {"status": "open"})
    return True
