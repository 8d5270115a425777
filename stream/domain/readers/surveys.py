"""What the customer answered when asked."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event, SurveyAnswered, SurveyWithdrawn
from stream.domain.readers.reader import Reader, comes_after


@mypyc_attr(acyclic=True)
class Surveys(Reader):
    """``answers``: survey id to its answers that were not withdrawn, in the order of the log."""

    __slots__ = ("_withdrawn", "answers")
    reads = (SurveyAnswered, SurveyWithdrawn)

    def __init__(self, definitions: Definitions) -> None:
        self.answers: dict[str, list[SurveyAnswered]] = {}
        self._withdrawn: dict[str, Event] = {}

    def read(self, event: Event) -> bool:
        """An answer came, or all of a survey so far were taken back."""
        if type(event) is SurveyAnswered:
            withdrawn = self._withdrawn
            if withdrawn and not comes_after(event, withdrawn.get(event.survey_id)):
                return False
            self.answers.setdefault(event.survey_id, []).append(event)
            return True
        if type(event) is SurveyWithdrawn:
            self._withdrawn[event.survey_id] = event
            return self.answers.pop(event.survey_id, None) is not None
        return False
