"""Asks a worker over HTTP whether its numbers can be looked at yet."""

from __future__ import annotations

import http.client
import json


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
        return "; ".join(str(reason) for reason in reasons) or "not ready"
    except (ValueError, KeyError, TypeError):
        return "not ready"
