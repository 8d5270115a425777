"""What the pages and the JSON interface show: rows picked from the view, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, Literal, TypeAlias

from stream.domain.rollup import NOW_WINDOW
from stream.domain.rows import Row, in_key_order, row_key
from stream.domain.rowspec import RowSpec
from stream.domain.segments import SEPARATOR
from stream.domain.times import format_time_us
from stream.edge.owners.view import View
from stream.edge.serve.day import day_shown
from stream.edge.serve.offered import Offered
from stream.edge.serve.pages import (
    CUSTOMERS,
    OVERVIEW,
    Shown,
    dimensions_on,
    groups_on,
    page_names,
    shown_on,
    table_dimension,
)
from stream.edge.serve.selection import Selection, check_names, one_of, window_names
from stream.edge.serve.served_worker import ServedWorker
from stream.edge.serve.team_table import group_by_of_table, team_table
from stream.edge.serve.tiles import Tiles, alerts_shown
from stream.settings import Settings

MAX_ROWS: Final = 2000
MAX_TABLES: Final = 20

BoardState: TypeAlias = Literal["loading", "elsewhere", "empty", "live"]


def find_rows(view: View, query: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Rows by ``metric``, ``by`` and ``window`` (each may be left out), at most `MAX_ROWS` of them."""
    check_names(query, ("metric", "by", "window"))
    wanted = {
        "metric": one_of(query, "metric", list(dict.fromkeys(spec.metric for spec in settings.registry.rows))),
        "by": one_of(query, "by", settings.group_names),
        "window": one_of(query, "window", [*window_names(settings), NOW_WINDOW]),
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
        self._choices: dict[str, Any] = {}
        self._tiles = Tiles(state.settings)
        self._tables: dict[tuple[str, ...], tuple[View, dict[str, Any]]] = {}
        self._offered = {
            page: Offered(dimensions_on(page, state.settings), groups_on(page, state.settings))
            for page in (OVERVIEW, *((CUSTOMERS,) if state.settings.customers else ()))
        }

    def board(self, selection: Selection) -> dict[str, Any]:
        """The numbers of the selection, how fresh they are, and what else could be selected."""
        state = self._state
        view, report = state.view, state.report
        place = (selection.window, selection.by, SEPARATOR.join(selection.segment.values()))
        shown = shown_on(selection.page, selection.tiles, state.settings)
        trends = state.trends(*place)
        return {
            "state": self._board_state(view),
            "clock": state.settings.clock,
            "watermark": moment(view.watermark_us),
            "windows": window_names(state.settings),
            **self._choices_of(view),
            "table_dimension": table_dimension(state.settings),
            "selection": selection,
            "pages": page_names(state.settings),
            "tiles": [] if shown.has_table else self._tiles.tiles(view, shown.headlines, *place, trends),
            "missing": shown.missing,
            "table": self._table(view, selection, shown) if shown.has_table else None,
            "day": day_shown(view, selection.page, *place[1:], state.volume(*place)),
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

    def _table(self, view: View, selection: Selection, shown: Shown) -> dict[str, Any]:
        # One table for all who look: it is as large as hundreds of tiles.
        key = (selection.window, selection.by, *selection.segment.values(), *selection.tiles)
        made = self._tables.get(key)
        if made is None or made[0] is not view:
            listed = table_dimension(self._state.settings) or ""
            by = group_by_of_table(selection.by, listed, self._state.settings.group_names) or ""
            table = team_table(self._tiles, view, shown.headlines, selection.window, by, listed, selection.segment)
            if len(self._tables) >= MAX_TABLES:
                self._tables.clear()
            made = self._tables[key] = (view, table)
        return made[1]

    def _board_state(self, view: View) -> BoardState:
        report = self._state.report
        if view.rows:
            return "live"
        if view.now_us:
            return "empty"
        return "elsewhere" if report.shards and report.rollup is None else "loading"

    def _choices_of(self, view: View) -> dict[str, Any]:
        """What can be chosen on pages of tickets, and under ``customers`` what on that of customers, if any."""
        if view is not self._view:
            made = {page: offered.found(view) for page, offered in self._offered.items()}
            self._choices = made[OVERVIEW] | {"customers": made.get(CUSTOMERS)}
            self._view = view
        return self._choices


def _rows_of(view: View, selection: Selection, specs: Iterable[RowSpec]) -> list[Row]:
    group = SEPARATOR.join(selection.segment.values())
    keys = (
        row_key(spec, selection.by, group, NOW_WINDOW if spec.kind == "level" else selection.window) for spec in specs
    )
    return [view.rows[key] for key in keys if key in view.rows]
