"""C: names and addresses where only ids belong. Nothing of them is kept, but for the original in a dead letter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.records import Record, envelope, event, record
from tests.attacks.stand import Stand
from tests.faults.content import read_all

_MARK = "jane.doe"
_MAIL = f"{_MARK}@example.com"
_DERIVED = ("changelog", "partials", "facts", "metrics", "alerts")
_ATTRIBUTES = ("id", "source", "subject", "type", "sequence", "time")
_FIELDS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("ticket.created", {"channel": _MAIL, "team": _MAIL, "priority": f"<{_MAIL}>", "customer_id": _MAIL}),
    ("ticket.updated", {"team": f"Team of {_MAIL}"}),
    ("ticket.queued", {"team": _MAIL.upper()}),
    ("ticket.message", {"author": "agent", "public": True, "author_id": _MAIL, "text": f"Hello {_MARK}"}),
    ("ticket.answered", {"agent_id": _MAIL}),
    ("ticket.merged", {"into": _MAIL}),
    ("survey.answered", {"survey_id": _MAIL, "kind": "csat", "score": 3, "customer_id": _MAIL, "comment": _MARK}),
    ("survey.declined", {"survey_id": f"mailto:{_MAIL}", "kind": "csat"}),
)


def _personal() -> Iterator[Record]:
    yield event("P-1", "ticket.created", channel="phone")
    for attribute in _ATTRIBUTES:
        for text in (_MAIL, f"<{_MAIL}>", f"mailto:{_MAIL}", f"/crm/{_MAIL}"):
            content = envelope("P-1", "ticket.status", **{attribute: text}, data={"status": "open"})
            key = str(content["subject"])
            yield record(key, "ticket.status", json.dumps(content).encode())
            yield record("P-1", "ticket.status", None, tuple((f"ce_{k}", str(v).encode()) for k, v in content.items()))
    for index, (kind, data) in enumerate(_FIELDS):
        yield event(f"P-2-{index}", "ticket.created", 10, channel="phone")
        yield event(f"P-2-{index}", kind, **data)


def _around(text: bytes, needle: bytes) -> bytes:
    at = text.index(needle)
    return text[max(0, at - 40) : at + 40]


def _nothing_personal(stand: Stand) -> str:
    needle = _MARK.encode()
    for logical in _DERIVED:
        for entry in asyncio.run(read_all(stand.settings, logical)):
            text = (entry.key + (entry.value or b"")).lower()
            assert needle not in text, f"in {logical}: {entry.key!r}: {_around(text, needle)!r}"
    for letter in stand.letters():
        shown = {name: value for name, value in json.loads(letter).items() if not name.endswith("_base64")}
        assert _MARK not in str(shown).lower(), f"in a dead letter: {shown}"
    for path in ("/metrics", "/api/rows"):
        assert _MARK not in stand.worker.get(path)[1].lower(), f"in {path}"
    assert needle not in stand.log_file.read_bytes().lower(), "in the log"
    return "nothing of it in state, topics, series or log"


ATTACKS = (
    Attack(
        "mail",
        "e-mail addresses as ids, sources, subjects, labels and survey ids",
        lambda stand: stand.send(_personal()),
        _nothing_personal,
    ),
)
