"""What is kept of people."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from stream.domain.segments import AGENT

from .section import Section, refuse

SHORTEST_KEY_CHARACTERS = 16


class PrivacySettings(Section):
    """Section ``privacy``."""

    customers: Literal["keep", "hash", "drop"] = Field(
        "keep",
        description="Ids of customers in the state: as they are sent, replaced by a hash with privacy.key, or none. It "
        "holds for what is read from then on.",
    )
    agents: Literal["keep", "hash", "drop"] = Field(
        "drop",
        description="Ids of agents in the state: none, as they are sent, or replaced by a hash with privacy.key. Kept, "
        "they may be a dimension (dimensions = ...,agent), and are in derived topics then. It holds for what is read "
        "from then on.",
    )
    key: SecretStr = Field(
        SecretStr(""),
        description=f"Key of the hash, of {SHORTEST_KEY_CHARACTERS} characters or more, that nobody else knows: "
        "without it a guessed id can be confirmed. Another key makes other customers of them. Customers that were "
        "removed are known by a hash with it as well, whatever privacy.customers says.",
    )

    @model_validator(mode="after")
    def _check_key(self) -> Self:
        length = len(self.key.get_secret_value())
        hashed = [name for name in ("customers", "agents") if getattr(self, name) == "hash"]
        if hashed and length < SHORTEST_KEY_CHARACTERS:
            reason = f"has {length} characters; privacy.{hashed[0]} is hash: give {SHORTEST_KEY_CHARACTERS} or more"
            refuse({"key": reason}, {})
        return self

    def wrong_dimensions(self, dimensions: Collection[str]) -> Iterator[tuple[str, str]]:
        """The dimension of what is not kept, and what to do about it."""
        if AGENT in dimensions and self.agents == "drop":
            said = f"{AGENT!r} is who answered, and privacy.agents is drop; set that to hash or keep, or leave it out"
            yield "dimensions", said
