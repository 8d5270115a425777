"""The table of all teams, or whatever is listed instead: the numbers of the tiles side by side, judged as tiles are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from stream.domain.segments import SEPARATOR, dimensions_of
from stream.edge.owners.view import View
from stream.edge.serve.tiles import Tiles
from stream.metrics.headlines import Headline

MOST_TEAMS: Final = 20
_WORST: Final = {"off_target": 100, "at_risk": 1}
_KEPT: Final = ("metric", "unit", "value", "target", "at_most", "judgement", "spike", "currency")


def group_by_of_table(by: str, listed: str, group_names: Sequence[str]) -> str | None:
    """The group-by that divides ``by`` by the dimension ``listed``; None where nothing is summed so."""
    wanted = {*dimensions_of(by), listed}
    return next((name for name in group_names if set(dimensions_of(name)) == wanted), None)


def team_table(
    tiles: Tiles, view: View, headlines: Sequence[Headline], window: str, by: str, listed: str, chosen: dict[str, str]
) -> dict[str, Any]:
    """A row for each team (``listed``) within ``chosen`` (name by dimension), by its name; of very many the worst off.

    ``by``: that of `group_by_of_table`. ``left_out``: how many teams have no row.
    """
    dimensions = dimensions_of(by)
    place = dimensions.index(listed)
    groups = set()
    for its_by, group, _ in view.rows.blocks:
        if its_by == by:
            labels = dict(zip(dimensions, group.split(SEPARATOR), strict=True))
            if chosen.items() <= labels.items():
                groups.add(group)
    rows: list[dict[str, Any]] = [
        {
            "name": group.split(SEPARATOR)[place],
            "tiles": [
                {name: tile[name] for name in _KEPT if name in tile}
                for tile in tiles.tiles(view, headlines, window, by, group, {})
            ],
        }
        for group in groups
    ]
    rows.sort(key=lambda row: (-_badness(row), row["name"]))
    kept = sorted(rows[:MOST_TEAMS], key=lambda row: row["name"])
    columns = [{"metric": one.name, "unit": one.unit} for one in headlines]
    return {"dimension": listed, "columns": columns, "rows": kept, "left_out": len(rows) - len(kept)}


def _badness(row: dict[str, Any]) -> int:
    return sum(_WORST.get(tile["judgement"], 0) for tile in row["tiles"])
