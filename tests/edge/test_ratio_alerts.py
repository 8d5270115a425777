"""Watched ratios at the edge: published beside abandonment, taken over, exported, with the facts behind them."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import msgspec
import orjson
import pytest

from stream.domain.cells import Cell
from stream.domain.segments import segment_of
from stream.domain.spikes.alert import Signal
from stream.edge.owners import spike_alerts as alerts
from stream.edge.owners.spike_alerts import SpikeAlerts
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.exposition import exposition_of
from stream.edge.serve.tiles import Tiles
from stream.metrics.headlines import HEADLINES
from stream.settings import Settings
from tests.golden.desk import SETTINGS as DESK
from tests.golden.desk import FixedState, view

HOUR, DAY = 3600, 86_400
NOW = 1_769_421_600
BILLING = segment_of("email", "billing", "")
WATERMARK = "2026-01-26T10:00:00Z"
RATIO = {"name": "csat_drop", "row": "csat_top_two_box", "bad": "lower"}
SETTINGS = Settings.model_validate({"alerts": {"group_by": "team", "ratios": [RATIO]}})


class Record(NamedTuple):
    key: bytes
    value: bytes | None
    offset: int = 0


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked for evidence; one ticket is found."""
    questions: list[dict[str, Any]] = []

    async def found(_: Settings, **question: Any) -> list[dict[str, Any]]:
        questions.append(question)
        return [{"ticket": "T-1", "fact": "csat/q"}]

    monkeypatch.setattr(alerts, "recent_facts", found)
    return questions


def fill(desk: SpikeAlerts, start: int, good: int, count: int) -> None:
    for width in (10, 300, HOUR):
        desk.add((width, start, BILLING), {"csat_top_box": Cell(good, 0), "csat_score": Cell(count, 0)})


def dropped(settings: Settings = SETTINGS) -> SpikeAlerts:
    """A desk where 80 of 100 answers a day were good, and now 10 of 40."""
    desk = SpikeAlerts(settings)
    for day in range(2, 14):
        fill(desk, NOW - day * DAY, 80, 100)
    fill(desk, NOW, 10, 40)
    return desk


def rows_of(records: list[tuple[bytes, bytes | None]]) -> list[dict[str, Any]]:
    return [orjson.loads(value) for _, value in records if value is not None]


def step(desk: SpikeAlerts, now: int) -> list[tuple[bytes, bytes | None]]:
    desk.step(now * 1_000_000, now * 1_000_000)
    return desk.changed(WATERMARK)


def test_a_drop_is_published_with_what_it_is_of_and_with_tickets(asked: list[dict[str, Any]]) -> None:
    async def story() -> None:
        desk = dropped()
        (fired,) = rows_of(step(desk, NOW + 60))
        assert fired["alert"] == "ratio_spike|csat_drop|team|billing|2026-01-26T10:00:00Z"
        assert (fired["kind"], fired["ratio"]) == ("ratio_spike", "csat_drop")
        assert fired["definition"] == "csat_top_two_box@2"
        assert (fired["abandoned"], fired["count"], fired["severity"]) == (30, 40, "critical")
        assert desk.ratio_signals["csat_drop", "team", "billing"].severity == 2
        assert desk.signals == {}
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        (seen,) = rows_of(step(desk, NOW + 62))
        assert (seen["alert"], seen["evidence"]) == (fired["alert"], ["T-1"])

    asyncio.run(story())
    (question,) = asked
    assert (question["fact_prefix"], question["by"], question["segment"]) == ("csat", "team", {"team": "billing"})


def test_the_next_owner_goes_on_and_one_that_watches_it_no_more_resolves_it() -> None:
    async def story() -> None:
        records = [Record(key, value) for key, value in step(dropped(), NOW + 60)]
        heir = dropped()
        heir.remember(records)
        assert rows_of(step(heir, NOW + 70)) == []
        other = SpikeAlerts(Settings.model_validate({"alerts": {"group_by": "team"}}))
        other.remember(records)
        (over,) = rows_of(step(other, NOW + 70))
        assert (over["status"], over["alert"]) == ("resolved", records[0].key.decode())
        assert rows_of(step(other, NOW + 80)) == []
        (gone,) = step(other, NOW + 70 + 30 * DAY + 1)
        assert gone == (records[0].key, None)

    asyncio.run(story())


def test_without_ratios_in_the_settings_nothing_is_kept_of_them() -> None:
    desk = dropped(Settings.model_validate({"alerts": {"group_by": "team"}}))
    assert step(desk, NOW + 60) == []
    assert desk.ratio_signals == {}


def test_signals_are_exported_by_ratio_and_group() -> None:
    shown = msgspec.structs.replace(
        view(),
        ratio_spikes={
            ("csat_drop", "all", ""): Signal(0, 0.21, 0.24),
            ("csat_drop", "team", "billing"): Signal(2, 0.75, 0.24),
        },
    )
    page = exposition_of(FixedState(shown), HttpTally()).page("").decode()
    labels = 'by="team",channel="",priority="",ratio="csat_drop",team="billing"'
    assert f"deskpulse_ratio_spike_severity{{{labels}}} 2" in page
    assert f"deskpulse_ratio_spike_observed_ratio{{{labels}}} 0.75" in page
    assert f"deskpulse_ratio_spike_expected_ratio{{{labels}}} 0.24" in page
    assert "deskpulse_ratio_spike" not in exposition_of(FixedState(view()), HttpTally()).page("").decode()


def test_a_ratio_alert_does_not_mark_the_abandonment() -> None:
    row = {"alert": "x", "kind": "ratio_spike", "status": "firing", "severity": "critical", "by": "all", "segment": {}}
    shown = msgspec.structs.replace(view(), alerts=(row,))
    tiles = {tile["metric"]: tile for tile in Tiles(DESK).tiles(shown, HEADLINES, "15m", "all", "", {})}
    assert tiles["abandonment"]["spike"] is None
