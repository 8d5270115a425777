"""The worker's log: a line to standard error for the first of a kind, then one every ten seconds that counts the rest.

A kind is where a message comes from, how severe it is, how it is worded and which exception it tells of: the same
sentence about another partition or another attempt is the same kind. What ends the process is always told, and so is
what this program says of its own doing (up to INFO): there are few of those, and each says something else.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TextIO

from stream.clock import monotonic_seconds

WINDOW_SECONDS: Final = 10.0
MOST_KINDS: Final = 500
_OWN: Final = "stream."
_TEXT_CHARACTERS: Final = 500
_NUMBERS: Final = re.compile(r"0x[0-9a-fA-F]+|\d+")
_FORMAT: Final = "%(asctime)s %(levelname)-8s %(name)s: %(message)s"


class Kind(NamedTuple):
    """What makes two messages the same."""

    logger: str
    level: int
    wording: str
    exception: str


OTHERS: Final = Kind("", logging.WARNING, "messages of further kinds", "")
"""What is beyond `MOST_KINDS` at a time counts as this."""


class Counted(NamedTuple):
    """So many messages of a kind were held back in the last ``seconds``; ``latest`` is the newest of them."""

    kind: Kind
    times: int
    seconds: float
    latest: str


class _Window:
    __slots__ = ("began_seconds", "count", "latest")

    def __init__(self, began_seconds: float) -> None:
        self.began_seconds = began_seconds
        self.count = 0
        self.latest = ""


class Repeats:
    """What has been told lately, by kind. Pure: time is an argument, in seconds of a clock that never goes back."""

    def __init__(self, window_seconds: float = WINDOW_SECONDS, most_kinds: int = MOST_KINDS) -> None:
        self._window_seconds = window_seconds
        self._most_kinds = most_kinds
        self._windows: dict[Kind, _Window] = {}

    def is_new(self, kind: Kind, text: Callable[[], str], now_seconds: float) -> bool:
        """Whether to tell this message; if not, it is counted. ``text`` is asked for only then."""
        window = self._windows.get(kind)
        if window is None and len(self._windows) >= self._most_kinds:
            kind = OTHERS
            window = self._windows.get(kind)
        if window is None:
            self._windows[kind] = _Window(now_seconds)
            return True
        window.count += 1
        window.latest = text()[:_TEXT_CHARACTERS]
        return False

    def due(self, now_seconds: float) -> Iterator[Counted]:
        """What was held back in windows that are over; kinds that have gone quiet are forgotten."""
        for kind, window in list(self._windows.items()):
            seconds = now_seconds - window.began_seconds
            if seconds < self._window_seconds:
                continue
            if window.count:
                self._windows[kind] = _Window(now_seconds)
                yield Counted(kind, window.count, seconds, window.latest)
            else:
                del self._windows[kind]


def kind_of(record: logging.LogRecord) -> Kind:
    """A message that was put together before it was logged is told by its words without the numbers in it."""
    worded = bool(record.args) and str(record.msg) != "%s"
    wording = str(record.msg) if worded else _NUMBERS.sub("#", record.getMessage())
    exception = record.exc_info[0] if record.exc_info else None
    return Kind(record.name, record.levelno, wording[:_TEXT_CHARACTERS], exception.__name__ if exception else "")


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes what is new and counts what is not. `tell` has to be called every now and then."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = monotonic_seconds) -> None:
        super().__init__(stream or sys.stderr)
        self.setFormatter(logging.Formatter(_FORMAT))
        self._clock = clock
        self._repeats = Repeats()

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging, one thread at a time."""
        try:
            now_seconds = self._clock()
            self._tell(now_seconds)
            if _is_always_told(record) or self._repeats.is_new(kind_of(record), record.getMessage, now_seconds):
                super().emit(record)
        except Exception:
            self.handleError(record)  # logging's rule: a message that cannot be written ends nobody's work

    def tell(self) -> None:
        """Write what was held back and is due."""
        self.acquire()
        try:
            self._tell(self._clock())
        finally:
            self.release()

    def _tell(self, now_seconds: float) -> None:
        for counted in self._repeats.due(now_seconds):
            kind = counted.kind
            text = f"{counted.latest} (repeated {counted.times} times in {counted.seconds:.0f} s)"
            super().emit(logging.LogRecord(kind.logger or __name__, kind.level, "", 0, text, None, None))


def _is_always_told(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.CRITICAL or (record.levelno <= logging.INFO and record.name.startswith(_OWN))
