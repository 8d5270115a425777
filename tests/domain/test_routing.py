"""Where a ticket is: its own team before its queue's, now or when something was booked."""

from __future__ import annotations

import pytest

from stream.domain.definitions import Definitions
from stream.domain.events import Event, Queued, TicketCreated, TicketUpdated
from stream.domain.readers.routing import Routing
from stream.domain.segments import THREE, segment_of


def read(*events: Event, then: bool = False) -> Routing:
    routing = Routing(Definitions(segment_of_facts="then" if then else "now"))
    for event in events:
        routing.read(event)
    return routing


CREATED = TicketCreated(10, "", "1 /t", channel="email", team="sales", priority="high")


def test_what_is_not_said_stays_as_it_was() -> None:
    assert read(CREATED, TicketUpdated(20, "", "2 /t", team="tech")).segment == segment_of("email", "tech", "high")


def test_a_priority_and_a_team_can_be_taken_away() -> None:
    update = TicketUpdated(20, "", "2 /t", clears_team=True, clears_priority=True)
    assert read(CREATED, Queued(15, "", "3 /t", "line"), update).segment == segment_of("email", "", "")


def test_a_queue_gives_its_team_to_a_ticket_without_one() -> None:
    alone = TicketCreated(10, "", "1 /t", channel="phone")
    assert read(alone, Queued(15, "", "3 /t", "line")).segment == segment_of("phone", "line", "")
    assert read(CREATED, Queued(15, "", "3 /t", "line")).segment == segment_of("email", "sales", "high")


def test_only_what_may_move_facts_is_a_change() -> None:
    routing = read(TicketCreated(10, "", "1 /t", channel="phone"))
    assert not routing.read(Queued(15, "", "2 /t", ""))
    assert routing.read(Queued(16, "", "3 /t", "line"))
    assert not read(CREATED).read(Queued(15, "", "2 /t", "line"))
    assert read(CREATED, then=True).read(Queued(15, "", "2 /t", "line"))


@pytest.mark.parametrize(("time_us", "team"), [(5, "sales"), (10, "sales"), (19, "sales"), (20, "tech"), (99, "tech")])
def test_facts_of_then_are_where_the_ticket_was_and_before_all_else_at_its_beginning(time_us: int, team: str) -> None:
    moved = (CREATED, TicketUpdated(20, "", "2 /t", team="tech", priority="low"))
    priority = "high" if team == "sales" else "low"
    routing = read(*moved, then=True)
    assert routing.segment_at(time_us) == segment_of("email", team, priority)
    assert routing.segment_for("line", time_us) == segment_of("email", "line", priority)
    assert routing.segment_for("line", None) == segment_of("email", "line", "low")
    assert routing.own_team_at(time_us) == ("" if time_us < 10 else team)
    now = read(*moved)
    assert now.segment_at(time_us) == now.segment_for("", time_us) == segment_of("email", "tech", "low")
    assert now.segment_for("line", time_us) == segment_of("email", "line", "low")


def test_a_ticket_of_which_nothing_is_told_is_nowhere() -> None:
    routing = read(then=True)
    assert routing.segment_at(5) == THREE.empty
    assert routing.own_team_at(5) == ""


BRANDED = ("channel", "brand", "region")


@pytest.mark.parametrize(("time_us", "brand", "region"), [(5, "acme", ""), (19, "acme", ""), (20, "zeta", "eu")])
def test_dimensions_that_are_attributes_are_of_now_or_of_then(time_us: int, brand: str, region: str) -> None:
    events = (
        TicketCreated(10, "", "1 /t", channel="email", team="sales", attributes=("brand", "acme", "tier", "gold")),
        TicketUpdated(20, "", "2 /t", attributes=("brand", "zeta", "region", "eu")),
        TicketUpdated(30, "", "3 /t", attributes=("region", "")),
    )
    now, then = (Routing(Definitions(segment_of_facts=which, dimensions=BRANDED)) for which in ("now", "then"))
    for event in events:
        assert now.read(event)
        assert then.read(event)
    assert now.segment == then.segment == segment_of("email", "zeta", "")
    assert now.segment_at(time_us) == now.segment
    assert then.segment_at(time_us) == then.segment_for("line", time_us) == segment_of("email", brand, region)
    assert then.segment_for("line", None) == segment_of("email", "zeta", "")


def test_attributes_that_are_no_dimension_move_nothing() -> None:
    assert read(CREATED, TicketUpdated(20, "", "2 /t", attributes=("brand", "x"))).segment == read(CREATED).segment
