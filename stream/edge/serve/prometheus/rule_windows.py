"""Which windows the rules in ``deploy/prometheus`` read: one that is not exported is an alert that never fires."""

from __future__ import annotations

from typing import Final

from stream.domain.rowspec import RowSpec
from stream.edge.serve.prometheus.export import Export
from stream.metrics.headlines import HEADLINES
from stream.rules import places_of
from stream.settings import Settings

NEEDED_WINDOWS: Final[dict[str, tuple[str, ...]]] = {
    watch.alert: watch.windows for headline in HEADLINES for watch in headline.watches if watch.windows
}
_RULES: Final = "deploy/prometheus"
NEEDED_GROUPS: Final = ("all", "channel", "team")

_ROWS: Final[dict[str, RowSpec]] = {
    watch.alert: headline.row for headline in HEADLINES for watch in headline.watches if watch.windows
}


def unfed_alerts(settings: Settings) -> list[str]:
    """One sentence for each alert, and for each grouping, that the settings leave without numbers."""
    places, export = places_of(settings), Export(settings)
    found: list[str] = []
    for alert, windows in NEEDED_WINDOWS.items():
        row = _ROWS[alert]
        published = places[row.name].windows
        if missing := [name for name in windows if name not in published]:
            where = "windows.rolling" if missing[0] not in settings.window_names else f"windows of {row.metric}"
            found.append(f"{where} has no {', '.join(missing)}: the alert {alert} of {_RULES} cannot fire")
            continue
        if missing := [name for name in windows if all(row.name not in export.rows(by, name) for by in NEEDED_GROUPS)]:
            names = ", ".join(missing)
            found.append(
                f"export leaves out {row.metric} of {names}: the alert {alert} of deploy/prometheus cannot fire"
            )
    return found + [
        f"group_by.names has no {name!r}: no alert of {_RULES} is about it, but spikes (alerts.group_by)"
        for name in NEEDED_GROUPS
        if name not in settings.group_names
    ]
