"""The CloudEvents extension ``sequence`` as a text that sorts the way the sender counted."""

from __future__ import annotations

import re
from typing import Final

_DECIMAL: Final = re.compile(r"-?[0-9]+", re.ASCII)
_NINES_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")


def sequence_key(sequence: str | int | None) -> str:
    """A sort key: absent first, then decimal integers by value, then other texts by code point.

    At most 999 digits (the codec allows far fewer). An integer is prefixed with its number of digits:

    >>> sequence_key(9), sequence_key("10"), sequence_key("a")
    ('00019', '000210', 's:a')
    """
    if sequence is None or sequence == "":
        return ""
    text = str(sequence)
    if not _DECIMAL.fullmatch(text):
        return f"s:{text}"
    digits = text.lstrip("-").lstrip("0") or "0"
    if text[0] == "-" and digits != "0":
        # The larger the number below zero, the earlier: complement both length and digits.
        return f"-{999 - len(digits):03d}{digits.translate(_NINES_COMPLEMENT)}"
    return f"0{len(digits):03d}{digits}"
