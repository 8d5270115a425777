"""Agents needed: how many would have reached the service level, from what the window says of arrivals and waits.

From the contacts offered in the window (arrivals), the mean handle time of those whose conversation ended in it, and
the patience of those who were answered or abandoned in it (`patience`), against ``targets.service_level_ratio`` of the
group and ``definitions.answer_within_seconds`` (that of its channel, where the group has one). ``value`` is by Erlang
C, where everybody waits for ever; ``with_patience`` by Erlang A, where people give up, which leaves less to do and
counts against the service level. Beside them: contacts answered, arrivals per hour, and ``agents_busy``, the agents
that were busy on average (time of the conversations that ended in the window / its length).

Both take arrivals at random at an even rate, handle times and patience that vary exponentially, and one queue for all
agents of the group: the number for all teams is that of one pool, less than the sum of its teams. Breaks, meetings and
other absence come on top. Over a window in which the rate rises and falls, read a shorter one.

Absent where there is too little: fewer contacts offered or handled than ``targets.min_samples``, no target; with
patience, fewer than 5 abandons. Nothing is said of the window of all time, which has no length.
(Erlang 1917; Palm 1946, in the form of Mandelbaum and Zeltyn 2007.)

100 contacts in half an hour, 180 s each, 80 % to be answered within 20 s:

>>> from stream.domain.staffing import Demand, agents_needed
>>> demand, impatient = Demand(100 / 1800, 180), Demand(100 / 1800, 180, patience_seconds=120)
>>> [agents_needed(one, 20, 0.8).agents for one in (demand, impatient)]
[14, 12]
"""

from __future__ import annotations

from stream.domain.definitions import Definitions
from stream.domain.facts import Facts
from stream.domain.rowspec import HOURLY, RowSpec
from stream.domain.timeline import Timeline
from stream.metrics.abandonment import ABANDONED, ANSWERED, OFFERED
from stream.metrics.handle_time import HANDLE
from stream.metrics.spec import Metric


def book(ticket: Timeline, definitions: Definitions, into: Facts) -> None:
    """Book nothing: all that it is made of is booked by others."""


METRIC = Metric(
    name="agents_needed",
    measures=(),
    rows=(
        RowSpec(
            metric="agents_needed",
            definition="erlang_c_and_a",
            version=1,
            kind="staffing",
            help="Agents that would have reached the service level",
            formula="fewest n with P(wait <= T) >= target: Erlang C; with patience: Erlang A",
            booked="as its parts are",
            gauge="agents_needed",
            made_of=(OFFERED, HANDLE, ABANDONED, ANSWERED),
            export=HOURLY,
        ),
    ),
    reads=(),
    facts=book,
)
