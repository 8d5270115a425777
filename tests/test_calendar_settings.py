"""Calendars in a settings file: read, written out again, and refused with the key, the value and what is allowed."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stream.domain.calendars.opening import Openings
from stream.errors import ConfigError
from stream.settings import Settings, load_settings
from stream.settings.load import load
from stream.settings.reference import as_toml

OFFICE = """
[calendars.default]
time_zone = "Europe/Berlin"
week = { mon-thu = "09:00-12:00, 13:00-17:30", fri = ["09:00-14:00"] }
exceptions = { 2026-12-24 = "09:00-12:00", 2026-12-31 = "" }
holidays = "DE-BY"
teams = ["billing"]

[[calendars.default.changes]]
since = "2027-01-01"
week = { mon-sun = "00:00-24:00" }

[calendars.night]
time_zone = "America/New_York"
week = { mon-fri = "22:00-06:00" }
channels = "phone,chat"
"""
HOUR = 3_600_000_000


def file_of(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "deskpulse.toml"
    file.write_text(text)
    return file


def openings_of(settings: Settings, name: str) -> Openings:
    calendar = settings.calendars[name].calendar(name)
    return Openings(calendar.schedules, ZoneInfo(calendar.zone))


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()) * 1_000_000


def test_calendars_are_read_and_counted_with(tmp_path: Path) -> None:
    settings = load_settings({}, file_of(tmp_path, OFFICE))
    assert settings.calendars["default"].teams == ("billing",)
    openings = openings_of(settings, "default")
    day = "2026-12-{} 00:00".format
    assert openings.between(at(day(24)), at(day(25))) == 3 * HOUR
    assert openings.between(at(day(25)), at(day(27))) == 0  # holidays, and a weekend
    assert openings.between(at("2026-01-06 00:00"), at("2026-01-07 00:00")) == 0  # of Bavaria, not of all Germany
    assert openings.between(at(day(28)), at(day(29))) == 7.5 * HOUR
    assert openings.between(at(day(31)), at("2027-01-01 00:00")) == 0
    assert openings.between(at("2027-01-01 00:00"), at("2027-01-03 00:00")) == 48 * HOUR  # other hours, no holidays
    night = settings.calendars["night"]
    assert night.channels == ("phone", "chat")
    assert openings_of(settings, "night").between(at("2026-11-27 00:00"), at("2026-11-28 00:00")) == 8 * HOUR


def test_the_reference_shows_them_and_can_be_read_back(tmp_path: Path) -> None:
    loaded = load({}, file_of(tmp_path, OFFICE))
    text = as_toml(loaded)
    again = load_settings({}, file_of(tmp_path, text))
    assert again == loaded.settings
    assert "#[calendars.office]" in text
    tomllib.loads(as_toml(load({})))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[calendars.x]\ntime_zone = "Mars/Base"\nweek = { mon = "09:00-10:00" }', "calendars.x.time_zone='Mars/Base'"),
        ('[calendars.x]\nweek = { mon = "09:00-10:00" }', "calendars.x.time_zone (FILE) is not set"),
        ('[calendars.x]\ntime_zone = "UTC"\nweek = { }', "never opens"),
        ('[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "" }', "never opens"),
        ('[calendars.x]\ntime_zone = "UTC"\nweek = { funday = "09:00-10:00" }', "'funday' is neither one of mon, tue"),
        ('[calendars.x]\ntime_zone = "UTC"\nweek = { mon-fri = "09:00-10:00", tue = "" }', "tue is in 'mon-fri' and"),
        ('[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "9-17" }', "'9-17' is not a span of hours"),
        ('[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }\nholidays = "XX"', "'XX' is no country"),
        # The names of what the library has beside countries: a base class, a market, a module, a function, a text.
        *(
            (
                f'[calendars.x]\ntime_zone = "UTC"\nweek = {{ mon = "09:00-10:00" }}\nholidays = "{name}"',
                "is no country",
            )
            for name in ("HolidayBase", "NYSE", "utils", "country_holidays", "__name__", "de")
        ),
        *(
            (f'[calendars.x]\ntime_zone = "UTC"\nweek = {{ mon = "09:00-10:00" }}\nholidays = "{name}"', "DE, DE-BB, ")
            for name in ("DE-XX", "DE-")
        ),
        (
            '[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }\nexceptions = { "24.12." = "" }',
            "'24.12.' is not a date such as 2026-12-24",
        ),
        (
            '[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }\nhours = 5',
            "calendars.x.hours (FILE): no such",
        ),
        ('[calendars."X Y"]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }', "allowed in a name"),
        ('[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }', "calendars.x: nobody goes by it; give it"),
        ("[[calendars]]\nweek = 5", "write [calendars.office]"),
        ("calendars = 5", "write [calendars.office]"),
        (
            '[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }\n'
            '[[calendars.x.changes]]\nweek = { mon = "09:00-10:00" }',
            "each needs since, a date of its own",
        ),
        (
            '[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }\nteams = "a"\n'
            '[calendars.y]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }\nteams = "a, b"',
            "calendars.y.teams: 'a' works by calendars.x too",
        ),
        (
            '[calendars.x]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }\nwhere = { team = "a, b" }\n'
            '[calendars.y]\ntime_zone = "UTC"\nweek = { mon = "09:00-10:00" }\nwhere = { team = "b" }',
            "calendars.y.where: all of it works by calendars.x, which stands before it",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, text: str, told: str) -> None:
    file = file_of(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings({}, file)
    assert told.replace("FILE", str(file)) in str(caught.value)
