"""What somebody wrote in a message: without the mails that it quotes, without mark-up, and no more than a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MOST_CHARACTERS: Final = 2_000
_MOST_LOOKED_AT: Final = 20_000
_CURLY_APOSTROPHE: Final = "\N{RIGHT SINGLE QUOTATION MARK}"
_TAG: Final = re.compile(r"<[^<>]{1,500}>")
_LINK: Final = re.compile(r"https?://\S+|\S{1,100}@\S{1,200}")
_QUOTE_BEGINS: Final = re.compile(
    r"\s*(-+ ?Original Message ?-+|_{10,}|On .{1,200} wrote:|From: .{1,200}|Sent from my .{1,60}|-- ?)\s*"
)


def own_words(text: str) -> str:
    r"""The text up to the first quoted mail or signature, as plain text of at most `MOST_CHARACTERS`.

    >>> own_words("<p>It works, thanks!</p>\n> did it help?\n\nOn Monday Ann wrote:\nbad bad bad")
    'It works, thanks!'
    """
    plain = _LINK.sub(" ", _TAG.sub(" ", text[:_MOST_LOOKED_AT])).replace(_CURLY_APOSTROPHE, "'")
    return " ".join(" ".join(_own_lines(plain)).split())[:MOST_CHARACTERS]


def _own_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if _QUOTE_BEGINS.fullmatch(line):
            return
        if not line.lstrip().startswith(">"):
            yield line
