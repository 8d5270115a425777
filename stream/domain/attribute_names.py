"""What an attribute of a ticket may be called, how many an event may have, and how long their values are."""

from __future__ import annotations

from typing import Final

MOST_ATTRIBUTES: Final = 16
"""Of one event. A dimension that is added later is read from what was kept of them: all."""

MOST_CHARACTERS: Final = 256
"""Of a value; more than the label of it has."""

NAME_PATTERN: Final = r"^[a-z][a-z0-9]{0,31}(?![\s\S])"
"""A regular expression as JSON Schema and Python have it."""
