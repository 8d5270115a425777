"""Which hours of which days are compared, and with what."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stream.domain.volume import Compared, Span, compare, day_spans

BERLIN = ZoneInfo("Europe/Berlin")


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_days_end_at_the_last_whole_hour_of_today() -> None:
    spans = day_spans(seconds("2025-11-22T09:59:59Z"), ZoneInfo("UTC"))
    assert list(spans) == [0, 1, 7, 14, 21, 28]
    assert spans[0] == Span(seconds("2025-11-22T00:00Z"), seconds("2025-11-22T09:00Z"))
    assert spans[28] == Span(seconds("2025-10-25T00:00Z"), seconds("2025-10-25T09:00Z"))


def test_the_same_time_is_that_of_the_clocks_when_they_were_changed_between() -> None:
    # On 26 October 2025 clocks in Berlin went back an hour, at 3 o'clock.
    spans = day_spans(seconds("2025-10-27T10:30:00+01:00"), BERLIN, (0, 1, 7))
    assert spans[0] == Span(seconds("2025-10-27T00:00+01:00"), seconds("2025-10-27T10:00+01:00"))
    assert spans[1] == Span(seconds("2025-10-26T00:00+02:00"), seconds("2025-10-26T10:00+01:00"))
    assert spans[7] == Span(seconds("2025-10-20T00:00+02:00"), seconds("2025-10-20T10:00+02:00"))
    assert spans[1].end - spans[1].start == 11 * 3600


def test_a_day_that_begins_within_an_hour_begins_with_the_next_whole_one_on_all_days() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    spans = day_spans(seconds("2025-11-22T09:10:00+05:30"), kolkata, (0, 1))
    assert [datetime.fromtimestamp(spans[0].start, kolkata).strftime("%d %H:%M")] == ["22 00:30"]
    assert (spans[0].start - spans[1].start, spans[0].end - spans[1].end) == (86_400, 86_400)


@pytest.mark.parametrize("now", ["2025-11-22T00:00:00+00:00", "2025-11-22T00:59:59+00:00", "2025-11-22T00:20:00+05:30"])
def test_before_the_first_whole_hour_is_over_today_is_empty(now: str) -> None:
    zone = ZoneInfo("Asia/Kolkata") if now.endswith("05:30") else ZoneInfo("UTC")
    span = day_spans(seconds(now), zone)[0]
    assert span.start == span.end
    assert datetime.fromtimestamp(span.start, UTC).minute == 0


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({}, Compared(6.0)),
        ({7: 3.0}, Compared(6.0)),
        ({1: 4.0}, Compared(6.0, 4.0, "yesterday")),
        ({1: 4.0, 7: 3.0}, Compared(6.0, 4.0, "yesterday")),
        ({1: 4.0, 7: 3.0, 14: 6.0}, Compared(6.0, 4.5, "usual")),
        ({7: 0.0, 14: 0.0, 21: 0.0, 28: 2.0}, Compared(6.0, 0.5, "usual")),
    ],
)
def test_usual_is_the_same_weekday_else_it_is_yesterday(before: dict[int, float], expected: Compared) -> None:
    assert compare(6.0, before) == expected
