"""What an installation says about its vendor: names for ids, and which words mean which status."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from stream.domain.events import Status
from stream.settings.section import Names, Section

StatusMeaning: TypeAlias = Status | Literal["removed", "ignored"]


class Options(Section):
    """Options that every vendor has; a vendor's own class adds its own. Keys are the vendor's ids or words.

    What is not named keeps the vendor's default, or its id. A name given here must stay for as long as old records may
    come again: the same record with another team is another event.
    """

    statuses: dict[str, StatusMeaning] = Field({}, description="Status of the vendor to status of the contract.")
    channels: dict[str, str] = Field({}, description="Channel of the vendor to channel.")
    teams: dict[str, str] = Field({}, description="Id of a group, team, inbox or queue to its name.")
    bots: Names = Field((), description="Ids of users that are programs: their messages are automated.")
