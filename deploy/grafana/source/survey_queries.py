"""Queries about the surveys: the three definitions of CSAT, what they stand on, and how sure they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from deploy.grafana.source.promql import increase, newest, none_yet, selected

_WINDOW: Final = 'window="$window"'
_LAST_ANSWERS: Final = 'window=~"last_.+"'
_TOP_TWO: Final = 'definition="csat_top_two_box@2"'
_GOOD_BAD: Final = 'definition="csat_good_bad@2"'
_MEAN: Final = 'definition="csat_mean@1"'
_RESOLVED: Final = 'definition="created_to_last_solved@2"'

Z_95: Final = 1.96
"""Standard errors on each side that hold 95 % of the samples of a share."""


def top_two(group: str, keep: Iterable[str] = ()) -> str:
    """Share of answers in the best points."""
    return newest("deskpulse_csat_ratio", group, _WINDOW, _TOP_TWO, keep=keep)


def of_last_answers(group: str) -> str:
    """The same of the newest answers, whatever the window."""
    return newest("deskpulse_csat_ratio", group, _LAST_ANSWERS, _TOP_TWO)


def last_answers(group: str) -> str:
    """How many these are."""
    return newest("deskpulse_csat_denominator", group, _LAST_ANSWERS, _TOP_TWO)


def good_of_good_and_bad(group: str, keep: Iterable[str] = ()) -> str:
    """Good answers of those that are good or bad."""
    return newest("deskpulse_csat_ratio", group, _WINDOW, _GOOD_BAD, keep=keep)


def mean_score(group: str, keep: Iterable[str] = ()) -> str:
    """Mean answer on a scale of 1 to 5."""
    return newest("deskpulse_csat_score_mean", group, _WINDOW, _MEAN, keep=keep)


def answers(group: str, keep: Iterable[str] = ()) -> str:
    """All answers of the window."""
    return newest("deskpulse_csat_denominator", group, _WINDOW, _TOP_TWO, keep=keep)


def good_answers(group: str) -> str:
    """Answers in the best points."""
    return newest("deskpulse_csat_numerator", group, _WINDOW, _TOP_TWO)


def neutral_answers(group: str) -> str:
    """Answers that are neither good nor bad."""
    return f"{answers(group)} - {_good_or_bad(group)}"


def bad_answers(group: str) -> str:
    """Answers below the middle of the scale."""
    return f"{_good_or_bad(group)} - {newest('deskpulse_csat_numerator', group, _WINDOW, _GOOD_BAD)}"


def answers_per_resolved(group: str) -> str:
    """Answers of the window for each ticket resolved in it; no sample where none was."""
    resolved = newest("deskpulse_full_resolution_time_samples", group, _WINDOW, _RESOLVED)
    return f"{answers(group)} / ({resolved} > 0)"


def confidence_bound(side: int, group: str, keep: Iterable[str] = ()) -> str:
    """Wilson's bound of the top two boxes at 95 %: ``side`` -1 the lower, 1 the upper one.

    Unlike the usual p +- 2s it stays within 0 and 1, and is right for few answers.
    """
    share, count, square = top_two(group, keep), answers(group, keep), Z_95 * Z_95
    middle = f"{share} + {square / 2:.4f} / {count}"
    spread = f"{Z_95} * sqrt({share} * (1 - {share}) / {count} + {square / 4:.4f} / {count} ^ 2)"
    return f"({middle} {'-' if side < 0 else '+'} {spread}) / (1 + {square:.4f} / {count})"


def alert_bound(group: str) -> str:
    """Share of the last 24 hours below which the alert CsatDrop looks closer."""
    return selected("deskpulse:segment:csat_ratio:lowest_by_chance", group)


def answers_taken_back(span: str) -> str:
    """Answers that a later event changed or moved to another group, in ``span``; 0 while numbers are exported."""
    labels = ("channel", "team", "priority")
    grown = increase("deskpulse_retractions_total", 'measure="csat_score"', span=span, keep=labels)
    return f"sum({grown}) or {none_yet()}"


def _good_or_bad(group: str) -> str:
    return newest("deskpulse_csat_denominator", group, _WINDOW, _GOOD_BAD)
