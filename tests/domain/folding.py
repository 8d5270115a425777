"""A shard that is told stories: folding, settling, and what is booked then."""

from __future__ import annotations

from typing import Any

from stream.domain.changes import Changes
from stream.domain.events import (
    Event,
    Message,
    StatusChanged,
)
from stream.domain.log import Insertion
from stream.domain.rejections import Rejected
from stream.domain.segments import Segment, segment_of
from stream.domain.shard import Shard
from tests.domain.stories import US, Story

HOUR, DAY = 3600, 86_400
START = 20_000 * DAY
EMAIL = segment_of("email", "", "")


def told(story: Story) -> list[Event]:
    """The story's events, beginning at START."""
    return [type(event)(event.time_us + START * US, *_rest(event)) for event in story.events]


def _rest(event: Event) -> list[Any]:
    return [getattr(event, field) for field in event.__struct_fields__[1:]]


def fold(target: Shard, story: Story, name: str = "T") -> list[Insertion | Rejected]:
    return [target.fold(name, event) for event in told(story)]


def settle(target: Shard, now: float = 0) -> Changes:
    return target.settle(round((START + now) * US))


def counts(target: Shard, measure: str, width: int = 10) -> dict[tuple[int, Segment], int]:
    """Seconds since START and segment, to how often a measure is booked there."""
    return {
        (start - START, segment): cells[measure].count
        for (own, start, segment), cells in target.panes
        if own == width and measure in cells
    }


def one_event(time: float, uid: str = "x /s") -> StatusChanged:
    return StatusChanged(round((START + time) * US), "", uid, "open")


def one_message(time: float, uid: str) -> Message:
    return Message(round((START + time) * US), "", uid, "customer", public=True)
