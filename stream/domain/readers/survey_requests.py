"""Which surveys a customer was sent, and which of them will not be answered."""

from __future__ import annotations

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event, SurveyEnded, SurveyKind, SurveySent
from stream.domain.readers.reader import Reader


@mypyc_attr(acyclic=True)
class SurveyRequests(Reader):
    """By survey id: ``sent``, kind and time (microseconds) of the first sending; ``ended``, whether it was declined.

    An ending says nothing of an answer: that may come all the same, and is read elsewhere.
    """

    __slots__ = ("ended", "sent")
    reads = (SurveySent, SurveyEnded)

    def __init__(self, definitions: Definitions) -> None:
        self.sent: dict[str, tuple[SurveyKind, int]] = {}
        self.ended: dict[str, bool] = {}

    def read(self, event: Event) -> bool:
        """A survey was sent, declined, or it expired."""
        if type(event) is SurveySent:
            if event.survey_id in self.sent:
                return False
            self.sent[event.survey_id] = (event.kind, event.time_us)
            return True
        if type(event) is SurveyEnded:
            if self.ended.get(event.survey_id) == event.declined:
                return False
            self.ended[event.survey_id] = event.declined
            return True
        return False
