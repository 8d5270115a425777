"""How far one list is: for the scheduler, for people, and for `--once`."""

from __future__ import annotations

from collections import Counter

from stream.pull.translation import Read


class State:
    """``reached_seconds`` and ``since_seconds`` count from 1970. ``trouble``: why it waits, empty where all is well.

    ``is_idle``: there was nothing more at the last look; ``has_ended``: at some look. ``failures``: so many in a row,
    since so many ``answers``; ``failures_total``: of all. ``has_answered``: it could be read once, so that the settings
    are right, and what is refused from now on is trouble as any other.
    """

    def __init__(self, name: str, due_us: int, since_seconds: int) -> None:
        self.name = name
        self.due_us = due_us
        self.since_seconds = since_seconds
        self.reached_seconds = 0
        self.events = 0
        self.broken = 0
        self.passed: Counter[str] = Counter()
        self.failures = 0
        self.failures_total = 0
        self.answers = 0
        self.has_answered = False
        self.trouble = ""
        self.is_idle = False
        self.has_ended = False

    def note(self, read: Read, events: int, reached_seconds: int) -> None:
        """A page was written."""
        self.events += events
        self.broken += len(read.broken)
        self.passed.update(read.passed)
        self.reached_seconds = max(self.reached_seconds, reached_seconds)
        self.failures = 0
        self.trouble = ""

    def wait(self, now_us: int, pause_us: int, *, is_idle: bool) -> None:
        """The next step is due after a pause; ``is_idle``: there was nothing more to do."""
        self.due_us = now_us + pause_us
        self.is_idle = is_idle
        self.has_ended = self.has_ended or is_idle

    def fail(self, now_us: int, pause_us: int, reason: str) -> None:
        """A step came to nothing and is tried again."""
        self.due_us = now_us + pause_us
        self.failures_total += 1
        self.trouble = f"{reason}, again in {pause_us / 1e6:.0f} s"
