"""Labels (channel, team, priority) as they may appear in a metric: short, printable, never personal."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_LABEL_CHARACTERS: Final = 64
REDACTED: Final = "redacted"

# Generous on purpose: a team called "a@b" loses its name, but no address ever becomes a metric label.
_EMAIL_ADDRESS: Final = re.compile(r"[^\s@]@[^\s@]")


def clean_label(text: str) -> str:
    r"""The label for ``text``: composed (NFC), white space collapsed, invisible characters removed, cut to 64.

    A text that contains an e-mail address becomes ``redacted``. Cleaning twice changes nothing.

    >>> clean_label("  Billing\n EMEA ")
    'Billing EMEA'
    >>> clean_label("anna@example.org")
    'redacted'
    """
    # A line break is a control character too: white space stays until it is collapsed.
    visible = "".join(
        character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    # Composed again: removing an invisible character may bring two together that compose.
    label = unicodedata.normalize("NFC", " ".join(visible.split()))
    if _EMAIL_ADDRESS.search(label):
        return REDACTED
    return label[:MAX_LABEL_CHARACTERS].rstrip()


class LabelCache(dict[str | None, str]):
    """Cleaned labels by raw text: ``cache[text]``, where None (not given) is the empty label.

    Bounded, because the texts come from outside: full, it starts again; long texts are never kept.
    """

    max_entries: Final = 4096

    def __missing__(self, text: str | None) -> str:
        """Clean a text that was not seen before."""
        label = clean_label(text) if text else ""
        if text is None or len(text) <= 2 * MAX_LABEL_CHARACTERS:
            if len(self) >= self.max_entries:
                self.clear()
            self[text] = label
        return label
