"""`deskpulse` with a metric that raises for every ticket that was handed over twice."""

from __future__ import annotations

from stream import rules
from stream.__main__ import main
from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.timeline import Timeline

facts_of = rules.facts_of


def faulty(ticket: Timeline, definitions: Definitions) -> Facts:
    if len(ticket.handoffs) > 1:
        raise ZeroDivisionError(ticket.segment)
    return facts_of(ticket, definitions)


if __name__ == "__main__":
    rules.facts_of = faulty
    main()
