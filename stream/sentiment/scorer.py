"""Scorers by name. A text goes in, a number from -1 (bad) to 1 (good) comes out, and nothing of the text is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from stream.connect.vendor import Scorer
from stream.errors import ConfigError
from stream.sentiment.english import is_english
from stream.sentiment.own_words import own_words

EXTRA: Final = "deskpulse[sentiment]"


def scorer_of(name: str) -> Scorer | None:
    """The scorer of setting ``sentiment.scorer``; None where it is ``none``. ConfigError: its library is not there."""
    if name == "none":
        return None
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        raise ConfigError(
            f"sentiment.scorer={name!r}: its library is not installed; install {EXTRA}, or set it to none"
        ) from None
    return English(SentimentIntensityAnalyzer().polarity_scores)


class English:
    """Scores English, by ``scores_of``: a text to what VADER says of it, of which ``compound`` is the number."""

    def __init__(self, scores_of: Callable[[str], dict[str, Any]]) -> None:
        self._scores_of = scores_of

    def __call__(self, text: object) -> float | None:
        """To two digits."""
        if not isinstance(text, str):
            return None
        words = own_words(text)
        if not is_english(words):
            return None
        try:
            score = float(self._scores_of(words)["compound"])
        except Exception:
            # What it raises may quote the text, so not even its name goes on.
            return None
        # Not -0.0, which is another text of the same number.
        return round(score, 2) or 0.0 if -1 <= score <= 1 else None
