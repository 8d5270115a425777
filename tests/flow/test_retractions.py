"""Worked examples, from bytes in to rows out: what a later event changes is taken back and booked anew.

It is 09:00 on 10 March 2026 unless a test says otherwise; ``at`` is a time of that day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.drive import Flow

QUICK: dict[str, Any] = {
    "windows": {"rolling": "5m,1h", "today": False},
    "group_by": {"names": "all,channel,team,priority"},
}


@pytest.fixture
def flow() -> Iterator[Flow]:
    with Flow(**QUICK) as running:
        yield running


def csat(flow: Flow, **segment: str) -> list[float | None]:
    """Top two boxes, good of good and bad, mean."""
    rows = [
        flow.row_if_any("csat", "1h", definition, **segment) for definition in ("csat_top", "csat_good", "csat_mean")
    ]
    return [None if row is None else row["mean" if "mean" in row else "value"] for row in rows]


def seconds(flow: Flow, metric: str, **segment: str) -> tuple[int, float | None] | None:
    """Count and mean of a duration within the last hour; None where there is no row."""
    row = flow.row_if_any(metric, "1h", **segment)
    return None if row is None else (row["count"], row["mean"])


# --- changed answers -------------------------------------------------------------------------------------------------


def test_a_changed_answer_replaces_the_one_before(flow: Flow) -> None:
    flow.tell("T", "ticket.created", "08:00:00", channel="email")
    flow.tell("U", "survey.answered", "08:50:00", survey_id="u", kind="csat", score=5)
    flow.tell("T", "survey.answered", "08:50:00", survey_id="t", kind="csat", score=2).settle()
    assert csat(flow) == [1 / 2, 1 / 2, 3.5]
    flow.tell("T", "survey.answered", "08:55:00", survey_id="t", kind="csat", score=4).settle()
    assert csat(flow) == [2 / 2, 2 / 2, 4.5]
    assert flow.facts()["T|csat/t"]["value"] == 4


def test_a_changed_answer_stays_at_the_time_of_the_first(flow: Flow) -> None:
    flow.tell("T", "survey.answered", "08:50:00", survey_id="t", kind="csat", score=2).settle()
    flow.tell("T", "survey.answered", "08:59:00", survey_id="t", kind="csat", score=5).settle()
    assert flow.facts()["T|csat/t"]["time"] == "2026-03-10T08:50:00Z"
    assert [flow.count("csat", window, "csat_top") for window in ("5m", "1h")] == [0, 1]


def test_an_older_answer_that_comes_later_changes_the_time_but_not_the_score(flow: Flow) -> None:
    flow.tell("T", "survey.answered", "08:59:00", survey_id="t", kind="csat", score=5).settle()
    assert flow.count("csat", "5m", "csat_top") == 1
    flow.tell("T", "survey.answered", "08:50:00", survey_id="t", kind="csat", score=1).settle()
    assert (flow.count("csat", "5m", "csat_top"), csat(flow)) == (0, [1.0, 1.0, 5.0])


def test_another_survey_of_the_same_ticket_is_an_answer_of_its_own(flow: Flow) -> None:
    flow.tell("T", "survey.answered", "08:50:00", survey_id="a", kind="csat", score=1)
    flow.tell("T", "survey.answered", "08:51:00", survey_id="b", kind="csat", score=5).settle()
    assert csat(flow) == [1 / 2, 1 / 2, 3.0]


# --- reopening -------------------------------------------------------------------------------------------------------


def test_reopening_takes_the_full_resolution_back_until_it_is_solved_again(flow: Flow) -> None:
    flow.tell("T", "ticket.created", "08:00:00", channel="email")
    flow.tell("T", "ticket.status", "08:30:00", status="solved").settle()
    assert seconds(flow, "full_resolution_time") == (1, 1800)
    assert flow.row("open_tickets", "now")["value"] == 0

    flow.tell("T", "ticket.status", "08:40:00", status="open").settle()
    assert seconds(flow, "full_resolution_time") is None
    assert "T|full_resolution" not in flow.facts()
    assert seconds(flow, "first_resolution_time") == (1, 1800)
    assert flow.row("open_tickets", "now")["value"] == 1

    flow.tell("T", "ticket.status", "08:50:00", status="solved").settle()
    assert seconds(flow, "full_resolution_time") == (1, 3000)
    assert seconds(flow, "first_resolution_time") == (1, 1800)
    assert flow.facts()["T|full_resolution"] | {"segment": 0} == {
        "ticket": "T",
        "fact": "full_resolution",
        "time": "2026-03-10T08:50:00Z",
        "value": 3000,
        "segment": 0,
    }


# --- leaving all figures ---------------------------------------------------------------------------------------------


@pytest.fixture
def counted(flow: Flow) -> Flow:
    """Two tickets by e-mail: T, answered in 10 minutes and rated 5, and U, answered in 30 minutes."""
    for ticket, response in (("T", "08:10:00"), ("U", "08:30:00")):
        flow.tell(ticket, "ticket.created", "08:00:00", channel="email", team="billing", priority="high")
        flow.tell(ticket, "ticket.message", response, author="agent", public=True)
    flow.tell("T", "survey.answered", "08:40:00", survey_id="t", kind="csat", score=5).settle()
    assert seconds(flow, "first_response_time") == (2, 1200)
    assert flow.row("open_tickets", "now")["value"] == 2
    assert csat(flow) == [1.0, 1.0, 5.0]
    return flow


LEAVING: list[tuple[str, dict[str, str]]] = [
    ("ticket.merged", {"into": "U"}),
    ("ticket.removed", {"reason": "spam"}),
    ("ticket.removed", {"reason": "deleted"}),
]


@pytest.mark.parametrize(("kind", "data"), LEAVING, ids=["merged", "spam", "deleted"])
def test_what_leaves_takes_all_its_figures_along(counted: Flow, kind: str, data: dict[str, str]) -> None:
    counted.tell("T", kind, "08:45:00", **data).settle()
    assert seconds(counted, "first_response_time") == (1, 1800)
    assert seconds(counted, "first_response_time", team="billing") == (1, 1800)
    assert counted.row("open_tickets", "now")["value"] == 1
    # No other ticket was rated: the rows are gone, not 0.
    assert csat(counted) == [None, None, None]
    assert sorted(counted.facts()) == ["U|created", "U|first_response"]


@pytest.mark.parametrize(("kind", "data"), LEAVING, ids=["merged", "spam", "deleted"])
def test_the_last_ticket_that_leaves_leaves_no_row(flow: Flow, kind: str, data: dict[str, str]) -> None:
    flow.tell("T", "ticket.created", "08:00:00", channel="chat", team="sales")
    flow.tell("T", "ticket.message", "08:10:00", author="agent", public=True).settle()
    assert flow.rows()
    flow.tell("T", kind, "08:45:00", **data).settle()
    assert (flow.rows(), flow.facts()) == ({}, {})


def test_restored_it_is_as_it_was(counted: Flow) -> None:
    def numbers() -> dict[str, Any]:
        return {key: {**row, "revision": 0} for key, row in counted.rows().items()}

    before, facts = numbers(), counted.facts()
    counted.tell("T", "ticket.removed", "08:45:00", reason="deleted").settle()
    assert numbers() != before
    counted.tell("T", "ticket.restored", "08:46:00", reason="deleted").settle()
    assert (numbers(), counted.facts()) == (before, facts)


def test_what_happens_while_it_is_removed_counts_once_it_is_restored(counted: Flow) -> None:
    counted.tell("T", "ticket.removed", "08:45:00", reason="spam").settle()
    counted.tell("T", "ticket.status", "08:50:00", status="solved").settle()
    assert seconds(counted, "full_resolution_time") is None
    counted.tell("T", "ticket.restored", "08:55:00", reason="spam").settle()
    assert seconds(counted, "full_resolution_time") == (1, 3000)


# --- moving ----------------------------------------------------------------------------------------------------------


def test_a_changed_team_moves_all_figures_of_the_ticket(counted: Flow) -> None:
    counted.tell("T", "ticket.updated", "08:50:00", team="tech").settle()
    assert seconds(counted, "first_response_time", team="billing") == (1, 1800)
    assert seconds(counted, "first_response_time", team="tech") == (1, 600)
    # Nobody else was rated in billing: that row is gone.
    assert csat(counted, team="billing") == [None, None, None]
    assert csat(counted, team="tech") == [1.0, 1.0, 5.0]
    assert counted.row("open_tickets", "now", team="billing")["value"] == 1
    assert counted.row("open_tickets", "now", team="tech")["value"] == 1
    assert seconds(counted, "first_response_time") == (2, 1200)
    assert counted.facts()["T|first_response"]["segment"] == {"channel": "email", "team": "tech", "priority": "high"}


def test_a_changed_priority_moves_all_figures_of_the_ticket(counted: Flow) -> None:
    counted.tell("T", "ticket.updated", "08:50:00", priority="low").settle()
    assert seconds(counted, "first_response_time", priority="high") == (1, 1800)
    assert seconds(counted, "first_response_time", priority="low") == (1, 600)
    assert csat(counted, priority="low") == [1.0, 1.0, 5.0]
    assert csat(counted, priority="high") == [None, None, None]


def test_the_group_that_the_last_ticket_leaves_has_no_row_left(counted: Flow) -> None:
    for ticket in "TU":
        counted.tell(ticket, "ticket.updated", "08:50:00", team="tech")
    counted.settle()
    assert [key for key in counted.rows() if "|billing|" in key] == []
    assert seconds(counted, "first_response_time", team="tech") == (2, 1200)


def test_a_group_whose_open_tickets_all_moved_shows_none_while_it_has_figures(flow: Flow) -> None:
    flow.tell("T", "ticket.created", "08:00:00", channel="phone", team="sales")
    flow.tell("T", "ticket.queued", "08:00:00", team="sales").tell("T", "ticket.answered", "08:00:30")
    flow.tell("T", "ticket.updated", "08:10:00", team="tech").settle()
    # A visit keeps the team of its queue, so sales is still known; the open ticket is in tech's hands.
    assert seconds(flow, "speed_of_answer", team="sales") == (1, 30)
    assert flow.row("open_tickets", "now", team="sales")["value"] == 0
    assert flow.row("open_tickets", "now", team="tech")["value"] == 1


# --- late knowledge --------------------------------------------------------------------------------------------------


def test_a_creation_that_comes_after_the_first_response(flow: Flow) -> None:
    flow.tell("T", "ticket.message", "08:40:00", author="agent", public=True)
    flow.tell("T", "ticket.status", "08:50:00", status="solved").settle()
    assert (flow.rows(), flow.facts()) == ({}, {})
    flow.tell("T", "ticket.created", "08:20:00", channel="email", team="billing").settle()
    assert seconds(flow, "first_response_time", channel="email") == (1, 1200)
    assert seconds(flow, "full_resolution_time", team="billing") == (1, 1800)
    assert flow.row("open_tickets", "now")["value"] == 0


def test_calls_before_their_creation_count_under_no_channel_until_it_is_known(flow: Flow) -> None:
    flow.tell("T", "ticket.queued", "08:40:00").tell("T", "ticket.answered", "08:40:20").settle()
    assert seconds(flow, "speed_of_answer", channel="") == (1, 20)
    assert flow.row("open_tickets", "now", channel="")["value"] == 0
    flow.tell("T", "ticket.created", "08:39:55", channel="phone").settle()
    assert seconds(flow, "speed_of_answer", channel="") is None
    assert seconds(flow, "speed_of_answer", channel="phone") == (1, 20)
    assert seconds(flow, "speed_of_answer") == (1, 20)


def test_a_survey_before_its_ticket_counts_under_no_channel_until_it_is_known(flow: Flow) -> None:
    flow.tell("T", "survey.answered", "08:50:00", survey_id="t", kind="csat", score=5).settle()
    assert csat(flow, channel="") == [1.0, 1.0, 5.0]
    assert flow.facts()["T|csat/t"]["segment"] == {"channel": "", "team": "", "priority": ""}
    flow.tell("T", "ticket.created", "08:00:00", channel="chat", team="sales").settle()
    assert csat(flow, channel="") == [None, None, None]
    assert csat(flow, channel="chat") == csat(flow) == [1.0, 1.0, 5.0]
    assert flow.facts()["T|csat/t"]["segment"] == {"channel": "chat", "team": "sales", "priority": ""}


def test_what_was_taken_back_is_counted_apart_from_what_was_booked(counted: Flow) -> None:
    counted.tell("T", "ticket.removed", "08:45:00", reason="spam").settle()
    cells = counted.rollup.view.counters["email\x1fbilling\x1fhigh"]
    assert {name: cell.count for name, cell in cells.items() if "first_response" in name} == {
        "first_response": 2,
        "~first_response": 1,
    }


def test_a_worker_that_takes_over_can_take_back_what_another_booked(counted: Flow) -> None:
    counted.restart()
    counted.tell("T", "ticket.removed", "08:45:00", reason="spam").settle()
    assert seconds(counted, "first_response_time") == (1, 1800)
    assert csat(counted) == [None, None, None]
