"""How many agents a team puts on: as planners do it, from the load they expect. A spike is what they did not."""

from __future__ import annotations

import math
from functools import lru_cache

# Planned abandonment: low enough for a good day, high enough to be seen.
PLANNED_ABANDONMENT = 0.07
# Spare people for work that waits (square-root staffing): waits stay short while the plan holds.
SPARE = 1.0


def live_agents(contacts_per_minute: float, busy_seconds: float, patience_seconds: float) -> int:
    """The fewest agents that keep abandonment at the plan while customers wait on the line."""
    # Rounded, so that the cache works and plans do not flutter.
    return _live_agents(round(contacts_per_minute / 60 * busy_seconds, 1), busy_seconds / patience_seconds)


def desk_agents(jobs_per_minute: float, busy_seconds: float) -> int:
    """Agents for work that can wait, such as e-mail."""
    load = jobs_per_minute / 60 * busy_seconds
    return max(1, math.ceil(load + SPARE * math.sqrt(load)))


@lru_cache(maxsize=4096)
def _live_agents(load: float, impatience: float) -> int:
    agents = max(1, math.floor(load * 0.8))
    while abandonment(load, agents, impatience) > PLANNED_ABANDONMENT:
        agents += 1
    return agents


def abandonment(load: float, agents: int, impatience: float) -> float:
    """Share of contacts that give up in a queue with impatient customers (Erlang A), in the long run.

    ``load`` is arrivals times service time, ``impatience`` service time over mean patience. Example: with one agent
    offered half of its time and customers who wait half a service time on average, a quarter leaves.

    >>> round(abandonment(0.5, 1, 2.0), 3)
    0.256
    """
    if load <= 0:
        return 0.0
    # Chances of 0, 1, 2 … contacts in the system, each from the one before; kept near 1 to stay in range.
    weight = total = 1.0
    giving_up = 0.0
    present = 0
    while present < agents or weight > total * 1e-9:
        present += 1
        waiting = max(0, present - agents)
        weight *= load / (min(present, agents) + waiting * impatience)
        total += weight
        giving_up += weight * waiting * impatience
        if total > 1e200:
            weight, total, giving_up = weight / total, 1.0, giving_up / total
    return giving_up / total / load
