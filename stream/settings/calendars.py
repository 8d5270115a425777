"""A section ``[calendars.<name>]``: business hours, as they are written down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from stream.domain.calendars.assignment import DEFAULT
from stream.domain.calendars.opening import REACH
from stream.domain.calendars.schedule import WEEKDAYS, Calendar, Day, Schedule, never_opens, parse_hours
from stream.domain.zones import check_zone

from .dimensions import check_where, covers, ordered_where, wrong_dimensions
from .section import Names, Section, refuse

_RANGES: Final = {
    **{day: (day,) for day in WEEKDAYS},
    **{
        f"{first}-{last}": WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last) + 1]
        for first in WEEKDAYS
        for last in WEEKDAYS
        if WEEKDAYS.index(first) < WEEKDAYS.index(last)
    },
}


def _check_hours(spans: tuple[str, ...]) -> tuple[str, ...]:
    for span in spans:
        parse_hours(span)
    return spans


def _check_days(days: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    named: dict[str, str] = {}
    for key in days:
        if key not in _RANGES:
            raise ValueError(f"{key!r} is neither one of {', '.join(WEEKDAYS)} nor a span of them such as mon-fri")
        for day in _RANGES[key]:
            if day in named:
                raise ValueError(f"{day} is in {named[day]!r} and in {key!r}")
            named[day] = key
    return days


def _check_dates(days: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    for key in days:
        _ordinal(key)
    return days


def _check_date(text: str) -> str:
    if text:
        _ordinal(text)
    return text


def _ordinal(text: str) -> int:
    try:
        found = date.fromisoformat(text).toordinal()
    except ValueError:
        raise ValueError(f"{text!r} is not a date such as 2026-12-24") from None
    if found not in REACH:
        raise ValueError(f"{text!r} lies outside of {date.fromordinal(REACH.start)} to {date.fromordinal(REACH.stop)}")
    return found


Hours = Annotated[Names, AfterValidator(_check_hours)]


class WeekSettings(Section):
    """Hours of the week, days that are otherwise, and public holidays, from a day on."""

    week: Annotated[dict[str, Hours], AfterValidator(_check_days)] = Field(
        description="Hours by day (mon to sun) or span of days (mon-fri): 09:00-12:00, 13:00-17:30; 22:00-06:00 "
        "lasts into the next day. A day that is not named is closed.",
    )
    exceptions: Annotated[dict[str, Hours], AfterValidator(_check_dates)] = Field(
        {},
        description="Hours of single dates, instead of those of the week, for the whole date; empty: closed.",
    )
    holidays: str = Field(
        "",
        description="Country, or country and subdivision, whose public holidays are closed: DE, DE-BY, US, GB-SCT.",
    )
    since: Annotated[str, AfterValidator(_check_date)] = Field(
        "",
        description="First date on which it holds; before the first of all every hour counts. Empty: it always held.",
    )

    @model_validator(mode="after")
    def _check_hours(self) -> Self:
        problems = {}
        if never_opens(self._plain()):
            problems["week"] = "never opens: whoever waits would wait for ever; give at least one day some hours"
        try:
            _holidays(self.holidays)
        except ValueError as error:
            problems["holidays"] = str(error)
        refuse(problems, dict(self))
        return self

    def _plain(self) -> Schedule:
        by_day = {day: _day(hours) for key, hours in self.week.items() for day in _RANGES[key]}
        return Schedule(tuple(by_day.get(day, ()) for day in WEEKDAYS))

    def schedule(self) -> Schedule:
        """As the pure core takes it; an exception goes before a holiday."""
        exceptions: dict[int, Day] = dict.fromkeys(_holidays(self.holidays), ())
        exceptions |= {_ordinal(key): _day(hours) for key, hours in self.exceptions.items()}
        since = _ordinal(self.since) if self.since else 0
        return Schedule(self._plain().week, since, tuple(sorted(exceptions.items())))


class CalendarSettings(WeekSettings):
    """One calendar: whose it is, its zone, and its hours, which may have changed."""

    time_zone: Annotated[str, AfterValidator(check_zone)] = Field(
        description="Zone of the hours, a name of the IANA data, such as Europe/Berlin."
    )
    changes: tuple[WeekSettings, ...] = Field(
        (),
        description="Other hours from a day on (since): what is past keeps those that held then.",
    )
    teams: Names = Field((), description="Teams that work by it.")
    channels: Names = Field((), description="Channels that are served by it, for teams without a calendar.")
    where: Annotated[dict[str, Names], AfterValidator(check_where)] = Field(
        {},
        description="Dimensions whose labels have to hold, all of them, before teams and channels are looked at: "
        '{region = "emea, apac"}. Of several calendars that with the most dimensions, of equally many the first.',
    )

    @model_validator(mode="after")
    def _check_changes(self) -> Self:
        days = [self.since, *(week.since for week in self.changes)]
        if "" in days[1:] or len(set(days)) < len(days):
            refuse({"changes": "each needs since, a date of its own"}, dict(self))
        return self

    def calendar(self, name: str) -> Calendar:
        """As the pure core takes it."""
        schedules = (self.schedule(), *(week.schedule() for week in self.changes))
        return Calendar(name, self.time_zone, schedules, self.teams, self.channels, ordered_where(self.where))


def clashes_of(calendars: Mapping[str, CalendarSettings], named: Collection[str]) -> list[str]:
    """Teams and channels that more than one calendar claims, and calendars that nobody goes by, in sentences.

    ``named``: those that promises name.
    """
    problems = [
        f"calendars.{name}: nobody goes by it; give it teams, channels or where, name it in calendar of [[sla]], "
        f"or call it {DEFAULT}, for whoever has no other"
        for name, calendar in calendars.items()
        if not (calendar.teams or calendar.channels or calendar.where or name == DEFAULT or name in named)
    ]
    for kind in ("teams", "channels"):
        owner: dict[str, str] = {}
        for name, calendar in calendars.items():
            for member in getattr(calendar, kind):
                if owner.setdefault(member, name) != name:
                    other = f"calendars.{owner[member]}"
                    problems.append(f"calendars.{name}.{kind}: {member!r} works by {other} too; leave one of the two")
    filtered = [(name, calendar.where) for name, calendar in calendars.items() if calendar.where]
    for place, (name, where) in enumerate(filtered):
        for other, wide in filtered[:place]:
            if wide.keys() == where.keys() and covers(wide, where):
                problems.append(f"calendars.{name}.where: all of it works by calendars.{other}, which stands before it")
                break
    return problems


def wrong_dimensions_of(calendars: Mapping[str, CalendarSettings], dimensions: Sequence[str]) -> Iterator[str]:
    """Calendars that go by what is no dimension, in sentences."""
    for name, calendar in calendars.items():
        yield from wrong_dimensions(f"calendars.{name}.where", calendar.where, dimensions)
        for kind in ("teams", "channels"):
            if getattr(calendar, kind) and (dimension := kind.removesuffix("s")) not in dimensions:
                known = ",".join(dimensions)
                yield f"calendars.{name}.{kind}: {dimension} is none of dimensions ({known}); add it there"


def _day(hours: tuple[str, ...]) -> Day:
    return tuple(parse_hours(span) for span in hours)


def _holidays(place: str) -> list[int]:
    """Ordinals of the public holidays of a country or of a part of it. ValueError: there is no such place."""
    if not place:
        return []
    # Only those who name a country pay for its 150 modules.
    import holidays

    country, dash, part = place.partition("-")
    parts = holidays.list_supported_countries(include_aliases=True).get(country)
    # The library looks for anything of this name in itself: it would take its own base class for a country.
    if parts is None:
        raise ValueError(f"{place!r} is no country whose holidays are known; allowed: a code of ISO 3166 such as DE")
    try:
        if dash and not part:
            raise NotImplementedError
        years = range(date.fromordinal(REACH.start).year, date.fromordinal(REACH.stop).year)
        found = holidays.country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError:
        allowed = ", ".join([country, *(f"{country}-{known}" for known in parts)])
        raise ValueError(f"{place!r} is no part of a country whose holidays are known; allowed: {allowed}") from None
    return sorted(day.toordinal() for day in found)
