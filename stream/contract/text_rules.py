"""Rules for the short texts of an event (ids, source, sequence), and how a message may quote a value."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import Final

from stream.contract.shapes import Refusal

_HASH_DIGITS: Final = 32
_MOST_COUNTED_CHARACTERS: Final = 1000
_WORD: Final = re.compile(r"[\w.:+-]{0,40}")
"""One word, as names of states and versions are; two may be what a customer wrote."""


def check_printable(name: str, text: str, max_characters: int, *, may_be_empty: bool = False) -> None:
    """Raise Refusal when ``text`` is empty, longer than allowed or holds characters CloudEvents forbids."""
    if not text and not may_be_empty:
        raise Refusal("invalid_value", f"{name} is empty")
    if len(text) > max_characters:
        raise Refusal("invalid_value", f"{name} has {len(text)} characters, above {max_characters}")
    if not text.isprintable() and any(map(_is_forbidden, text)):
        raise Refusal("invalid_value", f"{name} holds a control character")


def looks_like_email(text: str) -> bool:
    """Whether there is an @ with text on both sides."""
    return "@" in text[1:-1]


def nameless(text: str) -> str:
    """The text as it is kept: one that looks like an e-mail address as a hash, by which it is still known again.

    For the ids of events and their sources: mail systems use Message-IDs, and a source may be a ``mailto:`` address.

    >>> nameless("6f1c"), nameless("<7d2f@mail.acme.example>")
    ('6f1c', '#4b8955a6ebe6fc955b025ffecfa25760')
    """
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]}" if looks_like_email(text) else text


def quoted(value: object) -> str:
    """A short value for a message; what may be free text, addresses and anything structured are only described.

    >>> quoted("robot"), quoted(True), quoted("anna@example.org"), quoted("so angry")
    ('"robot"', 'true', 'a text of 16 characters', 'a text of 8 characters')
    """
    if isinstance(value, str):
        if len(value) > _MOST_COUNTED_CHARACTERS:
            return f"a text of more than {_MOST_COUNTED_CHARACTERS} characters"
        if not _WORD.fullmatch(value):
            return f"a text of {len(value)} characters"
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        digits = f"{value:g}" if isinstance(value, float) or abs(value) < 10**15 else "a large number"
        return str(value) if isinstance(value, int) and abs(value) < 10**15 else digits
    return "an array" if isinstance(value, list) else "an object"


def _is_forbidden(character: str) -> bool:
    # Surrogates cannot come out of a UTF-8 decoder, but headers may be decoded by others.
    return unicodedata.category(character) in {"Cc", "Cs"} or ord(character) & 0xFFFE == 0xFFFE
