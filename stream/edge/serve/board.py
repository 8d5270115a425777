"""What the pages and the JSON interface show: rows picked from the view, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from stream.domain.labels import clean_label
from stream.domain.rollup import NOW_WINDOW
from stream.domain.rows import Row, in_key_order, row_key
from stream.domain.rowspec import RowSpec
from stream.domain.segments import SEPARATOR, dimensions_of
from stream.domain.times import format_time_us
from stream.edge.owners.view import View
from stream.edge.serve.served_worker import ServedWorker
from stream.edge.serve.tiles import Tiles, alerts_shown
from stream.settings import Settings

MAX_ROWS: Final = 2000
MAX_CHOICES: Final = 200
PREFERRED_WINDOW: Final = "1h"

BoardState: TypeAlias = Literal["loading", "elsewhere", "empty", "live"]


class QueryError(ValueError):
    """A query parameter is wrong; the message names it and says what is allowed."""


class Selection(Struct, frozen=True):
    """What a board shows: one window, and one group (``by`` and its values)."""

    window: str
    by: str
    segment: dict[str, str]


def window_names(settings: Settings) -> list[str]:
    """Names of all windows that are published, without that of the levels."""
    return [*settings.window_names]


def parse_selection(query: Mapping[str, str], settings: Settings) -> Selection:
    """From ``window``, ``by`` and one parameter per dimension of ``by``; without them the last hour of all.

    Where nothing is summed by ``all``, of the first of ``group_by.names``; a group that is not named is the one without
    a name.
    """
    windows = window_names(settings)
    default = PREFERRED_WINDOW if PREFERRED_WINDOW in windows else windows[0]
    window = _one_of(query, "window", windows) or default
    names = settings.group_names
    by = _one_of(query, "by", names) or ("all" if "all" in names else names[0])
    return Selection(window, by, {dimension: _label(query, dimension) for dimension in dimensions_of(by)})


def _label(query: Mapping[str, str], dimension: str) -> str:
    # What no label can be is not looked for: groups are joined by a character that only cleaned labels are free of.
    value = query.get(dimension, "")
    if clean_label(value) != value:
        raise QueryError(
            f"{dimension}={value[:64]!r}: allowed: a value as it is exported, such as {clean_label(value)!r}"
        )
    return value


def _one_of(query: Mapping[str, str], name: str, allowed: list[str] | tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value is not None and value not in allowed:
        raise QueryError(f"{name}={value[:64]!r}: allowed: {', '.join(allowed)}")
    return value


def find_rows(view: View, query: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Rows by ``metric``, ``by`` and ``window`` (each may be left out), at most `MAX_ROWS` of them."""
    wanted = {
        "metric": _one_of(query, "metric", list(dict.fromkeys(spec.metric for spec in settings.registry.rows))),
        "by": _one_of(query, "by", settings.group_names),
        "window": _one_of(query, "window", [*window_names(settings), NOW_WINDOW]),
    }
    wanted = {field: value for field, value in wanted.items() if value is not None}
    metric = wanted.pop("metric", None)
    blocks = in_key_order(
        block
        for block in view.rows.blocks.values()
        if all(getattr(block, field) == value for field, value in wanted.items())
    )
    names = [spec.name for spec in settings.registry.rows_in_key_order if metric in (None, spec.metric)]
    shown = ((block, name) for name in names for block in blocks if name in block.numbers)
    rows = [block.row(name) for block, name in islice(shown, MAX_ROWS)]
    found = sum(name in block.numbers for block in blocks for name in names)
    return {"rows": rows, "found": found, "truncated": found > MAX_ROWS}


def moment(time_us: int) -> str | None:
    """A time as rows carry it; None where it is not known."""
    return format_time_us(time_us) if time_us else None


class Boards:
    """Makes boards from the state. What all boards share is worked out once per view."""

    def __init__(self, state: ServedWorker) -> None:
        self._state = state
        self._view: View | None = None
        self._choices: dict[str, list[str]] = {}
        self._tiles = Tiles(state.settings)

    def board(self, selection: Selection) -> dict[str, Any]:
        """The numbers of the selection, how fresh they are, and what else could be selected."""
        state = self._state
        view, report = state.view, state.report
        place = (selection.window, selection.by, SEPARATOR.join(selection.segment.values()))
        return {
            "state": self._board_state(view),
            "clock": state.settings.clock,
            "watermark": moment(view.watermark_us),
            "windows": window_names(state.settings),
            "choices": self._choices_of(view),
            "selection": selection,
            "tiles": self._tiles.tiles(view, *place, state.trends(*place)),
            "alerts": alerts_shown(view),
            "rows": _rows_of(view, selection, state.settings.registry.rows),
            "worker": {
                "unready_reasons": report.unready_reasons,
                "shards": [
                    {"partition": shard.partition, "ready": shard.ready, "lag_events": shard.lag_events}
                    for shard in report.shards
                ],
            },
        }

    def now(self) -> str | None:
        """What time it is for the numbers."""
        return moment(self._state.now_us(self._state.view))

    def _board_state(self, view: View) -> BoardState:
        report = self._state.report
        if view.rows:
            return "live"
        if view.now_us:
            return "empty"
        return "elsewhere" if report.shards and report.rollup is None else "loading"

    def _choices_of(self, view: View) -> dict[str, list[str]]:
        if view is not self._view:
            found: dict[str, set[str]] = {
                name: set() for name in self._state.settings.dimensions if name in self._state.settings.group_names
            }
            for by, group, _ in view.rows.blocks:
                if by in found:
                    found[by].add(group)
            self._choices = {name: sorted(values)[:MAX_CHOICES] for name, values in found.items()}
            self._view = view
        return self._choices


def _rows_of(view: View, selection: Selection, specs: Iterable[RowSpec]) -> list[Row]:
    group = SEPARATOR.join(selection.segment.values())
    keys = (
        row_key(spec, selection.by, group, NOW_WINDOW if spec.kind == "level" else selection.window) for spec in specs
    )
    return [view.rows[key] for key in keys if key in view.rows]
