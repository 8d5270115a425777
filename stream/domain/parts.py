"""Under which rules a state was made, part by part: stored beside it, and compared when it is taken over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from stream.domain.windows import PanePlan

HALF: Final = ""
"""In place of the fingerprint of a metric that may be booked in one half of the state, and not in the other."""


def last_answers_part(metric: str) -> str:
    """Under which name a state says how the last answers of a metric are kept, apart from all else of it."""
    return f"{metric}/last"


class Part(Struct, frozen=True):
    """One metric. ``fingerprint``: equal for those that see the same facts in the same logs, and book them alike.

    ``counted``: its measures that have counters. ``facts``: what the keys of its facts begin with.
    """

    fingerprint: str
    counted: tuple[str, ...]
    facts: tuple[str, ...]


class Parts(Struct, frozen=True):
    """The whole state: ``metrics`` by name; ``segments``: of the rules by which facts are told apart.

    ``is_whole``: False while something is being booked anew.
    """

    segments: str
    max_segments: int
    metrics: dict[str, Part]
    plan: PanePlan
    is_whole: bool = True

    def half(self, after: Parts, changed: Iterable[str]) -> Parts:
        """What holds while what is ``changed`` on the way to ``after`` is booked anew: whoever finds it begins again.

        What was counted before is still what it says here: counters go on from there, however often one begins. Of the
        panes only those are sure to be there that both keep: some of the others may be gone, some not be there yet.
        """
        metrics = dict(self.metrics)
        for name in changed:
            old, new = self.metrics.get(name), after.metrics.get(name)
            kinds = dict.fromkeys((*(old.facts if old else ()), *(new.facts if new else ())))
            metrics[name] = Part(HALF, old.counted if old else (), tuple(kinds))
        return Parts(self.segments, self.max_segments, metrics, self.plan.in_common(after.plan), is_whole=False)


def differing(one: Mapping[str, Part], other: Mapping[str, Part]) -> frozenset[str]:
    """Metrics that only one has, or that differ. One that is half booked differs from all."""
    return frozenset(
        name
        for name in one.keys() | other.keys()
        if name not in one
        or name not in other
        or one[name].fingerprint != other[name].fingerprint
        or one[name].fingerprint == HALF
    )
