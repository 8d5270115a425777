"""`deskpulse` with a metric that raises for every ticket that was handed over twice."""

from __future__ import annotations

from unittest.mock import patch

from stream.__main__ import main
from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.timeline import Timeline
from stream.metrics import facts_of


def faulty(ticket: Timeline, definitions: Definitions) -> Facts:
    if len(ticket.handoffs) > 1:
        raise ZeroDivisionError(ticket.segment)
    return facts_of(ticket, definitions)


if __name__ == "__main__":
    with patch("stream.rules.facts_of", faulty):
        main()
