"""Names of time zones: those that are the same on every machine."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

_NOT_EVERYWHERE: Final = frozenset({"localtime", "posixrules", "Factory"})
_OTHER_CLOCKS: Final = ("posix/", "right/")
"""Files beside the data: what this machine is set to, no zone at all, and clocks that count leap seconds."""


def check_zone(name: str) -> str:
    """The name, of a zone that is the same on every machine. ValueError: it is none."""
    try:
        if name in _NOT_EVERYWHERE or name.startswith(_OTHER_CLOCKS):
            raise ValueError(name)
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        # A directory name such as "Europe" raises OSError, a path ValueError, an unknown name a KeyError.
        raise ValueError("is not a name of the IANA time zone data, such as UTC or Europe/Berlin") from None
    return name
