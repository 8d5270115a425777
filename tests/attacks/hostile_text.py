"""A2: texts that cost more to look at than to send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.records import Record, envelope, event, record, with_raw

_COMBINING = "\\u0301\\u0316"
_FAMILIES: Mapping[str, Callable[[int], str]] = {
    "combining": lambda size: "a" + _COMBINING * (size // len(_COMBINING)),
    "hangul": lambda size: "\\u1100\\u1161\\u11a8" * (size // 18),
    "zero width": lambda size: "\\u200b\\u200d\\ufeff" * (size // 18),
    "right to left": lambda size: "\\u202e\\u2066" * (size // 12),
    "surrogates": lambda size: "\\ud83d\\udc69\\u200d" * (size // 18),
    "half surrogates": lambda size: "\\ud800" * (size // 6),
    "control": lambda size: "\\u0000\\u001b[2J" * (size // 15),
    "mail": lambda size: "a@" * (size // 2),
    "nearly mail": lambda size: "a" * (size // 2) + "@" + "a." * (size // 4),
    "dots": lambda size: "@" + "." * size,
    "spaces": lambda size: "a" + " " * size + "b",
    "digits": lambda size: "9" * size,
    "expanding": lambda size: "\\ufdfa" * (size // 6),
}
_ATTRIBUTES = ("id", "source", "subject", "time", "type", "sequence", "specversion", "unknown")
_FIELDS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("ticket.created", {"channel": "RAW"}),
    ("ticket.created", {"channel": "phone", "team": "RAW", "priority": "RAW", "customer_id": "RAW"}),
    ("ticket.updated", {"team": "RAW"}),
    ("ticket.queued", {"team": "RAW"}),
    ("ticket.message", {"author": "RAW", "public": True}),
    ("ticket.message", {"author": "agent", "public": True, "author_id": "RAW", "text": "RAW"}),
    ("ticket.status", {"status": "RAW"}),
    ("ticket.answered", {"agent_id": "RAW"}),
    ("ticket.left_queue", {"reason": "RAW"}),
    ("ticket.merged", {"into": "RAW"}),
    ("ticket.removed", {"reason": "RAW"}),
    ("survey.answered", {"survey_id": "RAW", "kind": "csat", "score": 3}),
    ("survey.sent", {"survey_id": "s", "kind": "RAW"}),
)


def _label(characters: int) -> Iterator[Record]:
    content = envelope(
        "NFC-1", "ticket.created", data={"channel": "phone", "team": "a" + "\u0301\u0316" * (characters // 2)}
    )
    # As UTF-8, not as escapes: three times as many fit into an event.
    yield record("NFC-1", "ticket.created", json.dumps(content, ensure_ascii=False).encode())


def _all_texts(size: int) -> Iterator[Record]:
    for family, text in _FAMILIES.items():
        raw = f'"{text(size)}"'
        name = f"TEXT-{family.replace(' ', '-')}"
        yield event(name, "ticket.created", channel="phone")
        for attribute in _ATTRIBUTES:
            # With a long subject, the key would be another one: a dead letter before anybody looked at it closely.
            keyless = with_raw(name, "ticket.status", raw, **{attribute: "RAW"}, data={"status": "open"})
            yield keyless._replace(key=None, partition=0)
        for kind, data in _FIELDS:
            yield with_raw(name, kind, raw, data=data)
        yield with_raw(name, "ticket.status", f"{{{raw}:1}}", data="RAW")


ATTACKS = (
    Attack(
        "label",
        "team names of 160 and of 500 thousand combining marks",
        lambda stand: stand.send(chain(_label(160_000), _label(500_000))),
    ),
    Attack(
        "texts",
        f"every text of the contract with each of {len(_FAMILIES)} families of characters, 200 kB each",
        lambda stand: stand.send(_all_texts(200_000)),
        growth_mib=400,
        long=True,
    ),
    Attack(
        "short-texts",
        "the same with 250 characters: short enough to be looked at",
        lambda stand: stand.send(_all_texts(250)),
        long=True,
    ),
)
