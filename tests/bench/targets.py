"""What the speed should be, and what a run reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.bench.tables import Numbers

_OURS: Final = ("simple", "raw_changelog")


@dataclass(frozen=True, slots=True)
class Target:
    """``reached`` gives None where the run has no such number."""

    what: str
    bound: float
    unit: str
    reached: Callable[[Numbers], float | None]
    at_most: bool = False

    def is_met(self, numbers: Numbers) -> bool | None:
        """None where it was not measured."""
        value = self.reached(numbers)
        if value is None:
            return None
        return value <= self.bound if self.at_most else value >= self.bound


def _get(numbers: Numbers, *path: str) -> Any:
    found: Any = numbers
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def ratio(numbers: Numbers, above: str, below: str) -> float | None:
    """One named number divided by another."""
    over, under = numbers.get(above), numbers.get(below)
    return over / under if over and under else None


def _compiled_ratio(numbers: Numbers) -> float | None:
    return numbers.get("full_ratio") if numbers.get("compiled") else None


def _ahead_of_peers(numbers: Numbers) -> float | None:
    peers = _get(numbers, "peers") or {}
    others = [peer["eps"] for name, peer in peers.items() if name not in _OURS and "eps" in peer]
    simple = numbers.get("simple_eps")
    return simple / max(others) if simple and others else None


def _gib(numbers: Numbers) -> float | None:
    held, tickets = numbers.get("rss_bytes"), numbers.get("open_tickets")
    return held / 2**30 if held and tickets == 1_000_000 else None


def _scrape(field: str) -> Callable[[Numbers], float | None]:
    return lambda numbers: _get(numbers, "desks", "24 groups", "ours_usual", field)


def _usual_freshness(numbers: Numbers) -> float | None:
    found: float | None = _get(numbers, "freshness", "5000", "p99_seconds")
    return found


TARGETS: Final = (
    Target("full job, compiled, to the bare loop", 0.25, "", _compiled_ratio),
    Target("full job, not compiled, to the bare loop", 0.15, "", lambda numbers: numbers.get("full_pure_ratio")),
    Target("full job, whole catalogue on, to the bare loop", 0.18, "", lambda numbers: numbers.get("full_all_ratio")),
    Target(
        "full job to plain Faust doing the simple job",
        12,
        "x",
        lambda numbers: ratio(numbers, "full_eps", "plain_faust_eps"),
    ),
    Target(
        "simple job to the bare loop with changelog",
        0.7,
        "",
        lambda numbers: ratio(numbers, "simple_eps", "raw_changelog_eps"),
    ),
    Target("simple job to the quickest of the other products", 1.0, "x", _ahead_of_peers),
    Target("rows loaded a second", 150_000, "rows/s", lambda numbers: numbers.get("recovery_rps")),
    Target("memory of a worker with 1 million open tickets", 1.0, "GiB", _gib, at_most=True),
    Target("event to gauge at 5 thousand events/s, p99", 0.5, "s", _usual_freshness, at_most=True),
    Target("a scrape of what is exported by default of 24 groups", 0.1, "s", _scrape("seconds"), at_most=True),
    Target("longest gap of a loop beside that scrape", 50, "ms", _scrape("late_most_ms"), at_most=True),
    Target(
        "longest gap of the worker's loop while events wait",
        50,
        "ms",
        lambda numbers: _get(numbers, "in_slices", "late_most_ms"),
        at_most=True,
    ),
    Target(
        "cost of an event, most open tickets to 10 thousand",
        1.15,
        "x",
        lambda numbers: numbers.get("open_tickets_cpu_ratio"),
        at_most=True,
    ),
    Target(
        "cost of an event, 12 windows to 3",
        1.15,
        "x",
        lambda numbers: numbers.get("windows_cpu_ratio"),
        at_most=True,
    ),
    Target(
        "cost of an event without a customer, customers counted to not",
        1.03,
        "x",
        lambda numbers: numbers.get("customers_cpu_ratio"),
        at_most=True,
    ),
)
