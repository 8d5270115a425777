"""Whether a text is English, by its commonest words: in another language a lexicon of English finds chance hits."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LEAST_SHARE: Final = 0.1
# No word that is as common in another European language, such as "in", "is", "was", "will", "are", "for", "by".
_WORDS: Final = """
    the and you your it its it's this that these those with not my our from been would could should what when where
    which who how why there their they them i'm i've i'd i'll don't doesn't didn't can't cannot won't isn't wasn't
    aren't couldn't you're that's there's we're we've they're but be does did just because about before please thank
    thanks hello very really any some than then she if again always never nothing something anything another other
    only too much many get getting got were good great awful love works work working worked broken help issue refund
"""
_COMMON: Final = frozenset(_WORDS.split())


def is_english(text: str) -> bool:
    """True where at least one word in ten, and one at all, is a common English one.

    >>> is_english("It still does not work."), is_english("Es geht immer noch nicht."), is_english("")
    (True, False, False)
    """
    words = _WORD.findall(text.lower())
    found = sum(word in _COMMON for word in words)
    return found > 0 and found >= _LEAST_SHARE * len(words)
