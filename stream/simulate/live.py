"""Phone and chat: the customer waits in a queue, and leaves it if that takes too long."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from stream.simulate import aftercare
from stream.simulate.emit import Ticket
from stream.simulate.scheduler import Process
from stream.simulate.spread import Spread

if TYPE_CHECKING:
    from stream.simulate.centre import Centre

Steps: TypeAlias = Generator[int | None, Any, int | None]


@dataclass(frozen=True)
class Style:
    """What tells phone from chat. Patience is Weibull: ``patience_shape`` 1 is memoryless, above it builds up."""

    service: Spread
    patience_scale_seconds: float
    patience_shape: float
    patience_seconds: float
    # Queue visits a contact, on average: transfers add some, the menu and the bot take some away.
    visits: float
    # Chance that a contact, if it still waits, leaves by another way, and which.
    ways_out: tuple[tuple[float, str], ...]
    way_out_seconds: tuple[float, float]

    @property
    def busy_seconds(self) -> float:
        """How long a contact keeps an agent, wrap-up included."""
        return self.service.mean_seconds + sum(WRAP_UP_SECONDS) / 2


WRAP_UP_SECONDS = (10.0, 50.0)
RING_SECONDS = (0.8, 3.0)
KINDS = {
    "phone": Style(
        service=Spread(200, 0.6),
        patience_scale_seconds=190,
        patience_shape=1.3,
        patience_seconds=175,
        visits=1.02,
        ways_out=((0.05, "callback"), (0.02, "voicemail"), (0.02, "overflow")),
        way_out_seconds=(30, 90),
    ),
    "chat": Style(
        service=Spread(260, 0.5),
        patience_scale_seconds=130,
        patience_shape=1.0,
        patience_seconds=130,
        visits=0.82,
        ways_out=((0.02, "overflow"), (0.01, "timeout")),
        way_out_seconds=(40, 120),
    ),
}
MENU_SECONDS = (6.0, 30.0)
LEAVES_IN_MENU = 0.03
TRANSFERRED = 0.06
NEEDS_DESK = 0.06
# Replies the desk owes a phone or chat contact, spread over the contacts of all channels.
DESK_JOBS_PER_CONTACT = 0.08

BOT_FIRST = 0.6
BOT_SOLVES = 0.35
CALLBACK_DELAY = Spread(900, 0.6)


def contact(centre: Centre, ticket: Ticket) -> Process:
    """A call or a chat, from its first second to the ticket's end."""
    centre.tell(
        ticket,
        "ticket.created",
        {
            "channel": ticket.channel,
            "team": ticket.team,
            "priority": ticket.priority,
            "customer_id": ticket.customer,
            "opened_by": "customer",
        },
    )
    begin = _menu if ticket.channel == "phone" else _bot
    if not (yield from begin(centre, ticket)):
        return
    agent = yield from _queue(centre, ticket)
    if agent is None:
        return
    pool = centre.pool(ticket.channel, ticket.team)
    yield from _conversation(centre, ticket, centre.agent_id(pool, agent))
    wrap_up_seconds = centre.random.uniform(*WRAP_UP_SECONDS)
    centre.tell(
        ticket,
        "ticket.ended",
        {
            "after_contact_work_seconds": round(wrap_up_seconds, 1),
            "hold_seconds": round(centre.random.uniform(0, 60), 1) if centre.chance(0.2) else 0,
        },
    )
    # The agent writes the call up while the customer is gone already.
    centre.scheduler.call(centre.after(wrap_up_seconds), _release, pool, agent)
    if centre.chance(NEEDS_DESK):
        centre.tell(ticket, "ticket.status", {"status": "open"})
        yield from aftercare.desk_reply(centre, ticket)
    yield from aftercare.solved(centre, ticket)


def _menu(centre: Centre, ticket: Ticket) -> Generator[int | None, Any, bool]:
    """The voice menu. True if the caller goes on to the queue."""
    yield centre.after(centre.random.uniform(*MENU_SECONDS))
    if centre.chance(LEAVES_IN_MENU):
        centre.tell(ticket, "ticket.ended")
        return False
    return True


def _bot(centre: Centre, ticket: Ticket) -> Generator[int | None, Any, bool]:
    """The chat's bot, where one answers first. True if people have to go on."""
    if not centre.chance(BOT_FIRST):
        return True
    for _ in range(centre.random.randint(1, 3)):
        yield centre.after(centre.random.uniform(0.4, 1.5))
        centre.tell(ticket, "ticket.message", {"author": "bot", "public": True, "automated": True})
        yield centre.after(centre.random.uniform(4, 25))
        centre.tell(ticket, "ticket.message", {"author": "customer", "public": True})
    if centre.chance(BOT_SOLVES):
        centre.tell(ticket, "ticket.ended")
        yield from aftercare.solved(centre, ticket)
        return False
    centre.tell(ticket, "ticket.handed_off")
    return True


def _queue(centre: Centre, ticket: Ticket) -> Steps:
    """Wait until an agent answers and return who; None once the contact is over for the queue."""
    style = KINDS[ticket.channel]
    pool = centre.pool(ticket.channel, ticket.team)
    centre.tell(ticket, "ticket.queued", {"team": ticket.team})
    joined_us = centre.now_us
    patience, way_out = _leaving(centre.random, style)
    agent = yield from pool.visit(0 if ticket.priority == "urgent" else 1, centre.after(patience))
    ticket.trouble += aftercare.impatience(centre.now_us - joined_us, 60)
    if agent is not None:
        yield centre.after(centre.random.uniform(*RING_SECONDS))
        centre.tell(ticket, "ticket.answered", {"agent_id": centre.agent_id(pool, agent)})
        return (yield from _transferred(centre, ticket, agent))
    if way_out is None:
        centre.tell(ticket, "ticket.abandoned")
        centre.tell(ticket, "ticket.ended")
        return None
    centre.tell(ticket, "ticket.left_queue", {"reason": way_out})
    if way_out == "overflow":
        yield from _move(centre, ticket)
        return (yield from _queue(centre, ticket))
    if way_out in ("callback", "voicemail"):
        yield centre.now_us + CALLBACK_DELAY.draw_us(centre.random)
        yield from aftercare.desk_reply(centre, ticket)
        yield from aftercare.solved(centre, ticket)
    else:
        centre.tell(ticket, "ticket.ended")
    return None


def _transferred(centre: Centre, ticket: Ticket, agent: int) -> Steps:
    """The agent who keeps the contact: the one who answered, or one of another team after a transfer."""
    if not centre.chance(TRANSFERRED):
        return agent
    pool = centre.pool(ticket.channel, ticket.team)
    yield centre.after(centre.random.uniform(20, 90))
    pool.release(agent)
    ticket.trouble += 0.4
    yield from _move(centre, ticket)
    return (yield from _queue(centre, ticket))


def _move(centre: Centre, ticket: Ticket) -> Process:
    ticket.team = centre.other_team(ticket.team)
    centre.tell(ticket, "ticket.updated", {"team": ticket.team})
    # A moment between two systems: the visit begins after the routing changed.
    yield centre.after(0.2)


def _conversation(centre: Centre, ticket: Ticket, agent_id: str) -> Process:
    span_us = KINDS[ticket.channel].service.draw_us(centre.random)
    if ticket.channel == "phone":
        yield centre.now_us + span_us
        return
    turns = centre.random.randint(1, 4)
    pause_us = span_us // turns
    yield centre.after(centre.random.uniform(2, 12))
    for _ in range(turns):
        centre.tell(
            ticket,
            "ticket.message",
            {"author": "agent", "public": True, "automated": False, "author_id": agent_id},
        )
        yield centre.now_us + pause_us // 2
        centre.tell(ticket, "ticket.message", aftercare.customer_message(centre, ticket))
        yield centre.now_us + pause_us // 2


def _leaving(random: Random, style: Style) -> tuple[float, str | None]:
    """After how many seconds the customer leaves, and by which way; None: gives up."""
    patience = random.weibullvariate(style.patience_scale_seconds, style.patience_shape)
    left = random.random()
    for share, way in style.ways_out:
        left -= share
        if left < 0:
            # Offered while waiting; who has given up before takes no way out.
            offered = random.uniform(*style.way_out_seconds)
            return (offered, way) if offered < patience else (patience, None)
    return patience, None


def _release(pool: Any, agent: int) -> None:
    pool.release(agent)
