"""Events as they should not be: one rule of the contract broken each, for showing what dead letters do."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import orjson

from stream.simulate.emit import SimulatedEvent


def _cut_off(event: dict[str, Any]) -> bytes:
    return orjson.dumps(event)[:-9]


def _not_utf8(event: dict[str, Any]) -> bytes:
    return orjson.dumps({**event, "source": "/simulator/?"}).replace(b"?", b"\xff")


def _without(name: str) -> Callable[[dict[str, Any]], bytes]:
    def damage(event: dict[str, Any]) -> bytes:
        return orjson.dumps({key: value for key, value in event.items() if key != name})

    return damage


def _with(name: str, wrong: object) -> Callable[[dict[str, Any]], bytes]:
    def damage(event: dict[str, Any]) -> bytes:
        return orjson.dumps({**event, name: wrong})

    return damage


DAMAGES: tuple[Callable[[dict[str, Any]], bytes], ...] = (
    _cut_off,
    _not_utf8,
    _without("id"),
    _without("time"),
    _without("subject"),
    _with("time", "2026-01-05 09:00"),
    _with("time", "2226-01-05T09:00:00Z"),
    _with("data", "solved"),
    _with("id", 7),
)


def damaged(random: Random, event: SimulatedEvent) -> bytes:
    """The event again under another id, with one thing wrong: a dead letter, whatever it said."""
    copy = {**event.event, "id": f"{event.event['id']}-bad"}
    return random.choice(DAMAGES)(copy)
