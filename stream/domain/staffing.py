"""How many agents a queue needs: Erlang C where everybody waits, Erlang A where people lose patience.

Arrivals at random at an even rate, handle times and patience exponential, the first to come is the first served.
Erlang C: Erlang (1917). Erlang A: Palm (1946), in the form of Mandelbaum and Zeltyn (2007), "Service engineering in
action: the Palm/Erlang-A queue", equations for V, the wait of somebody with endless patience. Their integrals are
incomplete gamma functions, which a series gives as long as few come within one patience; else they are summed up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from stream.compiled import mypyc_attr

MOST_AGENTS: Final = 10_000
_STEPS: Final = 400
_NEGLIGIBLE: Final = 60.0
"""Exponents by which an integrand is smaller than at its top count as nothing."""

_NEVER: Final = 1e-290
_MOST_BY_SERIES: Final = 500.0
"""Contacts that come within one patience: with more the series would leave the range of a float."""


@mypyc_attr(acyclic=True)
class Outlook:
    """What a number of agents gives. ``service_level``: share of all contacts answered within the time asked for."""

    __slots__ = ("abandonment", "agents", "mean_wait_seconds", "service_level")

    def __init__(self, agents: int, service_level: float, mean_wait_seconds: float, abandonment: float = 0.0) -> None:
        self.agents = agents
        self.service_level = service_level
        self.mean_wait_seconds = mean_wait_seconds
        self.abandonment = abandonment


@mypyc_attr(acyclic=True)
class Demand:
    """What comes in: contacts a second, seconds each keeps an agent, and the mean patience (None: endless)."""

    __slots__ = ("contacts_per_second", "handle_seconds", "patience_seconds")

    def __init__(
        self, contacts_per_second: float, handle_seconds: float, patience_seconds: float | None = None
    ) -> None:
        self.contacts_per_second = contacts_per_second
        self.handle_seconds = handle_seconds
        self.patience_seconds = patience_seconds

    @property
    def load(self) -> float:
        """Work that comes in, in agents (erlang)."""
        return self.contacts_per_second * self.handle_seconds


def erlang_b(agents: int, load: float) -> float:
    """Share of contacts that find all ``agents`` busy where nobody waits; by the recursion that never overflows."""
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def outlook(demand: Demand, agents: int, within_seconds: float) -> Outlook:
    """What ``agents`` give. Without patience, fewer agents than the load never catch up: an endless wait.

    >>> calls = Demand(100 / 1800, 180)
    >>> round(outlook(calls, 13, 20).service_level, 6), round(outlook(calls, 13, 20).mean_wait_seconds, 4)
    (0.795595, 17.1162)
    """
    if demand.load <= 0:
        return Outlook(agents, 1.0, 0.0)
    if demand.patience_seconds is None:
        return _erlang_c(demand, agents, within_seconds)
    return _erlang_a(demand, demand.patience_seconds, agents, within_seconds)


def agents_needed(demand: Demand, within_seconds: float, service_level: float) -> Outlook | None:
    """The fewest agents that reach the service level; None: not even `MOST_AGENTS` do.

    >>> agents_needed(Demand(100 / 1800, 180), 20, 0.8).agents
    14
    """
    low, high = 0, 1
    while outlook(demand, high, within_seconds).service_level < service_level:
        low, high = high, high * 2
        if high > MOST_AGENTS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if outlook(demand, middle, within_seconds).service_level < service_level:
            low = middle
        else:
            high = middle
    return outlook(demand, high, within_seconds)


def _erlang_c(demand: Demand, agents: int, within_seconds: float) -> Outlook:
    load = demand.load
    if agents <= load:
        return Outlook(agents, 0.0, math.inf)
    blocked = erlang_b(agents, load)
    waits = agents * blocked / (agents - load * (1 - blocked))
    spare = (agents - load) / demand.handle_seconds
    return Outlook(agents, 1 - waits * math.exp(-spare * within_seconds), waits / spare)


def _erlang_a(demand: Demand, patience_seconds: float, agents: int, within_seconds: float) -> Outlook:
    if agents and demand.contacts_per_second * patience_seconds <= _MOST_BY_SERIES:
        return _erlang_a_by_series(demand, patience_seconds, agents, within_seconds)
    return _erlang_a_by_sums(demand, patience_seconds, agents, within_seconds)


def _erlang_a_by_series(demand: Demand, patience_seconds: float, agents: int, within_seconds: float) -> Outlook:
    """With the share that stays so long as the variable, the density of V is that of a gamma distribution."""
    blocked = erlang_b(agents - 1, demand.load)
    if blocked < _NEVER:
        return Outlook(agents, 1.0, 0.0)
    coming = demand.contacts_per_second * patience_seconds
    served = agents * patience_seconds / demand.handle_seconds
    idle, staying, answered = 1 / blocked, _gamma_series(served, coming), _gamma_series(served + 1, coming)
    left = math.exp(-within_seconds / patience_seconds)
    late = 0.0
    if left:
        late = math.exp((served + 1) * math.log(left) + coming * (1 - left)) * _gamma_series(served + 1, coming * left)
    whole = idle + coming * staying
    abandonment = coming * (staying - answered) / whole
    return Outlook(agents, (idle + coming * (answered - late)) / whole, abandonment * patience_seconds, abandonment)


def _gamma_series(power: float, end: float) -> float:
    """Lower incomplete gamma function of ``power`` up to ``end``, without its factor end**power * exp(-end)."""
    term = total = 1 / power
    divisor = power
    while term > total * 1e-17:
        divisor += 1
        term *= end / divisor
        total += term
    return total


def _erlang_a_by_sums(demand: Demand, patience_seconds: float, agents: int, within_seconds: float) -> Outlook:
    arrivals, served, lost = demand.contacts_per_second, agents / demand.handle_seconds, 1 / patience_seconds

    def log_density(wait: float) -> float:
        """Of V, but for a constant factor; it falls from where as many leave as come."""
        return arrivals * -math.expm1(-lost * wait) / lost - served * wait

    top = max(0.0, math.log(arrivals / served) / lost) if served else math.inf
    if math.isinf(top):
        return Outlook(agents, 0.0, patience_seconds, 1.0)
    peak = log_density(top)
    start, end = _begin(log_density, top, peak), _fallen(log_density, top, peak, patience_seconds)

    def mass(until: float, weight: Callable[[float], float]) -> float:
        def weighted(wait: float) -> float:
            return weight(wait) * math.exp(log_density(wait) - peak)

        return _simpson(weighted, start, min(until, end))

    blocked = erlang_b(agents - 1, demand.load)
    if blocked < _NEVER:
        return Outlook(agents, 1.0, 0.0)
    # All is scaled by exp(-peak), which would overflow for large queues.
    scale = math.exp(-peak)
    idle, waiting = scale / blocked, mass(end, lambda wait: 1.0)
    whole = idle + arrivals * waiting
    in_time = idle + arrivals * mass(within_seconds, lambda wait: math.exp(-lost * wait))
    if arrivals > served:
        lost_share = scale + (arrivals - served) * waiting
    else:
        # The same, without a difference of two numbers that are almost equal.
        lost_share = arrivals * mass(end, lambda wait: -math.expm1(-lost * wait))
    abandonment = lost_share / whole
    return Outlook(agents, in_time / whole, abandonment * patience_seconds, abandonment)


def _fallen(log_density: Callable[[float], float], top: float, peak: float, scale: float) -> float:
    step = scale
    while peak - log_density(top + step) < _NEGLIGIBLE:
        step *= 2
    low, high = 0.0, step
    for _ in range(40):
        middle = (low + high) / 2
        if peak - log_density(top + middle) < _NEGLIGIBLE:
            low = middle
        else:
            high = middle
    return top + high


def _begin(log_density: Callable[[float], float], top: float, peak: float) -> float:
    """From where on the integrand counts."""
    low, high = 0.0, top
    if peak - log_density(low) < _NEGLIGIBLE:
        return low
    for _ in range(40):
        middle = (low + high) / 2
        if peak - log_density(middle) < _NEGLIGIBLE:
            high = middle
        else:
            low = middle
    return low


def _simpson(function: Callable[[float], float], start: float, end: float) -> float:
    if end <= start:
        return 0.0
    width = (end - start) / (2 * _STEPS)
    inner = sum((4 if number % 2 else 2) * function(start + number * width) for number in range(1, 2 * _STEPS))
    return (function(start) + inner + function(end)) * width / 3
