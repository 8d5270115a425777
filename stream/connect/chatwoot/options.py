"""What an installation says about its Chatwoot."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stream.connect.options import Options
from stream.settings.section import Names


class ChatwootOptions(Options):
    """Options of Chatwoot beside those of every vendor.

    ``statuses`` names its four words, ``channels`` its classes (``WebWidget``), ``teams`` numbers of teams, ``bots``
    numbers of users.
    """

    inboxes: dict[str, str] = Field(
        {}, description="Number of an inbox to a name: the team of conversations that have no team."
    )
    bot_inboxes: Names = Field(
        (), description="Numbers of inboxes where pending means that a bot has it; empty: all of them."
    )
    answers: Literal["responses", "messages"] = Field(
        "responses",
        description="Which records answers of surveys are read from: csat_survey_responses, which know when it was, or "
        "messages, which webhooks tell at once and which date an answer at its asking.",
    )

    def team(self, number: str, inbox: str) -> str:
        """Name of a team, or else of the inbox; nothing where neither is known. A number does not change."""
        return (self.teams.get(number) or f"team-{number}") if number else self.inboxes.get(inbox, "")
