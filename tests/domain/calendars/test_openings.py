"""Business time against a plain count of minutes, and on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stream.domain.calendars.opening import Openings
from stream.domain.calendars.schedule import CLOSED, Day, Hours, Schedule, never_opens, parse_hours

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000_000
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")


def day(*spans: str) -> Day:
    return tuple(parse_hours(span) for span in spans)


def week(*working: str, weekend: Day = CLOSED) -> tuple[Day, ...]:
    return (day(*working),) * 5 + (weekend,) * 2


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)
    return round(moment.timestamp()) * 1_000_000


OFFICE = Openings([Schedule(week("09:00-12:00", "13:00-17:30"))], BERLIN)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-27 10:00", "2026-11-27 11:00", 1),
        ("2026-11-27 11:30", "2026-11-27 13:30", 1),  # noon is not open
        ("2026-11-27 17:00", "2026-11-30 09:30", 1),  # over a weekend
        ("2026-11-28 00:00", "2026-11-29 23:59", 0),
        ("2026-11-23 00:00", "2026-11-30 00:00", 37.5),
        ("2026-11-27 11:00", "2026-11-27 10:00", 0),
    ],
)
def test_hours_of_an_office(start: str, end: str, hours: float) -> None:
    assert OFFICE.between(at(start), at(end)) == hours * HOUR


def test_hours_over_midnight_and_around_the_clock() -> None:
    nights = Openings([Schedule(week("22:00-06:00"))], BERLIN)
    assert nights.between(at("2026-11-27 20:00"), at("2026-11-28 12:00")) == 8 * HOUR
    assert nights.between(at("2026-11-28 20:00"), at("2026-11-30 12:00")) == 0
    always = Openings([Schedule((day("00:00-24:00"),) * 7)], BERLIN)
    assert always.between(at("2020-01-01 00:00"), at("2026-11-27 10:00")) == at("2026-11-27 10:00") - at(
        "2020-01-01 00:00"
    )


def test_an_exception_rules_the_whole_date() -> None:
    friday = date(2026, 12, 25).toordinal()
    nights = Openings([Schedule(week("22:00-06:00"), exceptions=((friday, CLOSED),))], BERLIN)
    assert nights.between(at("2026-12-24 20:00"), at("2026-12-26 12:00")) == 2 * HOUR
    short = Openings([Schedule(week("09:00-17:00"), exceptions=((friday, day("10:00-12:00")),))], BERLIN)
    assert short.between(at("2026-12-25 00:00"), at("2026-12-26 00:00")) == 2 * HOUR


def test_a_schedule_that_begins_in_a_tickets_life() -> None:
    since = date(2026, 6, 1).toordinal()
    calendar = Openings([Schedule(week("09:00-17:00"), since=since)], BERLIN)
    assert calendar.between(at("2026-05-31 12:00"), at("2026-06-01 10:00")) == 13 * HOUR
    later = date(2026, 6, 3).toordinal()
    changed = Openings([Schedule(week("08:00-20:00"), since=later), Schedule(week("09:00-17:00"), since=since)], BERLIN)
    assert changed.between(at("2026-06-02 00:00"), at("2026-06-04 00:00")) == 20 * HOUR


def test_a_day_on_which_clocks_go_forward() -> None:
    nights = Openings([Schedule((day("01:00-04:00"),) * 7)], BERLIN)
    assert nights.between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 2 * HOUR
    # 02:30 is not there: the clocks go on at 03:00.
    edge = Openings([Schedule((day("02:30-05:00"),) * 7)], BERLIN)
    assert edge.between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 2 * HOUR
    gone = Openings([Schedule((day("02:10-02:50"),) * 7)], BERLIN)
    assert gone.between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 0


def test_a_day_on_which_an_hour_comes_twice() -> None:
    nights = Openings([Schedule((day("01:00-04:00"),) * 7)], BERLIN)
    assert nights.between(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == 4 * HOUR
    edge = Openings([Schedule((day("02:30-05:00"),) * 7)], BERLIN)
    assert edge.between(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == 3.5 * HOUR


def test_a_zone_that_skipped_a_whole_day() -> None:
    apia = ZoneInfo("Pacific/Apia")
    calendar = Openings([Schedule((day("09:00-17:00"),) * 7)], apia)
    assert calendar.between(at("2011-12-29 00:00", apia), at("2012-01-01 00:00", apia)) == 16 * HOUR


def test_when_a_span_of_business_time_is_over() -> None:
    assert OFFICE.after(at("2026-11-27 17:00"), HOUR) == at("2026-11-30 09:30")
    assert OFFICE.after(at("2026-11-27 11:00"), HOUR) == at("2026-11-27 12:00")
    assert OFFICE.after(at("2026-11-28 10:00"), 0) == at("2026-11-28 10:00")


def test_before_all_hours_and_after_the_last_day_nothing_is_lost() -> None:
    assert OFFICE.between(0, at("1990-01-02 00:00")) >= 0
    assert OFFICE.between(at("2070-01-01 00:00"), at("2070-01-01 01:00")) == HOUR


def test_a_week_that_never_opens() -> None:
    assert never_opens(Schedule((CLOSED,) * 7))
    assert not never_opens(Schedule(week("09:00-17:00")))


@pytest.mark.parametrize("text", ["", "9-17", "09:00", "09:00-25:00", "09:60-10:00", "24:00-25:00", "9:00-17:00"])
def test_what_are_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match="not a span of hours"):
        parse_hours(text)


minutes = st.integers(0, 1439)
some_hours = st.tuples(minutes, st.integers(1, 1440)).map(lambda pair: Hours(pair[0], pair[0] + pair[1]))
some_day = st.lists(some_hours, max_size=3).map(tuple)
LOCAL_START = date(2026, 3, 25)
NEAR = range(LOCAL_START.toordinal() - 9, LOCAL_START.toordinal() + 19)


@given(
    st.sampled_from(ZONES),
    st.tuples(*[some_day] * 7),
    st.dictionaries(st.integers(0, 7).map(lambda day: LOCAL_START.toordinal() + day), some_day, max_size=2),
    st.integers(0, 6 * 1440),
    st.integers(0, 2 * 1440),
)
@example("Europe/Berlin", (day("02:30-03:30"),) * 7, {}, 4000, 3000)
@example("Australia/Lord_Howe", (day("01:45-02:15"),) * 7, {}, 4000, 3000)
def test_business_time_is_the_minutes_whose_local_time_is_open(
    zone_name: str, days: tuple[Day, ...], exceptions: dict[int, Day], start: int, span: int
) -> None:
    zone = ZoneInfo(zone_name)
    schedule = Schedule(days, exceptions=tuple(sorted(exceptions.items())))
    openings = Openings([schedule], zone, NEAR)
    first = datetime.fromordinal(LOCAL_START.toordinal()).replace(tzinfo=UTC) + timedelta(minutes=start)
    moments = [first + timedelta(minutes=number) for number in range(span)]
    wanted = sum(_is_open(schedule, moment.astimezone(zone)) for moment in moments)
    begin_us = round(first.timestamp()) * 1_000_000
    end_us = begin_us + span * 60_000_000
    assert openings.between(begin_us, end_us) == wanted * 60_000_000
    for moment in moments[::97]:
        time_us = round(moment.timestamp()) * 1_000_000
        assert openings.is_open(time_us) == _is_open(schedule, moment.astimezone(zone))
    passed = openings.between(begin_us, end_us)
    done_us = openings.after(begin_us, passed)
    assert done_us <= end_us or not passed
    assert openings.between(begin_us, done_us) == passed


def _is_open(schedule: Schedule, local: datetime) -> bool:
    """By the clock on the wall alone."""
    ordinal, minute = local.toordinal(), local.hour * 60 + local.minute
    exceptions = dict(schedule.exceptions)
    now, before = (exceptions.get(day, schedule.week[(day - 1) % 7]) for day in (ordinal, ordinal - 1))
    today = any(hours.from_minute <= minute < hours.to_minute for hours in now)
    if today or ordinal in exceptions:
        return today
    return any(hours.from_minute <= minute + 1440 < hours.to_minute for hours in before)
