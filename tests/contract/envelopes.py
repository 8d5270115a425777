"""Events as a test writes them, and what the decoder makes of them in both modes."""

from __future__ import annotations

import json
from typing import Any

from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.domain.times import parse_time_us

NINE_US = parse_time_us("2025-11-22T09:00:00Z")
LATEST_US = NINE_US + 600_000_000
UID = "6f1c /zendesk/acme"


def envelope(kind: str, data: Any = None, **attributes: Any) -> dict[str, Any]:
    event = {
        "specversion": "1.0",
        "id": "6f1c",
        "source": "/zendesk/acme",
        "type": f"support.{kind}",
        "subject": "T-1",
        "time": "2025-11-22T09:00:00Z",
        **attributes,
    }
    return event if data is None else event | {"data": data}


def decode(event: Any, *, key: bytes | None = b"T-1", limits: Limits | None = None) -> Any:
    value = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Decoder(limits).decode(value, key, (), LATEST_US)


def decode_binary(event: dict[str, Any], *extra: tuple[str, bytes | None]) -> Any:
    headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
    value = json.dumps(event["data"]).encode() if "data" in event else None
    return Decoder().decode(value, b"T-1", [*headers, *extra], LATEST_US)


def created(**attributes: Any) -> dict[str, Any]:
    return envelope("ticket.created", {"channel": "email"}, **attributes)
