"""PromQL as text: how a group is selected, how two workers' samples become one. No series is named here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# doublequote: Grafana's own way breaks names with an apostrophe.
CHOSEN: Final = 'by="$by", $by=${group:doublequote}'
"""The group of the variables ``by`` and ``group``; for all contacts it becomes ``all=""``, which is true of them."""

TEAM: Final = 'by="team", team=${team:doublequote}'
TEAM_CHANNELS: Final = 'by="channel_team", team=${team:doublequote}, channel=~"$channel"'
EVERY_TEAM: Final = 'by="team"'
EVERY_CHANNEL: Final = 'by="channel"'


def newest(series: str, *matchers: str, keep: Iterable[str] = ()) -> str:
    """The newest sample of the last minute, one for each combination of the labels ``keep``.

    When the roll-up moves, two workers export the same series for a moment and none does in the next: max, never sum,
    and a minute of patience.
    """
    return f"max{_by(keep)} (last_over_time({selected(series, *matchers)}[1m]))"


def difference(value: str, others: str) -> str:
    """By how much ``value``, one sample without labels, is above each of ``others``; their labels stay."""
    return f"(-1 * {others}) + on () group_left () {value}"


def increase(series: str, *matchers: str, span: str = "$__rate_interval", keep: Iterable[str] = ()) -> str:
    """How much a counter of the roll-up grew in ``span``; another worker goes on where the one before stopped."""
    return f"max{_by(keep)} (increase({selected(series, *matchers)}[{span}]))"


def rate(series: str, *matchers: str, keep: Iterable[str] = ()) -> str:
    """The same a second."""
    return f"max{_by(keep)} (rate({selected(series, *matchers)}[$__rate_interval]))"


def none_yet() -> str:
    """0 for a counter that has not begun to count: only while a worker exports numbers at all."""
    return f"0 * {newest('deskpulse_rollup_ready')}"


def selected(series: str, *matchers: str) -> str:
    """Series with its matchers, each such as ``by="all"``."""
    return f"{series}{{{', '.join(matchers)}}}" if matchers else series


def _by(labels: Iterable[str]) -> str:
    names = ", ".join(labels)
    return f" by ({names})" if names else ""
