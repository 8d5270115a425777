"""Cells of a CSV's rows, by a map from what they mean to the names of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from stream.connect.fields import Unreadable
from stream.connect.zones import ZoneMissing, ZoneName, is_plausible, time_us
from stream.errors import ConfigError
from stream.settings.section import Section

_PLACE: Final = "\0place"
"""Under this a row says where it is: no column is called so, as a cell of that column would get into messages."""


class CellTimes(Section):
    """How the cells of a table write times."""

    time_format: str = Field("iso", description="iso, epoch_seconds, epoch_milliseconds, or as strptime has it.")
    zone: ZoneName = Field("", description="Time zone of times that name none, such as Europe/Berlin.")


class Cells:
    """One row: the cell of each meaning, as text or as time. ``place`` names the row in messages."""

    def __init__(self, record: Mapping[str, Any], columns: Mapping[str, str], times: CellTimes) -> None:
        self._record = record
        self._columns = columns
        self._form = times.time_format
        self._zone = ZoneInfo(times.zone) if times.zone else None
        self.place = str(record.get(_PLACE) or "row")

    def name(self, meaning: str) -> str:
        """Name of the column, for messages; empty: there is none."""
        return self._columns.get(meaning, "")

    def text(self, meaning: str) -> str:
        """The cell, or nothing."""
        return str(self._record.get(self.name(meaning)) or "").strip()

    def time_us(self, meaning: str) -> int | None:
        """Microseconds since 1970, or nothing where the cell is empty. Unreadable: it holds something else."""
        text = self.text(meaning)
        if not text:
            return None
        try:
            found = time_us(text, self._form, self._zone)
        except ZoneMissing:
            raise Unreadable(f"column {self.name(meaning)} names no time zone: set zone in the map") from None
        except (ValueError, OverflowError):
            raise Unreadable(
                f"column {self.name(meaning)} holds no time of the form {self._form} (time_format)"
            ) from None
        if not is_plausible(found):
            raise Unreadable(f"column {self.name(meaning)} holds a time before 1990 or after 2099")
        return found


def numbered_rows(
    found: Iterable[Mapping[str, Any]], columns: Iterable[tuple[str, str]]
) -> Iterator[Mapping[str, Any]]:
    """The rows with their numbers, for messages. ``columns``: pairs of meaning and name of the column.

    ConfigError: the map names a column that the table has not.
    """
    wanted = tuple(columns)
    for number, row in enumerate(found, 1):
        missing = [f"{name!r} ({meaning})" for meaning, name in wanted if name not in row]
        if number == 1 and missing:
            raise ConfigError(
                f"the map names {', '.join(missing)}, and the table has no such column. It has: {', '.join(row)}."
            )
        yield {_PLACE: f"row {number}", **row}
