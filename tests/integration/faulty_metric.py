"""`deskpulse` with a metric that raises for every ticket that was handed over twice."""

from __future__ import annotations

from unittest.mock import patch

from stream.__main__ import main
from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.readers.conversation import Conversation
from stream.domain.timeline import Timeline
from stream.metrics import METRICS
from stream.metrics.registry import Registry
from stream.metrics.spec import Metric


def faulty(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    if len(ticket.conversation.handoffs) > 1:
        raise ZeroDivisionError(ticket.segment)


FAULTY = Metric("faulty", (), (), reads=(Conversation,), facts=faulty)
ONE_MORE = Registry((*METRICS, FAULTY))

if __name__ == "__main__":
    with patch("stream.settings.model.with_variants", lambda *_: ONE_MORE):
        main()
