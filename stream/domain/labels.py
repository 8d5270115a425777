"""Labels (channel, team, priority) as they may appear in a metric: short, printable, never personal, and told apart."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from typing import Any, Final, Literal, TypeAlias

MAX_LABEL_CHARACTERS: Final = 64
READ_CHARACTERS: Final = 512
"""Of a longer text only the beginning is read: composing takes the square of the length where marks are piled up."""

REDACTED: Final = "redacted"
_HASH_DIGITS: Final = 4

# Generous on purpose: a team called "a@b" loses its name, but no address ever becomes a metric label.
_EMAIL_ADDRESS: Final = re.compile(r"[^\s@]@[^\s@]")

Shortening: TypeAlias = Literal["cut", "redacted"]
SHORTENINGS: Final[tuple[Shortening, ...]] = ("cut", "redacted")


def clean_label(text: str) -> str:
    r"""The label for ``text``: composed (NFC), white space collapsed, invisible characters removed, at most 64 long.

    A longer one is cut, one that contains an e-mail address becomes ``redacted``. Both keep four digits of a hash of
    the whole, so that two names do not become one. Cleaning twice changes nothing.

    >>> clean_label("  Billing\n EMEA ")
    'Billing EMEA'
    >>> clean_label("anna@example.org"), clean_label("Support of the north " * 4)
    ('redacted-a3bf', 'Support of the north Support of the north Support of the no~8f3a')
    """
    return shortened_label(text)[0]


def shortened_label(text: str) -> tuple[str, Shortening | None]:
    """The label for ``text``, and how it was shortened; None where it says all that ``text`` does."""
    text = text.strip()
    begin = _composed(text[:READ_CHARACTERS])
    # What is behind the beginning is hashed as it is, and an @ in it is taken for an address without a closer look.
    is_long = len(text) > READ_CHARACTERS
    if _EMAIL_ADDRESS.search(begin) or (is_long and "@" in text[READ_CHARACTERS - 1 :]):
        return f"{REDACTED}-{_hash(text if is_long else begin)}", "redacted"
    if is_long or len(begin) > MAX_LABEL_CHARACTERS:
        # No @ before the mark: the label must not look like an address itself.
        shown = begin[: MAX_LABEL_CHARACTERS - 1 - _HASH_DIGITS].rstrip("@ ")
        return f"{shown}~{_hash(text if is_long else begin)}", "cut"
    return begin, None


def _composed(text: str) -> str:
    # A line break is a control character too: white space stays until it is collapsed.
    visible = "".join(
        character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    # Composed again: removing an invisible character may bring two together that compose.
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]


class LabelCache(dict[str | None, str]):
    """Cleaned labels by raw text: ``cache[text]``, where None (not given) is the empty label.

    Bounded, because the texts come from outside: full, it starts again; long texts are never kept. ``shortened`` counts
    how often a label was asked for that is shorter than its text, by kind.
    """

    max_entries: Final = 4096

    def __init__(self) -> None:
        super().__init__()
        self.shortened: Counter[Shortening] = Counter()
        # Apart, so that asking for a name that is not shortened costs no more than looking it up.
        self._shortened: dict[str, tuple[str, Shortening]] = {}

    def take_shortened(self) -> Counter[Shortening]:
        """What was counted since the last call."""
        taken, self.shortened = self.shortened, Counter()
        return taken

    def __missing__(self, text: str | None) -> str:
        """Clean a text that was not seen before, or whose label is shorter."""
        if not text:
            self[text] = ""
            return ""
        known = self._shortened.get(text)
        if known is not None:
            self.shortened[known[1]] += 1
            return known[0]
        label, kind = shortened_label(text)
        if kind is not None:
            self.shortened[kind] += 1
        if len(text) <= 2 * MAX_LABEL_CHARACTERS:
            if kind is None:
                _make_room(self, self.max_entries)
                self[text] = label
            else:
                _make_room(self._shortened, self.max_entries)
                self._shortened[text] = (label, kind)
        return label


def _make_room(cache: dict[Any, Any], max_entries: int) -> None:
    if len(cache) >= max_entries:
        cache.clear()
