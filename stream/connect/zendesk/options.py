"""What an installation says about its Zendesk."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stream.connect.attributes import AttributeOptions


class ZendeskOptions(AttributeOptions):
    """Options of Zendesk beside those of every vendor.

    ``statuses`` names words (``hold``) or numbers of custom statuses, ``teams`` numbers of groups, ``bots`` those of
    users; ``attributes`` numbers of custom fields, or ``brand_id``.
    """

    roles: dict[str, Literal["customer", "agent"]] = Field(
        {},
        description="Number of a user to what they are, where no list of users says it, or says otherwise.",
    )

    def team(self, group: str) -> str:
        """Name of a group: the one given here, or its number, which a renaming does not change."""
        return self.teams.get(group, f"group-{group}")
