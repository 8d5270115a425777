"""The CloudEvents envelope of the event contract: every source and the simulator build events here."""

from __future__ import annotations

from typing import Any

from stream.sources.source import CloudEvent


def cloud_event(
    source: str,
    event_id: str,
    kind: str,
    subject: str,
    time: str,
    *,
    sequence: int | None = None,
    data: dict[str, Any] | None = None,
) -> CloudEvent:
    """One event. ``kind`` is the type without its ``support.`` prefix; ``time`` is RFC 3339 with a zone."""
    event: CloudEvent = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": f"support.{kind}",
        "subject": subject,
        "time": time,
    }
    if sequence is not None:
        # CloudEvents has no extension type for big numbers: a string of digits sorts as a number here.
        event["sequence"] = str(sequence)
    event["data"] = {} if data is None else data
    return event
