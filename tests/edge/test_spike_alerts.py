"""Alerts at the edge: panes in, records for the topic out, and an owner that goes on where another left off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson
import pytest

from stream.domain.cells import Cell
from stream.domain.segments import segment_of
from stream.edge.owners import spike_alerts as alerts
from stream.edge.owners.spike_alerts import SpikeAlerts
from stream.errors import UnavailableError
from stream.settings import Settings, load_settings
from tests.domain.spikes.traffic import START, contacts

NOON = START + 43_200
PHONE = segment_of("phone", "billing", "normal")
WATERMARK = "2026-01-01T00:00:00Z"
SETTINGS = load_settings({"DESKPULSE_ALERTS__GROUP_BY": "all"})


class Record(NamedTuple):
    """As much of a record as the desk looks at."""

    key: bytes
    value: bytes | None


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked for evidence; two tickets are found."""
    questions: list[dict[str, Any]] = []

    async def found(_: Settings, **question: Any) -> list[dict[str, Any]]:
        questions.append(question)
        return [{"ticket": "T-2", "fact": "abandoned/2"}, {"ticket": "T-2"}, {"ticket": "T-1"}]

    monkeypatch.setattr(alerts, "recent_facts", found)
    return questions


def fill(desk: SpikeAlerts, ended: Iterable[tuple[int, str, bool]]) -> None:
    for time_us, segment, gave_up in ended:
        for width in (10, 300, 3600):
            start = time_us // 1_000_000
            name = "abandoned" if gave_up else "answered"
            desk.add((width, start - start % width, segment), {name: Cell(1, 0), f"{name}_within": Cell(1, 0)})


def usual(desk: SpikeAlerts) -> None:
    fill(desk, contacts(NOON - 86_400, 2 * 3600, 10, 0.05, PHONE))
    fill(desk, contacts(NOON - 3 * 3600, 3 * 3600, 10, 0.05, PHONE))


def spike(desk: SpikeAlerts, start: int = NOON) -> None:
    fill(desk, contacts(start, 120, 2, 0.7, PHONE))


def step(desk: SpikeAlerts, now: float, behind_seconds: float = 0) -> None:
    """Events are counted up to so many seconds ago."""
    desk.step(int(now * 1_000_000), int((now - behind_seconds) * 1_000_000))


async def look(desk: SpikeAlerts, now: float) -> list[dict[str, Any]]:
    """One publication, and what evidence has been found until the next."""
    step(desk, now)
    written = desk.changed(WATERMARK)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return [orjson.loads(value) if value is not None else {"deleted": key.decode()} for key, value in written]


def test_a_spike_is_published_once_then_with_evidence_then_resolved(asked: list[dict[str, Any]]) -> None:
    async def story() -> None:
        desk = SpikeAlerts(SETTINGS)
        usual(desk)
        assert await look(desk, NOON) == []
        spike(desk)
        (fired,) = await look(desk, NOON + 120)
        assert (fired["status"], fired["revision"], fired["evidence"]) == ("firing", 1, [])
        assert desk.rows == (fired,)
        assert desk.signals[("all", "")].severity == 2
        (seen,) = await look(desk, NOON + 121)
        assert (seen["alert"], seen["revision"], seen["evidence"]) == (fired["alert"], 2, ["T-2", "T-1"])
        assert await look(desk, NOON + 122) == []
        fill(desk, contacts(NOON + 130, 1200, 5, 0.05, PHONE))
        (resolved,) = await look(desk, NOON + 1330)
        assert (resolved["status"], resolved["revision"], resolved["evidence"]) == ("resolved", 3, ["T-2", "T-1"])
        assert desk.rows == (resolved,)

    asyncio.run(story())
    (question,) = asked
    assert (question["fact_prefix"], question["by"], question["segment"]) == ("abandoned", "all", {})
    assert (question["limit"], question["since_us"]) == (5, pytest.approx(NOON * 1_000_000, abs=130_000_000))


def test_the_next_owner_goes_on_with_the_same_alert_and_publishes_no_revision_twice() -> None:
    async def story() -> None:
        first, heir = SpikeAlerts(SETTINGS), SpikeAlerts(SETTINGS)
        usual(first)
        spike(first)
        step(first, NOON + 120)
        records = [Record(key, value) for key, value in first.changed(WATERMARK)]
        heir.remember(records[:1])
        assert [row["revision"] for row in heir.rows] == [1]
        usual(heir)
        spike(heir)
        assert [row["revision"] for row in await look(heir, NOON + 121)] in ([], [2])
        (row,) = heir.rows or first.rows
        assert row["alert"] == first.rows[0]["alert"]
        fill(heir, contacts(NOON + 130, 1200, 5, 0.05, PHONE))
        said = [row for now in (1330, 1340) for row in await look(heir, NOON + now)]
        assert {row["alert"] for row in said} == {first.rows[0]["alert"]}
        assert said[-1]["status"] == "resolved"
        assert [row["revision"] for row in said] == sorted({row["revision"] for row in said})

    asyncio.run(story())


def test_of_a_compacted_topic_only_the_last_row_of_an_alert_counts() -> None:
    async def story() -> None:
        first, heir = SpikeAlerts(SETTINGS), SpikeAlerts(SETTINGS)
        usual(first)
        spike(first)
        step(first, NOON + 120)
        fired = first.changed(WATERMARK)
        fill(first, contacts(NOON + 130, 1200, 5, 0.05, PHONE))
        step(first, NOON + 1330)
        resolved = first.changed(WATERMARK)
        for row in (*fired, *resolved):
            heir.remember([Record(*row)])
        usual(heir)
        assert await look(heir, NOON + 1340) == []
        heir = SpikeAlerts(SETTINGS)
        heir.remember([Record(*fired[0]), Record(fired[0][0], None)])
        assert heir.rows == ()
        assert await look(heir, NOON + 1340) == []

    asyncio.run(story())


def test_old_alerts_are_deleted_from_the_topic() -> None:
    async def story() -> None:
        desk = SpikeAlerts(SETTINGS)
        usual(desk)
        spike(desk)
        (fired,) = await look(desk, NOON + 120)
        await look(desk, NOON + 1200)
        assert desk.rows[0]["status"] == "resolved"
        gone = await look(desk, NOON + 1200 + 31 * 86_400)
        assert gone == [{"deleted": fired["alert"]}]
        assert desk.rows == ()

    asyncio.run(story())


def test_an_alert_does_without_evidence_where_kafka_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(_: Settings, **__: Any) -> list[dict[str, Any]]:
        raise UnavailableError("support.facts.v1 could not be read")

    monkeypatch.setattr(alerts, "recent_facts", fails)

    async def story() -> None:
        desk = SpikeAlerts(SETTINGS)
        usual(desk)
        spike(desk)
        (fired,) = await look(desk, NOON + 120)
        assert fired["status"] == "firing"
        assert await look(desk, NOON + 121) == []
        assert desk.rows == (fired,)

    asyncio.run(story())
    assert "no evidence" in caplog.text


def test_it_looks_at_most_once_a_second() -> None:
    async def story() -> None:
        desk = SpikeAlerts(SETTINGS)
        usual(desk)
        await look(desk, NOON)
        spike(desk)
        assert await look(desk, NOON + 0.9) == []
        assert len(await look(desk, NOON + 120)) == 1

    asyncio.run(story())


def test_evidence_is_asked_for_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [UnavailableError("no"), [], [{"ticket": "T-1"}]]

    async def found(_: Settings, **__: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(alerts, "recent_facts", found)

    async def story() -> None:
        desk = SpikeAlerts(SETTINGS)
        usual(desk)
        spike(desk)
        left = []
        for seconds in (120, 121, 179, 181, 182, 242):
            spike(desk, NOON + seconds)
            await look(desk, NOON + seconds)
            left.append(len(answers))
        assert left == [2, 2, 2, 1, 1, 0]
        (row,) = await look(desk, NOON + 243)
        assert row["evidence"] == ["T-1"]

    asyncio.run(story())


def test_an_alert_is_not_over_while_nobody_knows_what_came_since() -> None:
    async def story() -> None:
        first, heir = SpikeAlerts(SETTINGS), SpikeAlerts(SETTINGS)
        usual(first)
        spike(first)
        step(first, NOON + 120)
        heir.remember([Record(*row) for row in first.changed(WATERMARK)])
        usual(heir)
        spike(heir)
        # The worker was gone for twenty minutes, and what came meanwhile is still to be counted.
        later = NOON + 1320
        step(heir, later, behind_seconds=1200)
        assert [row["status"] for row in heir.rows] == ["firing"]
        fill(heir, contacts(NOON + 120, 1200, 2, 0.7, PHONE))
        step(heir, later + 2)
        heir.changed(WATERMARK)
        assert [(row["status"], row["onset"]) for row in heir.rows] == [("firing", first.rows[0]["onset"])]
        step(heir, later + 1000)
        heir.changed(WATERMARK)
        assert [row["status"] for row in heir.rows] == ["resolved"]

    asyncio.run(story())


@pytest.mark.parametrize("environ", [{"DESKPULSE_ALERTS__ENABLED": "false"}, {"DESKPULSE_ALERTS__GROUP_BY": "channel"}])
def test_what_fires_where_nobody_looks_any_more_resolves_at_once_and_is_forgotten_in_time(
    environ: dict[str, str],
) -> None:
    async def story() -> None:
        first, desk = SpikeAlerts(SETTINGS), SpikeAlerts(load_settings(environ))
        usual(first)
        spike(first)
        step(first, NOON + 120)
        desk.remember([Record(*row) for row in first.changed(WATERMARK)])
        (over,) = await look(desk, NOON + 121)
        assert (over["alert"], over["status"], over["revision"]) == (first.rows[0]["alert"], "resolved", 2)
        assert await look(desk, NOON + 200) == []
        assert await look(desk, NOON + 31 * 86_400) == [{"deleted": over["alert"]}]

    asyncio.run(story())


def test_switched_off_nothing_is_looked_for() -> None:
    async def story() -> None:
        desk = SpikeAlerts(load_settings({"DESKPULSE_ALERTS__ENABLED": "false"}))
        usual(desk)
        spike(desk)
        assert await look(desk, NOON + 120) == []
        assert (desk.rows, desk.signals) == ((), {})

    asyncio.run(story())


def test_on_the_clock_of_events_nothing_is_published_or_taken_over() -> None:
    async def story() -> None:
        first, desk = SpikeAlerts(SETTINGS), SpikeAlerts(load_settings({"DESKPULSE_CLOCK": "event"}))
        usual(first)
        spike(first)
        step(first, NOON + 120)
        desk.remember([Record(*row) for row in first.changed(WATERMARK)])
        usual(desk)
        spike(desk)
        assert await look(desk, NOON + 120) == []
        assert (desk.rows, desk.signals) == ((), {})

    asyncio.run(story())
