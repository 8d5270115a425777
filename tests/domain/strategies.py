"""Events of all kinds, as messy as senders are: equal times, negative spans, changes of mind, missing beginnings."""

from __future__ import annotations

from hypothesis import strategies as st

from stream.domain import customer_events as cu
from stream.domain import events as ev
from stream.domain.sequences import sequence_key
from stream.domain.subjects import CUSTOMER_MARK

START_SECONDS = 1_792_584_000
"""2026-10-21: a week later the clocks of Europe go back, two weeks later those of America."""
US = 1_000_000

# Few values, so that they meet: equal times, the edges of panes, and spans of minutes, hours and days.
_OFFSETS = st.sampled_from(
    [0, 0, 1, 4, 5, 9, 10, 11, 60, 299, 300, 301, 3599, 3600, 7200, 86_399, 86_400, 200_000, 500_000]
)
TIMES_US = st.builds(
    lambda seconds, micro: (START_SECONDS + seconds) * US + micro, _OFFSETS, st.sampled_from([0, 0, 0, 1, 999_999])
)
CHANNELS = st.sampled_from(["email", "phone", "chat"])
TEAMS = st.sampled_from(["", "a", "b"])
PRIORITIES = st.sampled_from(["", "high"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["brand", "region", "language", "tier", "product"]),
    st.sampled_from(["", "x", "x", "y"]),
    max_size=3,
).map(lambda given: tuple(part for name in sorted(given) for part in (name, given[name])))
"""Names and labels as an event of a ticket has them; an empty label is cleared."""
CUSTOMERS = st.sampled_from(["", "c0", "c1", "c2"])
_SAME = ("", "", "", False, False, "", ())
ASSIGNED = st.sampled_from([None, None, True, False])
SURVEYS = st.sampled_from(["q1", "q2"])
STATUSES = st.sampled_from(["new", "open", "pending", "on_hold", "solved", "solved", "closed"])
_SCALES = st.sampled_from([(1.0, 2.0), (1.0, 3.0), (1.0, 5.0), (0.0, 10.0)])
_SEQUENCES = st.sampled_from([None, None, 1, 9, 10, "b"]).map(sequence_key)


def _kind(kind: type, *content: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.tuples(TIMES_US, _SEQUENCES, *content).map(lambda parts: (kind, parts))


_MESSAGE = _kind(
    ev.Message, st.sampled_from(["customer", "agent", "agent", "bot", "system"]), st.booleans(), st.booleans()
)
_KINDS = st.sampled_from(["csat", "csat", "nps"])
_ANSWER = st.tuples(TIMES_US, _SEQUENCES, SURVEYS, _KINDS, _SCALES, st.floats(0, 1), CUSTOMERS).map(
    lambda a: (ev.SurveyAnswered, (*a[:4], float(round(a[4][0] + a[5] * (a[4][1] - a[4][0]))), *a[4], a[6]))
)
_PARTS = st.one_of(
    _kind(ev.TicketCreated, CHANNELS, TEAMS, PRIORITIES, st.booleans(), st.booleans(), CUSTOMERS, ATTRIBUTES, ASSIGNED),
    _kind(ev.TicketUpdated, *(st.just(same) for same in _SAME), ASSIGNED),
    _kind(
        ev.TicketUpdated,
        *(st.just("") | CHANNELS, TEAMS, PRIORITIES, st.sampled_from([False, False, True]), st.just(False)),
        *(CUSTOMERS, ATTRIBUTES),
    ),
    _MESSAGE,
    _MESSAGE,
    _kind(ev.StatusChanged, STATUSES),
    _kind(ev.StatusChanged, STATUSES),
    _kind(ev.Queued, TEAMS),
    _kind(ev.Queued, TEAMS),
    _kind(ev.Answered, TEAMS),
    _kind(ev.Abandoned),
    _kind(ev.LeftQueue, st.sampled_from(["callback", "voicemail", "transfer", "timeout", "overflow"])),
    _kind(ev.Ended),
    _kind(ev.HandedOff),
    _kind(ev.Merged) | _kind(ev.Removed),
    _kind(ev.Removed),
    _kind(ev.Restored),
    _kind(ev.SurveySent, SURVEYS, st.just("csat")),
    _ANSWER,
    _ANSWER,
    _kind(ev.SurveyWithdrawn, SURVEYS, st.just("csat")),
    _kind(ev.SurveyEnded, SURVEYS, st.just("csat"), st.booleans()),
)


@st.composite
def told(draw: st.DrawFn, *, tickets: int = 3, events: int = 14, conflicts: bool = True) -> list[tuple[str, ev.Event]]:
    """Events of some tickets, in no order. ``conflicts``: some share an id and differ in content."""
    parts = draw(st.lists(st.tuples(st.integers(0, tickets - 1), _PARTS), max_size=events))
    story: list[tuple[str, ev.Event]] = []
    for number, (ticket, (kind, (time_us, sequence, *content))) in enumerate(parts):
        uid = f"{number // 2 if conflicts and number % 5 == 1 else number} /s"
        story.append((f"T{ticket}", kind(time_us, sequence, uid, *content)))
    return story


_LABELS = st.sampled_from(["", "", "gold", "silver"])
_MONEY = st.tuples(st.integers(0, 10**12), st.sampled_from(["EUR", "USD", "CHF"]))
_OF_CUSTOMERS = st.one_of(
    _kind(cu.CustomerJoined, _LABELS, _LABELS, _LABELS),
    _kind(cu.CustomerJoined),
    _kind(cu.CustomerLeft),
    _kind(cu.CustomerLeft),
    _kind(cu.CustomerUpdated, _LABELS, _LABELS, _LABELS, st.booleans(), st.booleans(), st.booleans()),
    st.tuples(TIMES_US, _SEQUENCES, _MONEY).map(lambda parts: (cu.CustomerPurchase, (*parts[:2], *parts[2]))),
    st.tuples(TIMES_US, _SEQUENCES, _MONEY).map(lambda parts: (cu.CustomerRefund, (*parts[:2], *parts[2]))),
    _kind(cu.CustomerMerged, st.sampled_from(["c9", "c0", "c1", "c2"])),
    _kind(cu.CustomerRemoved),
)


@st.composite
def told_of_customers(draw: st.DrawFn, *, customers: int = 3, events: int = 14) -> list[tuple[str, ev.Event]]:
    """The same of customers, by their names in a shard."""
    parts = draw(st.lists(st.tuples(st.integers(0, customers - 1), _OF_CUSTOMERS), max_size=events))
    story: list[tuple[str, ev.Event]] = []
    for number, (customer, (kind, (time_us, sequence, *content))) in enumerate(parts):
        uid = f"{number // 2 if number % 5 == 1 else number} /s"
        story.append((f"{CUSTOMER_MARK}c{customer}", kind(time_us, sequence, uid, *content)))
    return story


@st.composite
def delivered(draw: st.DrawFn, story: list[tuple[str, ev.Event]]) -> list[list[tuple[str, ev.Event]]]:
    """The story as it might come in: in another order, some of it more than once, in batches of any size."""
    again = draw(st.lists(st.sampled_from(story), max_size=6)) if story else []
    order = draw(st.permutations([*story, *again]))
    batches: list[list[tuple[str, ev.Event]]] = [[]]
    ends = draw(st.sets(st.integers(0, len(order))))
    for position, item in enumerate(order):
        batches[-1].append(item)
        if position in ends:
            batches.append([])
    return batches
