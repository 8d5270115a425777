"""A3: as many names as tickets."""

from __future__ import annotations

from collections.abc import Iterator

from stream.settings import HttpSettings
from tests.attacks.attack import Attack
from tests.attacks.records import Record, event
from tests.attacks.stand import Stand
from tests.patience import slowness

_TICKETS = 3_000
_OPEN = "deskpulse_contacts_offered_in_window"
_LARGEST_METRICS_BYTES = 16 << 20
_MOST_SAMPLES = HttpSettings().max_metrics_samples
_OTHER_SERIES = 20_000
"""Of the worker itself, and of spikes."""
_LONGEST_AWAY_SECONDS = 1.0
"""Not how long it should be away, which is far less: half a second was seen on a busy machine."""


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


def _metrics_are_bounded(stand: Stand) -> str:
    status, body = stand.worker.get("/metrics")
    assert status == 200, "/metrics does not answer"
    lines = [line for line in body.splitlines() if line[:1] != "#"]
    assert len(lines) <= _MOST_SAMPLES + _OTHER_SERIES, f"/metrics has {len(lines)} samples"
    left_out = {sample.labels["by"]: sample.value for sample in stand.samples("metrics_samples_left_out")}
    by_all = f'{_OPEN}{{by="all",'
    assert any(line.startswith(by_all) for line in lines), f"the numbers of all are not there; left out: {left_out}"
    for by in stand.settings.group_by.names:
        # Whole or not at all: a part of them would be a sum that is wrong.
        shown = sum(line.startswith(f'{_OPEN}{{by="{by}",') for line in lines)
        assert bool(shown) != bool(left_out[by]), f"by {by}: {shown} shown, left out: {left_out}"
    away_seconds = stand.total("worker_loop_gap_seconds")
    longest_seconds = _LONGEST_AWAY_SECONDS * max(1.0, slowness())
    assert away_seconds <= longest_seconds, f"the loop was away for {away_seconds:.2f} s of {longest_seconds:.2f}"
    return f"/metrics {len(body) >> 10} KiB, {len(lines)} samples, left out: {left_out}"


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
        _metrics_are_bounded,
        settings={
            "WINDOWS__ROLLING": "5m,15m,1h,24h,7d,30d",
            "GROUP_BY__NAMES": "all,channel,team,priority,channel_team",
            "EXPORT__WINDOWS": "*",
            "EXPORT__GROUP_BYS": "*",
            "EXPORT__DEFINITIONS": "*",
            "EXPORT__COUNTERS_BY": "channel_team_priority",
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
