"""What a window says of the agents it would have needed, and of those who were busy: the numbers of one row."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from stream.domain.cells import Cell
from stream.domain.staffing import Demand, agents_needed

FEWEST_ABANDONS: Final = 5
"""With fewer nobody's patience is known."""

_EMPTY: Final = Cell()


class Goal(Struct, frozen=True):
    """What is to be reached: a share of contacts answered within so many seconds; 0: nothing.

    ``fewest``: contacts offered, and contacts handled, without which nothing is said.
    """

    within_seconds: float = 20.0
    service_level: float = 0.8
    fewest: int = 20


NO_GOAL: Final = Goal()
"""The usual one, for rows that have none."""


class Workforce(Struct, frozen=True, gc=False):
    """``agents`` are needed where everybody waits, ``agents_with_patience`` where people give up; None: not known.

    ``busy`` agents were, on average. ``goal`` is what the numbers are about.
    """

    answered: int
    arrivals_per_hour: float | None
    handle_seconds: float | None
    patience_seconds: float | None
    busy: float | None
    agents: int | None
    agents_with_patience: int | None
    goal: Goal

    def fields(self) -> dict[str, Any]:
        """As its row has it."""
        return {
            "value": self.agents,
            "with_patience": self.agents_with_patience,
            "answered": self.answered,
            "arrivals_per_hour": self.arrivals_per_hour,
            "handle_seconds": self.handle_seconds,
            "patience_seconds": self.patience_seconds,
            "agents_busy": self.busy,
            "service_level_target": self.goal.service_level or None,
            "answer_within_seconds": self.goal.within_seconds,
        }


def workforce_of(
    cells: Mapping[str, Cell], names: tuple[str, str, str, str], seconds: int | None, goal: Goal
) -> Workforce:
    """Of a window of ``seconds`` (None: of no known length).

    ``names``: measures of contacts offered, of handle times, and of the waits of those who abandoned and were answered.
    """
    offered, handled, abandoned, answered = (cells.get(name, _EMPTY) for name in names)
    handle_seconds = handled.sum / handled.count / 1e6 if handled.count else None
    enough = abandoned.count >= FEWEST_ABANDONS
    patience_seconds = (abandoned.sum + answered.sum) / abandoned.count / 1e6 if enough else None
    agents = with_patience = None
    if seconds and handle_seconds and min(offered.count, handled.count) >= max(1, goal.fewest):
        agents = _agents(offered.count / seconds, handle_seconds, None, goal)
        if patience_seconds:
            with_patience = _agents(offered.count / seconds, handle_seconds, patience_seconds, goal)
    return Workforce(
        answered.count,
        offered.count * 3600 / seconds if seconds else None,
        handle_seconds,
        patience_seconds,
        handled.sum / 1e6 / seconds if seconds else None,
        agents,
        with_patience,
        goal,
    )


@lru_cache(maxsize=16384)
def _agents(
    contacts_per_second: float, handle_seconds: float, patience_seconds: float | None, goal: Goal
) -> int | None:
    if not 0 < goal.service_level < 1:
        return None
    demand = Demand(contacts_per_second, handle_seconds, patience_seconds)
    found = agents_needed(demand, goal.within_seconds, goal.service_level)
    return None if found is None else found.agents
