"""What a worker may show, and how far it is: the picture that the roll-up makes, and pages and gauges read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from stream.domain.cells import Cells
from stream.domain.level_members import Told
from stream.domain.rows import Rows
from stream.domain.segments import Segment
from stream.domain.spikes.alert import Signal

PROGRESS_KEY: Final = b"rollup"


class Progress(Struct, frozen=True):
    """What the published rows contain: per partition the positions that had been counted, and what became of events.

    On the wall's clock a row may be some minutes older (`row_pace`). And who published them: application, installation,
    and where that worker serves HTTP (empty: nowhere).
    """

    positions: dict[int, dict[str, int]]
    tally: dict[str, int]
    now_us: int
    application: str = ""
    installation: str = ""
    address: str = ""


class View(Struct, frozen=True, weakref=True):
    """An immutable picture of all numbers, for `/metrics` and the pages; swapped by one assignment.

    ``alerts``: rows of all alerts that are kept, the newest onset first. ``spikes``: by group, where it can be judged;
    ``ratio_spikes`` of the ratios that the settings name: by name and group.
    ``members``: who is in the levels that are told by name. ``unnamed``: segments that count as ``other``.
    """

    rows: Rows
    counters: Mapping[Segment, Cells]
    tally: Mapping[str, int]
    now_us: int
    watermark_us: int
    alerts: tuple[Mapping[str, Any], ...] = ()
    spikes: Mapping[tuple[str, Segment], Signal] = {}
    ratio_spikes: Mapping[tuple[str, str, Segment], Signal] = {}
    members: Told = {}
    unnamed: frozenset[Segment] = frozenset()


EMPTY_VIEW: Final = View(Rows({}), {}, {}, 0, 0)
