"""Asks a worker over HTTP whether its numbers can be looked at yet."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

_OF_A_SHARD: Final = re.compile(r"shard \d+ (.*)", re.DOTALL)


def why_not_ready(port: int, timeout_seconds: float = 2.0) -> str | None:
    """None once /readyz answers 200; otherwise the reason, in words."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return "it does not answer yet"
    finally:
        connection.close()
    return None if answer.status == 200 else _reasons(body)


def _reasons(body: bytes) -> str:
    try:
        reasons = json.loads(body)["reasons"]
        return "; ".join(_each_once(str(reason) for reason in reasons)) or "not ready"
    except (ValueError, KeyError, TypeError):
        return "not ready"


def _each_once(reasons: Iterable[str]) -> Iterator[str]:
    """What many shards say is told of the first of them, with how many more say so."""
    same: dict[str, list[str]] = {}
    for reason in reasons:
        said = _OF_A_SHARD.match(reason)
        same.setdefault(said[1] if said else reason, []).append(reason)
    for first, *others in same.values():
        yield f"{first} (so {len(others)} more)" if others else first
