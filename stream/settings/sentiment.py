"""How customers sound, where their system does not say it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .section import Section


class SentimentSettings(Section):
    """Section ``sentiment``."""

    scorer: Literal["none", "vader"] = Field(
        "none",
        description="What gives customers' messages a sentiment in convert, gateway and pull, from their text, which "
        "is dropped at once. vader: English only, with deskpulse[sentiment] installed. Choose the same in all three: "
        "a message with another sentiment is another event.",
    )
