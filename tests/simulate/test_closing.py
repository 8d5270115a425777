from __future__ import annotations

from stream.simulate.centre import contact_centre
from stream.simulate.closing import Queues
from stream.simulate.emit import Ticket, told

START_US = 1_767_571_200_000_000
SECOND_US = 1_000_000


def test_all_who_wait_leave_and_nobody_else() -> None:
    stories = {
        "waits": ["created", "queued"],
        "was answered": ["created", "queued", "answered"],
        "gave up": ["created", "queued", "abandoned"],
        "took a callback": ["created", "queued", "left_queue"],
        "was moved on": ["created", "queued", "left_queue", "updated", "queued"],
        "is in the menu": ["created"],
    }
    queues = Queues()
    for name, kinds in stories.items():
        ticket = Ticket(name, "C-1", "phone", "support", "normal")
        list(queues.watch(told(ticket, START_US + n * SECOND_US, f"ticket.{k}", {}) for n, k in enumerate(kinds)))
    left = list(queues.close(START_US + 60 * SECOND_US))
    assert [event.key for event in left] == ["waits", "was moved on"]
    assert left[1] == (
        START_US + 60 * SECOND_US,
        "tickets",
        "was moved on",
        {
            "specversion": "1.0",
            "id": "was moved on-closed",
            "source": "/simulator",
            "type": "support.ticket.left_queue",
            "subject": "was moved on",
            "time": "2026-01-05T00:01:00.000Z",
            "sequence": "6",
            "data": {"reason": "timeout"},
        },
    )


def test_an_event_counts_once_the_next_is_asked_for() -> None:
    ticket = Ticket("T-1", "C-1", "phone", "support", "normal")
    queues = Queues()
    passing = queues.watch(told(ticket, START_US, f"ticket.{kind}", {}) for kind in ("queued", "answered", "ended"))
    next(passing)
    assert list(queues.close(START_US)) == []
    next(passing)
    assert len(list(queues.close(START_US))) == 1
    next(passing)
    assert list(queues.close(START_US)) == []


def test_nobody_leaves_before_having_come() -> None:
    ticket = Ticket("T-1", "C-1", "phone", "support", "normal")
    queues = Queues()
    list(queues.watch([told(ticket, START_US + SECOND_US, "ticket.queued", {})]))
    (left,) = queues.close(START_US)
    assert left.time_us == START_US + SECOND_US
    assert left.event["time"] == "2026-01-05T00:00:01.000Z"


def test_a_centre_that_is_closed_has_nobody_waiting() -> None:
    queues = Queues()
    events = list(queues.watch(contact_centre(1, START_US, 60, curve="wave", end_us=START_US + 1800 * SECOND_US)))
    left = list(queues.close(START_US + 1800 * SECOND_US))
    kinds = [event.event["type"].removeprefix("support.ticket.") for event in [*events, *left]]
    exits = [kinds.count(kind) for kind in ("answered", "abandoned", "left_queue")]
    assert left
    assert kinds.count("queued") == sum(exits)
