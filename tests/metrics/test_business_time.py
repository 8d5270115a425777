"""Business time beside calendar time. Times in seconds from a Friday, 2026-11-27 at 00:00 UTC."""

from __future__ import annotations

from typing import Any

import pytest

from stream.domain.calendars.schedule import Calendar, Schedule, parse_hours
from tests.domain.stories import Story

FRIDAY = 1_795_737_600
HOUR = 3600
OFFICE = Schedule((*((parse_hours("09:00-17:00"),),) * 5, (), ()))
NIGHT = Schedule(((parse_hours("22:00-06:00"),),) * 7)
CALENDARS = (
    Calendar("default", "UTC", (OFFICE,)),
    Calendar("night", "UTC", (NIGHT,), teams=("owls",), channels=("phone",)),
)


def story(**more: Any) -> Story:
    return Story(calendars=CALENDARS, **more)


def at(hours: float) -> float:
    return FRIDAY + hours * HOUR


def test_without_calendars_there_is_none() -> None:
    facts = Story().created(at(8)).message(at(10)).status(at(11), "solved").facts
    assert not [key for key in facts if key.startswith("business")]


def test_only_hours_in_which_somebody_is_there_count() -> None:
    told = story().created(at(8)).message(at(10)).message(at(16), "customer").message(at(24 * 3 + 10))
    assert told.value("business_first_response") == HOUR
    assert told.value("business_next_reply/1") == 2 * HOUR  # over a weekend
    told.status(at(24 * 3 + 11), "solved")
    assert told.value("business_full_resolution") == 10 * HOUR
    assert told.booked_at("business_full_resolution") == told.booked_at("full_resolution")


def test_while_reopened_there_is_no_resolution() -> None:
    told = story().created(at(8)).status(at(10), "solved").status(at(11), "open")
    assert told.value("business_full_resolution") is None


@pytest.mark.parametrize(("team", "channel", "hours"), [("", "email", 0), ("owls", "email", 2), ("", "phone", 2)])
def test_the_team_goes_before_the_channel_and_both_before_the_default(team: str, channel: str, hours: float) -> None:
    told = story().created(at(21), channel, team).message(at(24))
    assert told.value("business_first_response") == hours * HOUR


def test_waits_in_a_queue() -> None:
    told = story().created(at(8.5), "chat").queued(at(8.5)).answered(at(9.25))
    assert told.value("business_wait/1") == HOUR / 4


def test_who_has_no_calendar_has_no_business_time() -> None:
    told = Story(calendars=CALENDARS[1:]).created(at(8), "email").message(at(10))
    assert "business_first_response" not in told.facts


def test_a_ticket_of_many_years_costs_no_more() -> None:
    told = story().created(at(-24 * 365 * 20)).status(at(12), "solved")
    value = told.value("business_full_resolution")
    assert value is not None
    assert value > 20 * 250 * 8 * HOUR
