"""Seeded events for the benchmarks: e-mail tickets with replies, solves and surveys, and phone contacts that queue."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson

TEAMS = ("billing", "tech", "sales", "returns", "vip")
PRIORITIES = ("low", "normal", "high")


def _time(us: int) -> str:
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _ticket(random_: random.Random, number: int, start_us: int) -> Iterator[tuple[int, str, dict[str, object]]]:
    route = {"team": random_.choice(TEAMS), "priority": random_.choice(PRIORITIES)}
    at = start_us

    def later(low: float, high: float) -> int:
        nonlocal at
        at += round(random_.uniform(low, high) * 1e6)
        return at

    if number % 2:
        yield at, "ticket.created", {"channel": "phone", **route}
        yield later(0, 5), "ticket.queued", {}
        if random_.random() < 0.07:
            yield later(20, 120), "ticket.abandoned", {}
        else:
            yield later(1, 60), "ticket.answered", {"agent_id": f"a-{random_.randrange(200)}"}
        yield later(30, 300), "ticket.ended", {"after_contact_work_seconds": 20}
    else:
        yield at, "ticket.created", {"channel": random_.choice(("email", "web")), **route}
        yield later(20, 300), "ticket.message", {"author": "agent", "public": True, "author_id": "a-1"}
        yield later(20, 200), "ticket.message", {"author": "customer", "public": True}
        yield later(20, 200), "ticket.message", {"author": "agent", "public": True}
        yield later(1, 5), "ticket.status", {"status": "solved"}
    if random_.random() < 0.3:
        survey = {"survey_id": f"s-{number}", "kind": "csat"}
        yield later(5, 300), "survey.answered", {**survey, "score": random_.choice((1, 2, 3, 4, 4, 5, 5, 5))}


def tickets_of(count: int) -> int:
    """How many tickets ``count`` events are about."""
    return count // 4 + 1


def events(
    count: int, start_us: int, span_seconds: float, seed: int = 7, first_ticket: int = 0
) -> list[tuple[int, str, bytes, bytes]]:
    """``count`` events in time order: (time in microseconds, "tickets" or "surveys", key, value).

    ``first_ticket``: number of the first; there is one ticket for each 4 events, so `tickets_of` says which are free.
    """
    random_ = random.Random(seed)
    tickets = tickets_of(count)
    made: list[tuple[int, str, bytes, bytes]] = []
    for place in range(tickets):
        number = first_ticket + place
        name = f"T-{number:08d}"
        start = start_us + round(place * span_seconds * 1e6 / tickets)
        for step, (at, kind, data) in enumerate(_ticket(random_, number, start)):
            event = {
                "specversion": "1.0",
                "id": f"{number:x}-{step}",
                "source": "/bench/contact-centre",
                "type": f"support.{kind}",
                "subject": name,
                "time": _time(at),
                "data": data,
            }
            topic = "surveys" if kind.startswith("survey") else "tickets"
            made.append((at, topic, name.encode(), orjson.dumps(event)))
    made.sort(key=lambda item: item[0])
    return made[:count]
