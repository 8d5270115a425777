"""Stories of one morning, told to a flow, and what is read off its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.flow.drive import Flow

Told = tuple[str, str, str, dict[str, Any]]
SETTINGS: dict[str, Any] = {"windows": {"rolling": "24h"}, "group_by": {"names": "all,team,channel"}}

AGENT = {"author": "agent", "public": True}


def told(name: str, *events: tuple[Any, ...]) -> list[Told]:
    """Events of one ticket: kind, time and, where there is any, data."""
    return [(name, event[0], event[1], event[2] if len(event) > 2 else {}) for event in events]


def count(*stories: Sequence[Told], now: str = "12:00:00", **settings: Any) -> Flow:
    """A flow that was told the stories by ``now``."""
    flow = Flow("2026-11-02T06:00:00Z", **(SETTINGS | settings)).at(now)
    for story in stories:
        for name, kind, time, data in story:
            identity = f"{name} {kind} {time} {sorted(data.items())}"
            flow.tell(name, kind if "." in kind else f"ticket.{kind}", time, identity=identity, **data)
    return flow.settle()


def mean(flow: Flow, metric: str, definition: str = "", **segment: str) -> float | None:
    row = flow.row_if_any(metric, "24h", definition, **segment)
    return None if row is None else row["mean"]


def value(flow: Flow, metric: str, definition: str = "", window: str = "24h", **segment: str) -> Any:
    row = flow.row_if_any(metric, window, definition, **segment)
    return None if row is None else row["value"]


def ratio(flow: Flow, metric: str, definition: str = "", **segment: str) -> tuple[int, int] | None:
    row = flow.row_if_any(metric, "24h", definition, **segment)
    return None if row is None else (row["numerator"], row["denominator"])


def strays(flow: Flow) -> dict[str, int]:
    found: dict[str, int] = {}
    for cells in flow.rollup.view.counters.values():
        for name, cell in cells.items():
            if name.startswith("exit_without_wait_"):
                kind = name.removeprefix("exit_without_wait_")
                found[kind] = found.get(kind, 0) + cell.count
    return found
