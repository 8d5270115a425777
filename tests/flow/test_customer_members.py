"""The customers in a level, from the shards by name to ``/api/facts?level=customers_at_risk``: ids and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stream.domain.levels import MOST_LISTED
from stream.edge.serve.facts_route import parse_level_query
from stream.edge.serve.level_list import level_list
from stream.edge.serve.selection import QueryError
from stream.metrics.registry import Registry
from stream.metrics.spec import Metric
from stream.settings import Settings
from tests.flow.drive import Flow

COUNTED = {"customers": {"enabled": True}, "topics": {"partitions": 3}}
LEVEL = "customers_at_risk"


def flow(**settings: Any) -> Flow:
    return Flow("2026-03-31T12:00:00Z", **{**COUNTED, **settings})


def asked(world: Flow, level: str = LEVEL, **parameters: str) -> dict[str, Any]:
    query = parse_level_query({"level": level, **parameters}, world.settings.registry, world.settings.dimensions)
    view = world.rollup.view
    return level_list(view, query, world.settings, view.now_us)


def listed(world: Flow, **parameters: str) -> list[str]:
    return [one["customer"] for one in asked(world, **parameters)["customers"]]


def let_down(world: Flow, customer: str, day: int, score: float = 2) -> Flow:
    """``customer`` says so on that day in March, and has a ticket open since noon of the day after."""
    first, second = f"{customer}-1", f"{customer}-2"
    for ticket, on in ((first, day), (second, day + 1)):
        world.tell(ticket, "ticket.created", f"2026-03-{on:02}T12:00:00Z", channel="chat", customer_id=customer)
    world.tell(first, "ticket.status", f"2026-03-{day:02}T13:00:00Z", status="solved")
    answer: dict[str, Any] = {"survey_id": f"S-{customer}", "kind": "nps", "score": score}
    return world.tell(first, "survey.answered", f"2026-03-{day:02}T14:00:00Z", **answer)


def told(world: Flow, customer: str) -> list[bytes]:
    """What the roll-up was told of ``customer`` and still reads, once Kafka has compacted: keys."""
    world.logs.compact(world.names["partials"])
    needle = customer.encode()
    return [record.key or b"" for record in world.logs.of(world.names["partials"]) if needle in (record.value or b"")]


def test_who_is_at_risk_is_told_by_id_for_longest_first_and_only_as_long_as_it_lasts() -> None:
    with flow() as world:
        world.tell("anna", "customer.joined", "2026-01-01T00:00:00Z", tier="gold", region="EMEA")
        for customer, day in (("ben", 20), ("anna", 10), ("cleo", 5)):
            let_down(world, customer, day, score=9 if customer == "cleo" else 2)
        world.settle()
        found = asked(world)
        assert (found["level"], found["count"], found["truncated"]) == ("bad_answer_and_open_ticket@1", 2, False)
        assert "tickets" not in found
        assert found["customers"] == [
            {
                "customer": "anna",
                "level": "customers_at_risk",
                "time": "2026-03-11T12:00:00Z",
                "seconds_since": 20 * 86_400,
                "segment": {"tier": "gold", "region": "EMEA", "segment": ""},
            },
            {
                "customer": "ben",
                "level": "customers_at_risk",
                "time": "2026-03-21T12:00:00Z",
                "seconds_since": 10 * 86_400,
                "segment": {"tier": "", "region": "", "segment": ""},
            },
        ]
        before = asked(world)
        assert asked(world.restart()) == before
        world.tell("anna-2", "ticket.status", "2026-03-30T12:00:00Z", status="solved").settle()
        assert listed(world) == ["ben"]
        again: dict[str, Any] = {"survey_id": "S-ben", "kind": "nps", "score": 10}
        world.tell("ben-1", "survey.answered", "2026-03-30T14:00:00Z", **again).settle()
        assert (asked(world)["count"], listed(world)) == (0, [])


def test_groups_are_those_of_customers() -> None:
    with flow() as world:
        for customer, tier in (("anna", "gold"), ("ben", "basic")):
            world.tell(customer, "customer.joined", "2026-01-01T00:00:00Z", tier=tier, segment="private")
            let_down(world, customer, 10)
        world.settle()
        assert listed(world, by="tier", tier="gold") == ["anna"]
        assert (asked(world, by="tier", tier="gold")["count"], listed(world, by="tier", tier="silver")) == (1, [])
        assert listed(world, by="segment", segment="private", limit="1") == ["anna"]
        assert asked(world, by="segment", segment="private", limit="1")["truncated"]
        # What nothing is summed by can be asked for all the same: nobody knows how many there are, but for the list.
        assert (asked(world, by="tier_segment", tier="gold", segment="private")["count"]) is None
        world.tell("anna", "customer.updated", "2026-03-30T00:00:00Z", tier="silver").settle()
        assert (listed(world, by="tier", tier="gold"), listed(world, by="tier", tier="silver")) == ([], ["anna"])
        with pytest.raises(QueryError, match=r"by='team': allowed: all, or tier, region, segment joined by _"):
            asked(world, by="team")
        with pytest.raises(QueryError, match=r"'team' is no parameter here: allowed: level, by, tier, region, segment"):
            asked(world, team="billing")


def test_it_has_the_name_of_its_metric_and_of_its_definition() -> None:
    with flow() as world:
        let_down(world, "anna", 10).settle()
        assert asked(world) == asked(world, "bad_answer_and_open_ticket")
        assert listed(world) == ["anna"]


def test_tickets_and_customers_of_one_id_are_two_and_each_level_has_its_own() -> None:
    promise = {"name": "all", "resolution_seconds": 40 * 86_400}
    with flow(sla=[promise]) as world:
        let_down(world, "anna", 10).tell("anna", "ticket.created", -40 * 86_400 + 600, channel="chat").settle()
        due = asked(world, "promises_due_in_15m")
        assert ([one["ticket"] for one in due["tickets"]], "customers" in due) == (["anna"], False)
        assert listed(world) == ["anna"]


def test_who_was_merged_is_in_no_list_and_the_other_is_in_its_place() -> None:
    with flow() as world:
        let_down(world, "anna", 10).settle()
        world.tell("anna", "customer.merged", "2026-03-30T00:00:00Z", into="ben").settle()
        assert listed(world) == ["ben"]
        assert told(world, "\x1eanna") == []
        world.restart()
        assert listed(world) == ["ben"]


def test_who_left_is_in_no_list() -> None:
    with flow() as world:
        world.tell("anna", "customer.joined", "2026-01-01T00:00:00Z")
        let_down(world, "anna", 10).settle()
        world.tell("anna", "customer.left", "2026-03-30T00:00:00Z").settle()
        assert (listed(world), told(world, "anna")) == ([], [])


@pytest.mark.parametrize("mode", ["keep", "hash"])
def test_who_is_to_be_forgotten_is_in_no_list_nor_in_what_the_roll_up_was_told(mode: str) -> None:
    with flow(privacy={"customers": mode, "key": "k" * 16}) as world:
        let_down(world, "planted", 10)
        let_down(world, "ben", 20).settle()
        (planted, ben) = listed(world)
        assert (planted == "planted", bool(told(world, planted))) == (mode == "keep", True)
        world.tell("planted", "customer.removed", "2026-03-30T00:00:00Z").settle().settle()
        assert (listed(world), told(world, planted)) == ([ben], [])
        let_down(world, "planted", 25).settle().settle()
        assert (listed(world.restart()), told(world, planted)) == ([ben], [])


def test_the_first_of_each_partition_are_told_and_that_there_are_more() -> None:
    with flow(topics={"partitions": 1}) as world:
        names = [f"c{number:03}" for number in range(MOST_LISTED + 10)]
        for number, name in enumerate(names):
            at = f"2026-03-20T12:{number:02}:00Z"
            world.tell(f"T-{name}", "ticket.created", at, channel="chat", customer_id=name)
            answer: dict[str, Any] = {"survey_id": f"S-{name}", "kind": "nps", "score": 0}
            world.tell(f"T-{name}", "survey.answered", at, **answer)
        world.settle()
        found = asked(world, limit="500")
        assert [one["customer"] for one in found["customers"]] == names[:MOST_LISTED]
        assert (found["count"], found["truncated"]) == (MOST_LISTED + 10, True)


def test_where_customers_are_not_counted_any_more_nobody_is_told_of() -> None:
    with flow() as world:
        let_down(world, "anna", 10).settle()
        assert told(world, "anna")
        world.restart(topics=COUNTED["topics"])
        assert (told(world, "anna"), world.rollup.view.members) == ([], {})
        with pytest.raises(QueryError, match=r"level='customers_at_risk': allowed: "):
            asked(world)
        world.restart(**COUNTED, pipeline={"settings_revision": 1})
        assert listed(world) == ["anna"]


def test_a_state_of_before_they_were_told_by_name_tells_them_when_it_is_taken_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as before:
        known = Registry([_untold(metric) for metric in Settings.model_validate(COUNTED).registry.metrics])
        before.setattr(Settings, "registry", property(lambda _: known))
        world = let_down(flow(), "anna", 10).settle()
        assert (world.rollup.view.members, world.count(LEVEL, "now")) == ({}, 1)
    with world.restart():
        assert (listed(world), asked(world)["count"]) == (["anna"], 1)


def _untold(metric: Metric) -> Metric:
    measures = tuple(replace(measure, listed=False) for measure in metric.measures)
    return replace(metric, measures=measures)


def test_in_a_replay_it_is_as_of_the_newest_event() -> None:
    with flow(clock="event") as world:
        let_down(world, "anna", 10).settle()
        (one,) = asked(world)["customers"]
        assert (one["customer"], one["seconds_since"]) == ("anna", 0)
        world.tell("anna-2", "ticket.status", "2026-03-12T12:00:00Z", status="solved").settle()
        assert listed(world) == []
