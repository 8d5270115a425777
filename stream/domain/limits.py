"""What is refused or folded together so that memory and state stay bounded."""

from __future__ import annotations

from msgspec import Struct


class Limits(Struct, frozen=True):
    """Bounds on one event, one ticket and the set of segments. The settings section ``limits`` fills them."""

    max_event_bytes: int = 1_048_576
    max_id_characters: int = 256
    future_tolerance_seconds: float = 600
    max_events_per_ticket: int = 2000
    max_segments: int = 1000
