"""What the gateway counts; the series that show it are in ``stream/metrics/gateway_series.py``."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Final, Literal, TypeAlias, get_args

from stream.domain.labels import clean_label

Outcome: TypeAlias = Literal[
    "written",  # Kafka has all that follows from it
    "nothing",  # genuine, and nothing in it counts here
    "handshake",  # the vendor looked whether somebody is there
    "repeated",  # the same delivery once more; it is in Kafka already
    "broken",  # genuine, and a part of it or all is a dead letter
    "unsigned",  # what the scheme needs is missing
    "wrong_signature",  # signed with none of the secrets
    "no_timestamp",  # signed, by its look, without a time that can be read
    "stale",  # genuine, and outside of the tolerance
    "compressed",  # with a content encoding; a signature is over what was sent
    "too_large",  # more than max_body_bytes
    "too_slow",  # the body did not come in time
    "cut_off",  # the body is not whole
    "too_many",  # more than the hook's rate
    "busy",  # more waits for Kafka than there is room for
    "away",  # Kafka did not acknowledge in time
    "ending",  # the gateway was about to end
    "failed",  # a defect of the gateway
]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
GENUINE: Final[tuple[Outcome, ...]] = ("written", "nothing", "handshake", "repeated", "broken")
UNVERIFIED: Final[tuple[Outcome, ...]] = ("unsigned", "wrong_signature", "no_timestamp", "stale")

BOUNDS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
MOST_KINDS: Final = 50
OTHER: Final = "other"


class HookTally:
    """Counters of one hook."""

    def __init__(self) -> None:
        self.deliveries: Counter[Outcome] = Counter()
        self.passed: Counter[str] = Counter()
        self.events = 0
        self.dead_letters = 0
        self.doorbells = 0
        self.answers = [0] * (len(BOUNDS_SECONDS) + 1)
        self.answer_seconds = 0.0
        self.written_us = 0

    def pass_over(self, kind: str) -> None:
        """Count a kind that counts for nothing here: one of `MOST_KINDS`, the others as `OTHER`."""
        name = clean_label(kind[:64]) or OTHER
        self.passed[name if name in self.passed or len(self.passed) < MOST_KINDS else OTHER] += 1

    def answered(self, seconds: float) -> None:
        """A delivery was answered so long after its header."""
        self.answers[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        self.answer_seconds += seconds


class GatewayTally:
    """Counters of all hooks, and what waits. Changed by the event loop only."""

    def __init__(self, names: list[str]) -> None:
        self.hooks = {name: HookTally() for name in names}
        self.waiting_deliveries = 0
        self.waiting_bytes = 0
