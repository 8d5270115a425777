"""Which calendar a ticket goes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from stream.domain.calendars.opening import Openings
from stream.domain.calendars.schedule import Calendar

DEFAULT: Final = "default"
"""Name of the calendar for whoever has no other."""


class Calendars:
    """The calendars of the settings, made once."""

    __slots__ = ("_by_channel", "_by_part", "_by_team", "_default", "named", "source")

    def __init__(self, calendars: tuple[Calendar, ...]) -> None:
        self.source = calendars
        self._by_team: dict[str, Openings] = {}
        self._by_channel: dict[str, Openings] = {}
        self._by_part: list[tuple[dict[str, tuple[str, ...]], Openings]] = []
        self._default: Openings | None = None
        self.named: dict[str, Openings] = {}
        for calendar in calendars:
            openings = self.named[calendar.name] = Openings(calendar.schedules, ZoneInfo(calendar.zone))
            self._by_team |= dict.fromkeys(calendar.teams, openings)
            self._by_channel |= dict.fromkeys(calendar.channels, openings)
            if calendar.where:
                self._by_part.append((dict(calendar.where), openings))
            if calendar.name == DEFAULT:
                self._default = openings
        self._by_part.sort(key=lambda part: -len(part[0]))

    def of(self, labels: Mapping[str, str]) -> Openings | None:
        """That whose ``where`` holds for a segment's labels, or else of the team, of the channel, or the default.

        Of several that hold that with the most dimensions, of equally many the first; None where there is none at all.
        """
        for where, openings in self._by_part:
            if all(labels.get(dimension) in names for dimension, names in where.items()):
                return openings
        found = self._by_team.get(labels.get("team", ""))
        return found if found is not None else self._by_channel.get(labels.get("channel", ""), self._default)


_made: list[Calendars] = []
_MOST_MADE: Final = 8


def calendars_of(calendars: tuple[Calendar, ...]) -> Calendars:
    """`Calendars` of this very tuple, made at its first use: 0.1 s for each calendar."""
    for held in _made:
        if held.source is calendars:
            return held
    made = Calendars(calendars)
    _made.append(made)
    del _made[:-_MOST_MADE]
    return made
