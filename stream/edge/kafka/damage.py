"""Rows of the worker's own topics that it cannot have written: damaged, or somebody else's. It ends, and says where.

What is left out would be missing from the numbers, and the next start would read the same.
"""

from __future__ import annotations

from typing import Final

from stream.edge.kafka.loading import STATE_REMEDY
from stream.errors import LossError

DAMAGE: Final = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What reading such a row raises."""
PUBLISHED_REMEDY: Final = (
    "A restart does not help: delete that topic and make it anew (deskpulse topics --create), its rows are published "
    "again from revision 1; or set another name for it"
)


def damaged_row(topic: str, partition: int, offset: int, error: BaseException, remedy: str = STATE_REMEDY) -> LossError:
    """Why the worker ends. ``remedy`` says what to do; the row is not quoted, as it may hold anything."""
    return LossError(
        f"{topic} partition {partition} holds at offset {offset} a row that this version does not write "
        f"({type(error).__name__}): it is damaged, or another program or version wrote it. {remedy}"
    )
