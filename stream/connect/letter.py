"""A dead letter of what never was a record of a topic: delivered to a hook, or fetched."""

from __future__ import annotations

from stream.domain.times import format_time_us


def letter_of(place: str, reason: str, detail: str, now_us: int, original_bytes: int = 0) -> dict[str, object]:
    """The fields that all dead letters have; ``place``, a hook or a system, stands where others name their topic."""
    return {
        "reason": reason,
        "detail": detail,
        "topic": place,
        "partition": 0,
        "offset": 0,
        "timestamp": format_time_us(now_us),
        "key_base64": None,
        "original_base64": None,
        "original_bytes": original_bytes,
    }
