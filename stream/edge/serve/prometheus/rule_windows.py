"""Which windows the rules in ``deploy/prometheus`` read: one that is not published is an alert that never fires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.metrics.headlines import HEADLINES
from stream.rules import windows_of
from stream.settings import Settings

NEEDED_WINDOWS: Final[Mapping[str, tuple[str, ...]]] = {
    watch.alert: watch.windows for headline in HEADLINES for watch in headline.watches if watch.windows
}
NEEDED_GROUPS: Final = ("all", "channel", "team")


def unfed_alerts(settings: Settings) -> list[str]:
    """One sentence for each alert, and for each grouping, that the settings leave without numbers."""
    published = {window.name for window in windows_of(settings)}
    found = [
        f"windows.rolling has no {', '.join(missing)}: the alert {alert} of deploy/prometheus cannot fire"
        for alert, windows in NEEDED_WINDOWS.items()
        if (missing := [name for name in windows if name not in published])
    ]
    return found + [
        f"group_by.names has no {name!r}: no alert of deploy/prometheus is about it, but spikes (alerts.group_by)"
        for name in NEEDED_GROUPS
        if name not in settings.group_by.names
    ]
