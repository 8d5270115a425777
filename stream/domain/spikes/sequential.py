"""The test: how much likelier are the latest contacts if the share has risen, than if it has not.

A cumulative sum test (Page 1954) for Bernoulli trials with an unknown onset and several alternatives: the largest
log-likelihood ratio over all onsets in the look-back and over `MULTIPLES` of the expected share. A test whose ratio
exceeds ``e**threshold`` by chance with probability ``e**-threshold`` from any one onset has, started anew at every
contact, at least ``e**threshold`` contacts between false alarms (Lorden 1971, theorem 2); that one onset exceeds it so
seldom is Ville's inequality, and ``log(len(MULTIPLES))`` pays for trying several alternatives. Where shares vary more
than by chance the ratio is divided by their dispersion (quasi-likelihood, McCullagh and Nelder 1989, 9.2).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

MULTIPLES: Final = (2.0, 4.0, 8.0)
HIGHEST_ALTERNATIVE: Final = 0.97
CALM_THRESHOLD: Final = math.log(100)
"""Evidence 100 to 1 that the share is back to what is expected."""


class Finding(Struct, frozen=True):
    """The most suspicious onset: ``score`` is the log-likelihood ratio of what came since, 0 where nothing speaks."""

    score: float
    onset_seconds: int
    abandoned: int
    count: int


NOTHING: Final = Finding(0.0, 0, 0, 0)


def threshold(
    contacts_a_day: float, groups: int, days_between_false_alarms: float, alternatives: int = len(MULTIPLES)
) -> float:
    """The score from which there is an alert, so that all groups together alarm falsely at most once in so many days.

    >>> round(threshold(1440, 1, 7), 2)  # 10080 contacts, three alternatives
    10.32
    """
    return math.log(max(contacts_a_day, 1.0) * groups * days_between_false_alarms) + math.log(alternatives)


def find_rise(
    newest_first: Iterable[tuple[int, int, int]],
    expected: float,
    dispersion: float,
    min_contacts: int,
    min_abandoned: int,
    multiples: Sequence[float] = MULTIPLES,
) -> Finding:
    """The onset since which the share has most likely risen; panes are start, abandoned, count, the newest first."""
    gains = _gains(expected, multiples)
    best, abandoned, count = NOTHING, 0, 0
    for start, its_abandoned, its_count in newest_first:
        abandoned += its_abandoned
        count += its_count
        if its_abandoned and count >= min_contacts and abandoned >= min_abandoned:
            score = max(abandoned * gain + (count - abandoned) * loss for gain, loss in gains) / dispersion
            if score > best.score:
                best = Finding(score, start, abandoned, count)
    return best


def find_calm(
    newest_first: Iterable[tuple[int, int, int]], expected: float, raised: float, dispersion: float
) -> tuple[float, int]:
    """Largest log-likelihood ratio of ``expected`` against ``raised``, and the second from which calm is so likely."""
    gain = math.log(expected / raised)
    loss = math.log((1 - expected) / (1 - raised))
    best, since, score = 0.0, 0, 0.0
    for start, abandoned, count in newest_first:
        score += abandoned * gain + (count - abandoned) * loss
        if score > best:
            best, since = score, start
    return best / dispersion, since


def raised_share(expected: float, value: float) -> float:
    """The share to tell the calm from: between expected and what was seen, and at least the double.

    >>> raised_share(0.05, 0.08), round(raised_share(0.04, 0.64), 3)
    (0.1, 0.16)
    """
    return min(max(2 * expected, math.sqrt(expected * value)), HIGHEST_ALTERNATIVE)


def chance_of_as_many(abandoned: int, count: int, expected: float) -> float:
    """Exact binomial: probability of at least ``abandoned`` in ``count`` at the share ``expected``, in [0, 1].

    >>> round(chance_of_as_many(2, 3, 0.5), 6), chance_of_as_many(0, 3, 0.5)
    (0.5, 1.0)
    """
    if abandoned <= 0:
        return 1.0
    log_odds = math.log(expected) - math.log1p(-expected)
    log_term = (
        math.lgamma(count + 1)
        - math.lgamma(abandoned + 1)
        - math.lgamma(count - abandoned + 1)
        + abandoned * math.log(expected)
        + (count - abandoned) * math.log1p(-expected)
    )
    total = 0.0
    for number in range(abandoned, count + 1):
        term = math.exp(log_term)
        total += term
        # Behind the middle each term is smaller than the one before: what is left adds nothing.
        # Equal where both are too small for a float.
        if number > count * expected and term <= total * 1e-12:
            break
        log_term += math.log(max(count - number, 1)) - math.log(number + 1) + log_odds
    return min(total, 1.0)


def _gains(expected: float, multiples: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """By alternative: what an abandoned contact adds, and what an answered one takes away."""
    found = []
    for multiple in multiples:
        raised = min(expected * multiple, HIGHEST_ALTERNATIVE)
        found.append((math.log(raised / expected), math.log((1 - raised) / (1 - expected))))
    return tuple(found)
