"""Judging a number in PromQL, by the same rule as ``stream.domain.targets.judge``: states and their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stream.domain.targets import RISK_RATIO

STATES: Final = ("on_target", "at_risk", "off_target", "too_few", "no_target")
"""Each state's number is its place. The sixth, no data, is the absence of a sample."""


@dataclass(frozen=True)
class Word:
    """What a state is called on a panel, and its colour: never the colour alone."""

    text: str
    colour: str


_GREEN, _ORANGE, _RED, _GREY = "dark-green", "dark-orange", "dark-red", "#5a6470"

TARGET_WORDS: Final[Mapping[str, Word]] = {
    "on_target": Word("On target", _GREEN),
    "at_risk": Word("At risk", _ORANGE),
    "off_target": Word("Off target", _RED),
    "too_few": Word("Too few to tell", _GREY),
    "no_target": Word("No target", _GREY),
}
LIMIT_WORDS: Final[Mapping[str, Word]] = {
    "on_target": Word("Within limit", _GREEN),
    "at_risk": Word("Near limit", _ORANGE),
    "off_target": Word("Over limit", _RED),
    "no_target": Word("No limit", _GREY),
}
AGE_WORDS: Final[Mapping[str, Word]] = {
    "on_target": Word("Live", _GREEN),
    "at_risk": Word("Late", _ORANGE),
    "off_target": Word("Old", _RED),
    "no_target": Word("No limit", _GREY),
}


def state(value: str, target: str, *, at_most: bool, samples: str | None = None, min_samples: str = "") -> str:
    """The number of the state of ``value``; no sample where it has none.

    ``value`` and ``samples`` are vectors with the same labels, ``target`` and ``min_samples`` scalars; target 0: none.
    """
    worse, near = (">", f"{target} * {1 - RISK_RATIO}") if at_most else ("<", _reach_safely(target))
    compared = f"(({value} {worse} bool {target}) + ({value} {worse} bool ({near})))"
    if samples is not None:
        compared = f"(({samples} >= bool {min_samples}) * {compared} + 3 * ({samples} < bool {min_samples}))"
    return f"({target} > bool 0) * {compared} + 4 * ({target} <= bool 0)"


def judged(value: str, state_number: str) -> str:
    """``value``, one sample without labels, with the number of its state as label ``state``."""
    return f'{value} * on () group_left (state) count_values("state", {state_number})'


def _reach_safely(target: str) -> str:
    return f"{target} + (1 - {target}) * {RISK_RATIO}"
