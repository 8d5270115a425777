"""How long to wait before a vendor is asked again. Pure: time and chance are arguments."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_BACKOFF_SECONDS: Final = 300.0
LONGEST_OBEYED_SECONDS: Final = 3600.0
"""A vendor that asks for more is asked again after that."""

_FIRST_SECONDS: Final = 1.0
_JITTER_RATIO: Final = 0.1


def retry_after_seconds(header: str | None, now_seconds: float) -> float | None:
    """Seconds that ``Retry-After`` asks for: a number, or a date of HTTP. None: it asks for nothing that can be read.

    >>> retry_after_seconds("30", 0.0), retry_after_seconds("Thu, 01 Jan 1970 00:01:00 GMT", 10.0)
    (30.0, 50.0)
    >>> retry_after_seconds("soon", 0.0), retry_after_seconds(None, 0.0), retry_after_seconds("-5", 0.0)
    (None, None, None)
    """
    text = (header or "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), LONGEST_OBEYED_SECONDS)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(0.0, moment - now_seconds), LONGEST_OBEYED_SECONDS)


def wait_seconds(failures: int, asked_seconds: float | None, chance: float) -> float:
    """How long to wait after so many ``failures`` in a row (1 at least). ``chance`` lies between 0 and 1.

    What the vendor asks for is obeyed, and a little is added, so that many who wait do not come back at once. Otherwise
    the time doubles, and half of it is chance.

    >>> [wait_seconds(failures, None, 1.0) for failures in (1, 2, 3, 50)], wait_seconds(1, None, 0.0)
    ([1.0, 2.0, 4.0, 300.0], 0.5)
    >>> wait_seconds(3, 30.0, 0.0), wait_seconds(3, 30.0, 1.0)
    (30.0, 33.0)
    """
    if asked_seconds is not None:
        return asked_seconds * (1 + _JITTER_RATIO * chance)
    longest = min(LONGEST_BACKOFF_SECONDS, _FIRST_SECONDS * 2.0 ** min(failures - 1, 30))
    return longest * (0.5 + 0.5 * chance)
