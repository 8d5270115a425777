"""Events of customers for the fault tests: two hundred that stay, and some that are to be forgotten."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from stream.domain.times import format_time_us
from tests.faults.proof import START_US

COUNTED: Final = {"DESKPULSE_CUSTOMERS__ENABLED": "true", "DESKPULSE_CUSTOMERS__RATES": "USD=0.92"}
CUSTOMERS: Final = 200
REMOVED: Final = b'"support.customer.removed"'


def customer_events(count: int, seed: int) -> Iterator[bytes]:
    """Events of two hundred customers, in no order."""
    dice = random.Random(seed)
    for number in range(count):
        kind = dice.choice(["joined", "joined", "left", "updated", "purchase", "refund", "merged"])
        data = {
            "joined": {"tier": dice.choice(["gold", "silver"]), "region": dice.choice(["EMEA", "APAC"])},
            "updated": {"tier": dice.choice(["gold", "silver"])},
            "purchase": {"amount": f"{dice.randrange(1, 500)}.{dice.randrange(10, 99)}", "currency": "EUR"},
            "refund": {"amount": "3", "currency": dice.choice(["USD", "XTS"])},
            "merged": {"into": f"c{dice.randrange(20)}"},
        }.get(kind, {})
        yield _event(f"c{number}", f"c{dice.randrange(CUSTOMERS)}", kind, data, dice)


def with_customers(lines: Sequence[bytes], seed: int, others: Sequence[str] = ()) -> Iterator[bytes]:
    """The same tickets, each of a customer, and one in five of another one later; surveys may name one by themselves.

    ``others``: customers that every third of these is, beside the usual ones.
    """
    dice = random.Random(seed)
    for number, line in enumerate(lines):
        event = _whole(line)
        if event is None:
            yield line
            continue
        # What comes twice says the same twice.
        chosen = random.Random(event["id"])
        kind = event["type"].removeprefix("support.")
        if kind == "ticket.created" or (kind == "survey.answered" and others and not chosen.randrange(3)):
            event["data"]["customer_id"] = _one_of(chosen, others)
        yield orjson.dumps(event)
        if kind == "ticket.created" and not dice.randrange(5):
            changed = {"customer_id": _one_of(dice, others)}
            yield orjson.dumps({**event, "id": f"u{number}", "type": "support.ticket.updated", "data": changed})


def leaving(names: Sequence[str], seed: int) -> Iterator[bytes]:
    """All that there may be of customers that are to be forgotten, each with labels that no other has."""
    dice = random.Random(seed)
    for number_of_name, name in enumerate(names):
        mark = _mark(name)
        labels = {"tier": f"tier-of-{mark}", "region": f"region-of-{mark}", "segment": f"segment-of-{mark}"}
        told: list[tuple[str, str, dict[str, Any]]] = [
            (name, "joined", labels),
            (name, "updated", {"tier": f"other-tier-of-{mark}", "attributes": {"note": f"note-of-{mark}"}}),
            (name, "left", {"reason": f"reason-of-{mark}"}),
            (name, "joined", labels),
            *((name, "purchase", {"amount": f"{number}.5", "currency": "EUR"}) for number in range(5)),
            (name, "refund", {"amount": "2", "currency": "USD"}),
            (name, "purchase", {"amount": "twelve", "currency": "EUR"}),
            (f"c{dice.randrange(CUSTOMERS)}", "merged", {"into": name}),
            # Twice under one id, and once more under another.
            *((name, "removed", {}) for _ in range(2)),
        ]
        if dice.randrange(2):
            told.append((name, "merged", {"into": dice.choice([*names, "c7"])}))
        # An event's id names nobody: it stays in the log of whom the event is about, here the one that was merged.
        events = [_event(f"r{number_of_name}/{number}", *one, dice) for number, one in enumerate(told)]
        yield from events
        yield from dice.sample(events, 4)


def traces_of(names: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
    """What must be left of none of them: the ids; and words that are the labels of none but these."""
    return [name.encode() for name in names], [b"-of-" + _mark(name).encode() for name in names]


def _mark(name: str) -> str:
    return f"mark{random.Random(name).randrange(1 << 40)}"


def _event(identity: str, subject: str, kind: str, data: dict[str, Any], dice: random.Random) -> bytes:
    event = {
        "specversion": "1.0",
        "id": identity,
        "source": "/crm",
        "type": f"support.customer.{kind}",
        "subject": subject,
        "time": format_time_us(START_US + dice.randrange(3600) * 1_000_000),
        "data": data,
    }
    return orjson.dumps(event)


def _one_of(dice: random.Random, others: Sequence[str]) -> str:
    if others and not dice.randrange(3):
        return dice.choice(others)
    return f"c{dice.randrange(CUSTOMERS)}"


def _whole(line: bytes) -> dict[str, Any] | None:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and {"id", "subject", "data"} <= event.keys() else None
