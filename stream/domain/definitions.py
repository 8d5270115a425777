"""The knobs of the metric definitions, as data: part of the state's fingerprint, never read from anywhere else."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from stream.domain.calendars.schedule import Calendar
from stream.domain.segments import FIELDS
from stream.domain.sla import SlaPolicy

EndedWhileWaiting: TypeAlias = Literal["abandoned", "left"]
CesPolarity: TypeAlias = Literal["ease", "effort"]
SegmentOfFacts: TypeAlias = Literal["now", "then"]
ByChannel: TypeAlias = tuple[tuple[str, float], ...]
"""Channel and seconds, for the channels that have a value of their own."""


class Definitions(Struct, frozen=True):
    """What the definitions leave open. Spans in seconds unless the name says hours.

    ``short_abandon_seconds``: abandons shorter than this leave both sides of the abandonment ratio.
    ``answer_within_seconds``: longest wait within the service level. Both have a ``_by_channel`` for single channels.
    ``csat_top_boxes``: how many of the best points of a scale are its top boxes, as (points, boxes), with points 0
    for all other scales; without an entry the number follows from the points (`stream.metrics.csat`).
    ``clock_skew_seconds``: how far an answer may lie before the queueing it belongs to (clocks of two systems).
    ``ended_while_waiting``: what a contact is whose conversation ended in the queue.
    ``longest_wait_hours``: who waits longer is lost, see `levels`.
    ``follow_up_hours``: within which a person should have written to a detractor.
    ``ces_polarity``: whether a high answer to a CES survey means ease or effort.
    ``currencies``: name, and thousand-millionths of the reporting currency for one. ``margin_millionths``: the
    share of revenue that is left after what it costs.
    ``calendars``: business hours; without any there is no business time.
    ``segment_of_facts``: a fact has the segment of the ticket now, or of the time it is booked at.
    ``dimensions``: names of what segments are made of, in their order.
    ``sla``: policies; without any nothing was promised.
    ``repeat_days``: a contact so soon after another of the same customer is one because of it.
    ``survey_rest_days``: who was sent a survey is left in peace for so long.
    ``churn_days``: who leaves so soon after an answer leaves because of what it was about.
    """

    short_abandon_seconds: float = 0.0
    short_abandon_by_channel: ByChannel = ()
    answer_within_seconds: float = 20.0
    answer_within_by_channel: ByChannel = ()
    clock_skew_seconds: float = 10.0
    csat_top_boxes: tuple[tuple[int, int], ...] = ()
    ended_while_waiting: EndedWhileWaiting = "abandoned"
    longest_wait_hours: float = 12.0
    segment_of_facts: SegmentOfFacts = "now"
    follow_up_hours: float = 48.0
    ces_polarity: CesPolarity = "ease"
    calendars: tuple[Calendar, ...] = ()
    dimensions: tuple[str, ...] = FIELDS
    currencies: tuple[tuple[str, int], ...] = (("EUR", 1_000_000_000),)
    margin_millionths: int = 1_000_000
    sla: tuple[SlaPolicy, ...] = ()
    repeat_days: float = 7.0
    churn_days: float = 30.0
    survey_rest_days: float = 30.0

    @property
    def lost_after_us(self) -> int:
        """Microseconds of waiting after which a contact is lost."""
        return round(self.longest_wait_hours * 3_600_000_000)

    def answer_within(self, channel: str) -> float:
        """Seconds within which a contact of ``channel`` should be answered."""
        return _of_channel(self.answer_within_by_channel, channel, self.answer_within_seconds)

    def short_abandon(self, channel: str) -> float:
        """Seconds below which an abandon in ``channel`` is too short to count."""
        return _of_channel(self.short_abandon_by_channel, channel, self.short_abandon_seconds)

    def top_boxes(self, points: int) -> int | None:
        """How many of a scale's ``points`` are top boxes, where that was set."""
        chosen = dict(self.csat_top_boxes)
        return chosen.get(points, chosen.get(0))


def _of_channel(seconds_by_channel: ByChannel, channel: str, otherwise: float) -> float:
    for name, seconds in seconds_by_channel:
        if name == channel:
            return seconds
    return otherwise
