"""Windows: spans that end now, made of whole panes. ``now`` is an argument everywhere.

::

    panes      |--|--|--|--|--|--|--|--|--|--|
    now                               ^
    window           [=================)        5m: its end is the end of the pane that holds now
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

WindowKind: TypeAlias = Literal["rolling", "today", "quarter", "total", "last"]

FINE_SECONDS: Final = 10
MIDDLE_SECONDS: Final = 300
COARSE_SECONDS: Final = 3600
TOTAL_WIDTH: Final = 0
"""Width that stands for the one pane of all time, which the window ``total`` is made of."""

LAST: Final = "last_"
"""What the name of a window of answers begins with; their number follows."""

EVER_SECONDS: Final = 1 << 40
"""For how long the pane of all time is kept: longer than there are times."""

_DAY_SECONDS: Final = 86_400
_LONGEST_DAY_SECONDS: Final = 26 * 3600
_LONGEST_QUARTER_SECONDS: Final = 92 * _DAY_SECONDS + 2 * 3600
_QUARTER_MONTHS: Final = 3
_GRACE_PANES: Final = 2


def pane_seconds(window_seconds: int) -> int:
    """Width of the panes a window of this length is made of: 10 s up to 1 h, 5 min up to 24 h, 1 h beyond."""
    if window_seconds <= 3600:
        return FINE_SECONDS
    return MIDDLE_SECONDS if window_seconds <= _DAY_SECONDS else COARSE_SECONDS


class Window(Struct, frozen=True):
    """A window by name. ``length_seconds`` counts for rolling ones; ``width_seconds`` is that of its panes.

    ``answers``: of one that is no span of time: it has so many answers, the newest, and no panes.
    ``is_before``: not the window itself but the one before it, see `before`.
    """

    name: str
    kind: WindowKind
    length_seconds: int
    width_seconds: int
    is_before: bool = False
    answers: int = 0

    @property
    def kept_seconds(self) -> int:
        """For how long its panes are kept."""
        return self.length_seconds * (1 + self.is_before) + max(_GRACE_PANES * self.width_seconds, 60)

    def bounds(self, now_us: int, zone: ZoneInfo) -> tuple[int, int]:
        """Start and end in seconds since 1970, end exclusive, both on pane edges. (0, 1) for ``total``."""
        if self.kind == "total":
            return 0, 1
        now_seconds = now_us // 1_000_000
        end = now_seconds - now_seconds % self.width_seconds + self.width_seconds
        if self.kind == "rolling":
            end -= self.length_seconds * self.is_before
            return end - self.length_seconds, end
        if self.kind == "today":
            return midnight(now_seconds, zone), end
        start = quarter(now_seconds, zone)
        if not self.is_before:
            return start, end
        earlier = quarter(start - 1, zone)
        return earlier, min(earlier + end - start, start)

    @property
    def before(self) -> Window | None:
        """What its numbers are compared with: the window of the same length that ends where it begins.

        Of a quarter the one before, up to the same point; where that was shorter, all of it. None for windows of a day
        and less, in which a difference is noise, and for all time.
        """
        if self.width_seconds != COARSE_SECONDS:
            return None
        return Window(f"before {self.name}", self.kind, self.length_seconds, self.width_seconds, is_before=True)


def midnight(now_seconds: int, zone: ZoneInfo) -> int:
    """Start of the day that ``now_seconds`` lies in, by the calendar of ``zone``, on a 5-minute edge.

    Where a zone's clocks skip midnight the day starts at the first moment after the gap.
    """
    local = datetime.fromtimestamp(now_seconds, zone)
    start = int(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp())
    return start - start % MIDDLE_SECONDS


def quarter(now_seconds: int, zone: ZoneInfo) -> int:
    """Start of the quarter (January, April, July, October) by the calendar of ``zone``, on the edge of an hour.

    Where a zone's midnight lies within an hour it is the edge before.

    >>> from datetime import UTC, datetime
    >>> begin = quarter(int(datetime(2026, 11, 27, tzinfo=UTC).timestamp()), ZoneInfo("Europe/Berlin"))
    >>> datetime.fromtimestamp(begin, UTC).isoformat()
    '2026-09-30T22:00:00+00:00'
    """
    local = datetime.fromtimestamp(now_seconds, zone)
    month = local.month - (local.month - 1) % _QUARTER_MONTHS
    start = int(local.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp())
    return start - start % COARSE_SECONDS


def rolling(name: str, length_seconds: int) -> Window:
    """A window that ends now and is ``length_seconds`` long."""
    return Window(name, "rolling", length_seconds, pane_seconds(length_seconds))


def last(answers: int) -> Window:
    """The newest so many answers, whenever these were given.

    >>> last(100).name
    'last_100'
    """
    return Window(f"{LAST}{answers}", "last", 0, -1, answers=answers)


TODAY: Final = Window("today", "today", _LONGEST_DAY_SECONDS, MIDDLE_SECONDS)
QUARTER: Final = Window("quarter", "quarter", _LONGEST_QUARTER_SECONDS, COARSE_SECONDS)
TOTAL: Final = Window("total", "total", 0, TOTAL_WIDTH)


class PanePlan(Struct, frozen=True, omit_defaults=True):
    """Which pane widths are kept, and for how long: ``retention`` maps width to seconds. ``total``: for ever, too.

    ``shorter``: of each width the measures that are kept for less, and for how long; 0: not at all.
    """

    retention: dict[int, int]
    total: bool
    shorter: dict[int, dict[str, int]] = {}

    @classmethod
    def for_windows(
        cls,
        windows: Iterable[Window],
        at_least: Mapping[int, int] | None = None,
        more: Mapping[str, Iterable[Window]] | None = None,
    ) -> PanePlan:
        """Keep of each width what its longest window needs, and a little more for clocks that differ.

        ``at_least``: widths, and seconds of the past, that are needed beside the windows. ``more``: of each measure the
        windows of its own; what these need beyond the others is kept of it alone.
        """
        usual = dict(at_least or {})
        _keep(windows, usual)
        of_measure = {measure: dict(usual) for measure in sorted(more or {})}
        for measure, kept in of_measure.items():
            _keep((more or {})[measure], kept)
        longest = dict(usual)
        for kept in of_measure.values():
            _keep_wider_longer(kept)
            for width, seconds in kept.items():
                longest[width] = max(longest.get(width, 0), seconds)
        _keep_wider_longer(longest)
        shorter: dict[int, dict[str, int]] = {}
        for width, seconds in sorted(longest.items()):
            less = {measure: kept.get(width, 0) for measure, kept in of_measure.items() if kept.get(width, 0) < seconds}
            if less:
                shorter[width] = less
        total = longest.pop(TOTAL_WIDTH, 0) > 0
        return cls(dict(sorted(longest.items())), total, shorter)

    def kept_seconds(self, width: int, measure: str) -> int:
        """For how long panes of this width keep a measure; 0: not at all. The one pane of all time is kept for ever."""
        usual = EVER_SECONDS if width == TOTAL_WIDTH and self.total else self.retention.get(width, 0)
        less = self.shorter.get(width, {}).get(measure)
        return usual if less is None or (width == TOTAL_WIDTH and less) else min(usual, less)

    def in_common(self, other: PanePlan) -> PanePlan:
        """What is kept by both: of each width and measure for the shorter of both times."""
        retention = {
            width: min(seconds, other.retention[width])
            for width, seconds in self.retention.items()
            if width in other.retention
        }
        both = PanePlan(retention, self.total and other.total)
        shorter: dict[int, dict[str, int]] = {}
        for width in both.widths:
            named = sorted({**self.shorter.get(width, {}), **other.shorter.get(width, {})})
            kept = {name: min(self.kept_seconds(width, name), other.kept_seconds(width, name)) for name in named}
            less = {name: seconds for name, seconds in kept.items() if seconds < both.kept_seconds(width, name)}
            if less:
                shorter[width] = less
        return PanePlan(retention, both.total, shorter)

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the panes that are kept."""
        return (*self.retention, *((TOTAL_WIDTH,) if self.total else ()))


def _keep(windows: Iterable[Window], retention: dict[int, int]) -> None:
    for window in windows:
        if window.answers:
            continue
        retention[window.width_seconds] = max(retention.get(window.width_seconds, 0), window.kept_seconds)


def _keep_wider_longer(retention: dict[int, int]) -> None:
    """No pane goes before those that lie in it: what these hold when they go has to have a place."""
    before = 0
    for width in sorted(retention):
        if width != TOTAL_WIDTH:
            before = retention[width] = max(retention[width], before + width if before else 0)


def starts_between(starts: Mapping[int, object], first: int, end: int, width: int) -> list[int]:
    """Starts of held panes in [first, end): by steps where they are few, by looking at all where that is less."""
    steps = (end - first) // width if width else 1
    if steps < len(starts):
        return [start for start in range(first, end, width or 1) if start in starts]
    return [start for start in starts if first <= start < end]
