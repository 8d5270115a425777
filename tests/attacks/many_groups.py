"""A3: as many names as tickets."""

from __future__ import annotations

from collections.abc import Iterator

from tests.attacks.attack import Attack
from tests.attacks.records import Record, event
from tests.attacks.stand import Stand

_TICKETS = 3_000
_LARGEST_METRICS_BYTES = 16 << 20


def _named(count: int, fields: tuple[str, ...]) -> Iterator[Record]:
    for index in range(count):
        name = f"C-{index}"
        labels = {"channel": "phone", "team": "one", "priority": "high"} | {one: f"{one}{index}" for one in fields}
        yield event(name, "ticket.created", 200, **labels)
        yield event(name, "ticket.queued", 199)
        yield event(name, "ticket.answered" if index % 2 else "ticket.abandoned", 150)
        yield event(name, "ticket.message", 140, author="agent", public=True)
        yield event(name, "ticket.status", 100, status="solved")
        yield event(name, "survey.answered", 50, survey_id="s", kind="csat", score=4)


def _renamed(moves: int) -> Iterator[Record]:
    yield event("MOVING", "ticket.created", 200, channel="phone")
    for index in range(moves):
        yield event("MOVING", "ticket.updated", 190 - index / 100, team=f"team{index}", channel=f"channel{index}")


def _metrics_stay_small(stand: Stand) -> str:
    status, body = stand.worker.get("/metrics")
    assert status == 200, "/metrics does not answer"
    assert len(body) <= _LARGEST_METRICS_BYTES, f"/metrics has {len(body) >> 20} MiB"
    return f"/metrics {len(body) >> 10} KiB"


ATTACKS = (
    Attack(
        "groups",
        f"{_TICKETS} tickets with {_TICKETS} team names at once",
        lambda stand: stand.send(_named(_TICKETS, ("team",))),
        _metrics_stay_small,
        growth_mib=400,
    ),
    Attack(
        "all-groups",
        f"{_TICKETS} tickets with {_TICKETS} channels, teams and priorities at once, every group and window published",
        lambda stand: stand.send(_named(_TICKETS, ("channel", "team", "priority"))),
        _metrics_stay_small,
        settings={
            "WINDOWS__ROLLING": "5m,15m,1h,24h,7d,30d",
            "GROUP_BY__NAMES": "all,channel,team,priority,channel_team",
        },
        growth_mib=600,
        long=True,
    ),
    Attack(
        "moving-groups",
        "one ticket moved through 1900 teams and channels",
        lambda stand: stand.send(_renamed(1900)),
        _metrics_stay_small,
        growth_mib=400,
        long=True,
    ),
)
