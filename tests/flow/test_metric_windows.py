"""A metric with windows and groups of its own: its rows, and what is kept of the past for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.drive import Flow

DAY = 86_400
PLACES: dict[str, Any] = {"windows": {"rolling": "1h,24h", "today": False}, "group_by": {"names": "all,team"}}


def places(flow: Flow, metric: str) -> set[tuple[str, str]]:
    """Windows and group-bys in which the metric has rows."""
    return {(row["window"], row["by"]) for row in flow.rows().values() if row["metric"] == metric}


def tell(flow: Flow) -> Flow:
    flow.tell("T", "ticket.created", -60, channel="phone", team="a").tell("T", "ticket.queued", -60)
    flow.tell("T", "ticket.answered", -50).tell("T", "ticket.status", -40, status="solved")
    return flow.tell("T", "survey.answered", -30, survey_id="s", kind="csat", score=5).settle()


def test_each_metric_has_its_rows_where_it_is_published() -> None:
    with Flow(**PLACES, metrics={"csat": {"windows": "24h,90d", "groups": "channel"}}) as flow:
        tell(flow)
        assert places(flow, "csat") == {("24h", "channel"), ("90d", "channel"), ("last_100", "channel")}
        assert places(flow, "contacts_offered") == {(window, by) for window in ("1h", "24h") for by in ("all", "team")}
        assert places(flow, "open_tickets") == {("now", "all"), ("now", "team")}


def test_a_metric_that_is_off_leaves_nothing() -> None:
    with Flow(**PLACES, metrics={"csat": {"enabled": False}, "backlog": {"groups": "all"}}) as flow:
        tell(flow)
        assert places(flow, "csat") == set()
        assert places(flow, "open_tickets") == {("now", "all")}
        assert not [key for key in flow.facts() if "csat" in key]
        assert places(flow, "contacts_offered")


@pytest.mark.parametrize("restarts", [0, 1])
def test_ninety_days_of_one_metric_are_not_kept_of_all(restarts: int) -> None:
    with Flow(**PLACES, metrics={"csat": {"windows": "90d"}}) as flow:
        tell(flow)
        for _ in range(39):
            flow.advance(DAY)
        for _ in range(restarts):
            flow.restart()
        flow.advance(DAY)
        assert flow.count("csat", "90d", "csat_mean") == 1
        kept = [(key, set(cells)) for shard in flow.shards for key, cells in shard.state.panes]
        assert [(width, measures) for (width, _, _), measures in kept] == [
            (3600, {"csat_score", "csat_top_box", "csat_good"})
        ]
        # Overall satisfaction has its part.
        windows = {row["metric"] for row in flow.rows().values() if row["window"] not in ("now", "last_100")}
        assert windows == {"csat", "overall_satisfaction"}
        for _ in range(52):
            flow.advance(DAY)
        assert flow.count("csat", "90d", "csat_mean") in (0, None)
        assert [key for shard in flow.shards for key, _ in shard.state.panes] == []
        # However long ago it was given.
        assert flow.count("csat", "last_100", "csat_mean") == 1
