"""Two systems tell the same call, the second a moment later, from bytes in to rows out: it counts once."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from stream.domain.times import format_time_us, parse_time_us
from tests.flow.drive import US, Flow

START_US = parse_time_us("2026-07-14T23:58:00Z")
Part = tuple[str, float, dict[str, Any]]
HANG_UP: list[Part] = [("queued", 10, {}), ("answered", 34, {}), ("abandoned", 34.02, {}), ("ended", 34.2, {})]
GAVE_UP: list[Part] = [("queued", 10, {}), ("abandoned", 34, {}), ("ended", 34, {})]
TIMEOUT: list[Part] = [("queued", 0, {}), ("left_queue", 180, {"reason": "timeout"}), ("ended", 180, {})]
OVERFLOW: list[Part] = [
    ("queued", 0, {"team": "one"}),
    ("left_queue", 40, {"reason": "overflow"}),
    ("queued", 40, {"team": "two"}),
    ("answered", 50, {}),
    ("ended", 300, {}),
]
ROUND: list[Part] = [
    ("queued", 0, {"team": "one"}),
    ("left_queue", 40, {"reason": "timeout"}),
    ("queued", 40, {"team": "one"}),
    ("left_queue", 80, {"reason": "timeout"}),
    ("queued", 80, {"team": "two"}),
    ("abandoned", 84, {}),
    ("ended", 84, {}),
]


def events(parts: list[Part], source: str, delay: float, ticket: str = "T", *, sequence: bool) -> list[dict[str, Any]]:
    created: list[Part] = [("created", 0, {"channel": "phone", "team": "own"})] if source == "/pbx" else []
    return [
        {
            "specversion": "1.0",
            "id": f"{ticket}-{number}",
            "source": source,
            "type": f"support.ticket.{kind}",
            "subject": ticket,
            "time": format_time_us(START_US + round((at + delay) * US)),
            "data": data,
        }
        | ({"sequence": number} if sequence else {})
        for number, (kind, at, data) in enumerate([*created, *parts])
    ]


def outcomes(flow: Flow) -> Counter[tuple[str, float]]:
    names = ("answered", "abandoned", "left_queue")
    found = [(key.partition("|")[2].partition("/")[0], fact["value"]) for key, fact in flow.facts().items()]
    return Counter((name, value) for name, value in found if name in names)


@pytest.mark.parametrize("sequence", [False, True])
@pytest.mark.parametrize("delay", [0, 0.3, 1, 3])
@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        (HANG_UP, [("answered", 24)]),
        (GAVE_UP, [("abandoned", 24)]),
        (TIMEOUT, [("left_queue", 180)]),
        (OVERFLOW, [("left_queue", 40), ("answered", 10)]),
        (ROUND, [("left_queue", 40), ("left_queue", 40), ("abandoned", 4)]),
    ],
    ids=["hang-up", "gave up", "timeout", "overflow", "round"],
)
def test_what_the_second_system_says_again_is_no_visit(
    parts: list[Part], wanted: list[tuple[str, float]], delay: float, sequence: bool
) -> None:
    told = events(parts, "/pbx", 0, sequence=sequence) + events(parts, "/crm", delay, sequence=False)
    told += told[::3]
    Random(f"{wanted}{delay}").shuffle(told)
    flow = Flow("2026-07-15T06:00:00Z", windows={"rolling": "24h"}, group_by={"names": "all,team"})
    for event in told:
        flow.send(event)
    flow.settle()
    assert outcomes(flow) == Counter(wanted)
    assert flow.count("contacts_offered", "24h") == len(wanted)
    assert flow.count("waiting_contacts", "now") == 0
    exits = sum(kind not in ("queued", "ended") for kind, *_ in parts)
    strays = sum(key.startswith("T|exit_without_wait/") for key in flow.facts())
    assert strays == 2 * exits - len(wanted)


def test_what_one_system_tells_of_the_next_call_is_the_next_call() -> None:
    """Both tell of the first call; the second one, soon after, only one of them does."""
    told = events(GAVE_UP, "/pbx", 0, sequence=False) + events(GAVE_UP, "/crm", 1, sequence=False)
    told += [
        event | {"id": f"again-{event['id']}"}
        for event in events([("answered", 38, {}), ("ended", 90, {})], "/pbx", 0, sequence=False)[1:]
    ]
    flow = Flow("2026-07-15T06:00:00Z", windows={"rolling": "24h"}, group_by={"names": "all"})
    for event in told:
        flow.send(event)
    flow.settle()
    assert outcomes(flow) == Counter([("abandoned", 24), ("answered", 0)])


@pytest.mark.parametrize("first", ["/pbx", "/crm"])
def test_each_system_tells_of_queues_of_its_own_and_they_all_count(first: str) -> None:
    """Only of a visit that both told of is an exit told again."""
    other = "/crm" if first == "/pbx" else "/pbx"
    timeout = {"reason": "timeout"}
    told = events([("queued", 0, {"team": "one"}), ("left_queue", 40, timeout)], first, 0, sequence=False)
    told += events(
        [("queued", 40, {"team": "two"}), ("left_queue", 45, timeout), ("ended", 46, {})], other, 0, sequence=False
    )
    flow = Flow("2026-07-15T06:00:00Z", windows={"rolling": "24h"}, group_by={"names": "all"})
    for event in told:
        flow.send(event)
    flow.settle()
    assert outcomes(flow) == Counter([("left_queue", 40), ("left_queue", 5)])
