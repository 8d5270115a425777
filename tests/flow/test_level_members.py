"""The tickets in a level, from the shards by name to ``/api/facts?level=``."""

from __future__ import annotations

from typing import Any

import pytest

from stream.domain.levels import MOST_LISTED
from stream.edge.serve.facts_route import parse_level_query
from stream.edge.serve.level_list import level_list
from stream.metrics import registry
from tests.flow.drive import Flow

PROMISED = {"name": "all", "first_reply_seconds": 3600, "resolution_seconds": 7200}


def desk(*policies: dict[str, Any], **settings: Any) -> Flow:
    chosen: dict[str, Any] = {"windows": {"rolling": "1h"}, "group_by": {"names": "all,team"}, "sla": policies}
    return Flow(**(chosen | settings))


def asked(running: Flow, level: str, **parameters: str) -> dict[str, Any]:
    query = parse_level_query({"level": level, **parameters}, running.settings.registry, running.settings.dimensions)
    view = running.rollup.view
    return level_list(view, query, running.settings, view.now_us)


def tickets(running: Flow, level: str, **parameters: str) -> list[tuple[str, float]]:
    """Who is listed, with the minutes that are left."""
    return [(one["ticket"], one["seconds_left"] / 60) for one in asked(running, level, **parameters)["tickets"]]


def test_who_is_due_soon_is_told_by_name_as_time_goes_on() -> None:
    with desk(PROMISED) as running:
        for name, team, minutes_ago in (("A", "vip", 0), ("B", "tech", 5), ("C", "vip", 10)):
            running.tell(name, "ticket.created", -60 * minutes_ago, channel="email", team=team)
        running.settle()
        assert tickets(running, "first_reply_due_in_15m") == []
        running.advance(43 * 60)
        assert tickets(running, "promises_due_in_15m") == [("C", 7), ("B", 12)]
        assert tickets(running, "first_reply_due_in_60m") == [("A", 17)]
        assert tickets(running, "promises_due_in_15m", by="team", team="tech") == [("B", 12)]
        running.tell("B", "ticket.message", 0, author="agent", public=True).settle()
        assert tickets(running, "promises_due_in_15m") == [("C", 7)]
        running.advance(8 * 60)
        assert tickets(running, "first_reply_overdue") == [("C", -1)]
        assert tickets(running, "promises_due_in_15m") == [("A", 9)]
        before = {level: asked(running, level) for level in ("promises_due_in_15m", "first_reply_overdue")}
        running.restart()
        assert {level: asked(running, level) for level in before} == before


def test_it_says_which_promise_it_is_of_whom_and_how_many_there_are() -> None:
    with desk(PROMISED) as running:
        for number in range(3):
            running.tell(f"T-{number}", "ticket.created", -50 * 60 - number, channel="email", team="vip")
        running.settle()
        found = asked(running, "first_reply_due_in_15m", by="team", team="vip", limit="2")
        assert (found["count"], found["truncated"], len(found["tickets"])) == (3, True, 2)
        assert found["level"] == "first_reply_due_in_15m@1"
        first = found["tickets"][0]
        assert (first["ticket"], first["level"]) == ("T-2", "sla_first_reply_due_in_15m")
        assert first["segment"] == {"channel": "email", "team": "vip", "priority": ""}
        assert asked(running, "first_reply_due_in_15m", limit="3")["truncated"] is False


def test_the_first_of_a_group_are_sure_to_be_there_and_more_than_that_is_said() -> None:
    with desk(PROMISED) as running:
        names = [running.ticket_in(0, f"T{number}") for number in range(2 * MOST_LISTED)]
        for number, name in enumerate(names):
            running.tell(name, "ticket.created", number - 50 * 60, channel="email")
        running.settle()
        found = asked(running, "first_reply_due_in_15m", limit="500")
        assert [one["ticket"] for one in found["tickets"]] == names[:MOST_LISTED]
        assert (found["count"], found["truncated"]) == (2 * MOST_LISTED, True)


def test_in_a_replay_it_is_as_of_the_newest_event_of_all_partitions() -> None:
    with desk(PROMISED, clock="event", topics={"partitions": 2}) as running:
        late, early = running.ticket_in(0), running.ticket_in(1)
        running.tell(early, "ticket.created", 0, channel="email").advance(50 * 60)
        running.tell(late, "ticket.created", 0, channel="email").settle()
        assert tickets(running, "first_reply_due_in_15m") == [(early, 10)]
        running.advance(20 * 60).tell(late, "ticket.message", 0, author="customer", public=True).settle()
        assert tickets(running, "first_reply_overdue") == [(early, -10)]
        assert tickets(running, "first_reply_due_in_15m") == []


@pytest.mark.parametrize("policies", [(), ({"name": "all", "resolution_seconds": 86_400.0},)])
def test_nobody_is_listed_for_a_promise_that_is_not_made_any_more(policies: tuple[dict[str, Any], ...]) -> None:
    with desk(PROMISED) as running:
        running.tell("A", "ticket.created", -50 * 60, channel="email").settle()
        assert tickets(running, "first_reply_due_in_15m") == [("A", 10)]
        kept = {"windows": {"rolling": "1h"}, "group_by": {"names": "all,team"}}
        running.restart(sla=policies, **kept)
        assert tickets(running, "first_reply_due_in_15m") == []
        assert not running.rollup.view.members
        running.logs.compact(running.names["partials"])
        assert not [record for record in running.logs.of(running.names["partials"]) if b"|m|" in (record.key or b"")]


def test_only_what_is_told_by_name_may_be_asked_for() -> None:
    with pytest.raises(
        ValueError, match=r"level='queued_not_left': allowed: .*first_reply_due_in_60m, .*customers_at_risk"
    ):
        parse_level_query({"level": "queued_not_left"}, registry())
    with pytest.raises(ValueError, match=r"'minutes' is no parameter here: allowed: level, by, channel, "):
        parse_level_query({"level": "first_reply_overdue", "minutes": "5"}, registry())


def test_who_is_in_a_group_without_a_name_of_its_own_is_listed_where_the_group_counts() -> None:
    with desk(PROMISED, limits={"max_groups": 1}) as running:
        running.tell("A", "ticket.created", -50 * 60, channel="email", team="vip").settle()
        running.tell("B", "ticket.created", -50 * 60, channel="email", team="tech").settle()
        assert tickets(running, "first_reply_due_in_15m", by="team", team="vip") == [("A", 10)]
        found = asked(running, "first_reply_due_in_15m", by="team", team="other")
        assert (found["count"], [one["ticket"] for one in found["tickets"]]) == (1, ["B"])
        assert asked(running, "first_reply_due_in_15m", by="team", team="tech")["tickets"] == []
