"""How much of what cannot be used is kept."""

from __future__ import annotations

from pydantic import Field

from .section import Section


class DeadLetterSettings(Section):
    """Section ``dead_letters``: bounds of what is written about events that cannot be used."""

    max_per_minute: int = Field(
        6000,
        ge=0,
        le=1_000_000,
        description="Dead letters written a minute and shard, a large one counting as several; of further ones one in "
        "a hundred is written, all are counted.",
    )
