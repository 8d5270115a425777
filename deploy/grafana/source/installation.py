"""Every query of every dashboard asks for one installation; a Prometheus that scrapes several has a label for it."""

from __future__ import annotations

import re
from typing import Final

MATCHER: Final = 'installation="$installation"'
"""True of what has no such label, where the variable is empty."""

_SERIES: Final = re.compile(r"\b(deskpulse[_:][\w:]+|ALERTS|up|process_\w+)\b(?![\w:(]|\s*=)(\{)?(\})?")
_QUOTED: Final = re.compile(r'("(?:[^"\\\\]|\\\\.)*")')


def of_installation(query: str) -> str:
    """``query`` with the matcher on each of its series. No label has the name of a series."""
    parts = _QUOTED.split(query)
    return "".join(part if part.startswith('"') else _SERIES.sub(_matched, part) for part in parts)


def _matched(found: re.Match[str]) -> str:
    series, opens, closes = found.groups()
    if opens is None:
        return f"{series}{{{MATCHER}}}"
    return f"{series}{{{MATCHER}}}" if closes else f"{series}{{{MATCHER}, "
