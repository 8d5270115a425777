"""Numbers by dimensions that are attributes of tickets: counted, moved, cleared and bounded like the others."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from stream.domain.segments import OTHER
from tests.flow.drive import Flow
from tests.flow.situations import AGENT, Told, count, mean, ratio, told, value

DIMENSIONS: dict[str, Any] = {
    "dimensions": "channel,team,priority,brand,region",
    "group_by": {"names": "all,channel,brand,region,team_brand,brand_region"},
}
ACME = {"channel": "email", "team": "a", "attributes": {"brand": "Acme", "region": "eu"}}


def answered(name: str, created: dict[str, Any], *more: tuple[Any, ...]) -> list[Told]:
    return told(name, ("created", "09:00:00", created), ("message", "09:01:00", AGENT), *more)


def branded(*stories: list[Told], **settings: Any) -> Flow:
    return count(*stories, **(DIMENSIONS | settings))


def of_brand(flow: Flow, brand: str, **more: str) -> int:
    """Tickets open now."""
    found = flow.row_if_any("open_tickets", "now", **more, brand=brand)
    return 0 if found is None else int(found["value"])


def test_tickets_are_counted_by_what_the_attributes_say_alone_and_together() -> None:
    zeta = {"channel": "email", "team": "a", "attributes": {"brand": "Zeta", "region": "eu", "colour": "red"}}
    flow = branded(answered("1", ACME), answered("2", zeta), answered("3", {"channel": "chat", "team": "b"}))
    assert [of_brand(flow, brand) for brand in ("Acme", "Zeta", "")] == [1, 1, 1]
    assert mean(flow, "first_response_time", region="eu") == 60
    row = flow.row_if_any("first_response_time", "24h", brand="Acme", region="eu")
    assert row is not None
    assert (row["by"], row["segment"], row["count"]) == ("brand_region", {"brand": "Acme", "region": "eu"}, 1)
    assert of_brand(flow, "Acme", team="a") == 1


@pytest.mark.parametrize(("which", "where"), [("now", "Zeta"), ("then", "Acme")])
def test_a_ticket_that_moves_to_another_brand_takes_its_facts_along_or_leaves_them(which: str, where: str) -> None:
    moved = ("updated", "09:10:00", {"attributes": {"brand": "Zeta"}})
    flow = branded(answered("1", ACME, moved), definitions={"segment_of_facts": which})
    responses = {brand: mean(flow, "first_response_time", brand=brand) for brand in ("Acme", "Zeta")}
    assert {brand for brand, seconds in responses.items() if seconds == 60} == {where}
    assert (of_brand(flow, "Acme"), of_brand(flow, "Zeta")) == (0, 1)
    assert mean(flow, "first_response_time", region="eu") == 60


def test_an_attribute_is_cleared_by_its_name_alone() -> None:
    stays = answered("1", ACME, ("updated", "09:10:00", {"attributes": {"brand": None, "region": ""}}))
    cleared = answered("2", ACME, ("updated", "09:10:00", {"cleared_attributes": ["brand"]}))
    flow = branded(stays, cleared)
    assert (of_brand(flow, "Acme"), of_brand(flow, "")) == (1, 1)
    assert mean(flow, "first_response_time", region="eu") == 60


def test_a_queue_keeps_its_team_and_the_tickets_brand() -> None:
    flow = branded(
        told("1", ("created", "09:00:00", ACME | {"channel": "phone"}), ("queued", "09:01:00", {"team": "b"}))
    )
    waiting = flow.row_if_any("waiting_contacts", "now", team="b", brand="Acme")
    assert waiting is not None
    assert waiting["value"] == 1


def test_variants_targets_and_calendars_go_by_them() -> None:
    variants = ({"name": "first_of_acme", "of": "first_human_reply", "where": {"brand": "Acme", "region": "eu, us"}},)
    hours = {"time_zone": "UTC", "week": {"mon-sun": ["09:00-09:00"]}}
    closed = {"time_zone": "UTC", "week": {"mon-sun": ["10:00-11:00"]}}
    calendars = {"default": hours, "zeta": closed | {"where": {"brand": ["Zeta"]}}}
    zeta = {"channel": "email", "team": "a", "attributes": {"brand": "Zeta", "region": "eu"}}
    flow = branded(answered("1", ACME), answered("2", zeta), variants=variants, calendars=calendars)
    assert flow.row_if_any("first_response_time", "24h", "first_of_acme") is not None
    counts = {
        name: found["count"]
        for name in ("first_of_acme", "first_human_reply")
        if (found := flow.row_if_any("first_response_time", "24h", name)) is not None
    }
    assert counts == {"first_of_acme": 1, "first_human_reply": 2}
    assert mean(flow, "business_first_response_time", brand="Acme") == 60
    assert mean(flow, "business_first_response_time", brand="Zeta") == 0


def test_an_address_becomes_no_label() -> None:
    flow = branded(answered("1", {"channel": "email", "attributes": {"brand": "anna@example.org", "region": "eu"}}))
    assert of_brand(flow, "redacted-a3bf") == 1
    assert b"anna" not in orjson.dumps([row for _, row in flow.shards[0].state.tickets], default=str)


def test_combinations_beyond_the_limit_are_other_in_every_dimension() -> None:
    stories = [
        answered(f"{number}", {"channel": "email", "attributes": {"brand": f"b{number}", "region": "eu"}})
        for number in range(20)
    ]
    flow = branded(*stories, limits={"max_segments": 2})
    named = sum(of_brand(flow, f"b{number}") for number in range(20))
    assert 0 < named <= 2 * len(flow.shards)
    assert of_brand(flow, OTHER) == 20 - named > 0
    both = flow.row_if_any("open_tickets", "now", brand=OTHER, region=OTHER)
    assert both is not None
    assert both["value"] == 20 - named
    assert value(flow, "open_tickets", window="now") == 20


def test_an_installation_may_have_none_of_the_fields_among_its_dimensions() -> None:
    alone: dict[str, Any] = {"dimensions": "brand", "group_by": {"names": "all,brand"}}
    story = told(
        "1",
        ("created", "09:00:00", ACME | {"channel": "chat"}),
        ("queued", "09:00:10"),
        ("answered", "09:00:40"),
    )
    flow = branded(story, **alone, definitions={"answer_within_seconds": "20,chat=60"})
    # The channel is no dimension, and decides all the same what is in time.
    assert ratio(flow, "service_level", "answered_within_of_answered_and_abandoned", brand="Acme") == (1, 1)
