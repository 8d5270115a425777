"""Customers, from bytes to rows: churn, retention, revenue and lifetime value of worlds worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.board import Boards
from stream.edge.serve.prometheus.export import Export
from stream.edge.serve.prometheus.exposition import exposition_of
from stream.edge.serve.selection import parse_selection
from tests.flow.drive import Flow
from tests.golden.desk import FixedState

COUNTED = {"customers": {"enabled": True}, "topics": {"partitions": 3}}


def flow(**settings: Any) -> Flow:
    return Flow("2026-03-31T12:00:00Z", **{**COUNTED, **settings})


def numbers(world: Flow, window: str = "30d", **segment: str) -> dict[str, float | None]:
    """What is said of a window: customers now, joined, left, churn by both formulas, and retention."""
    return {
        "now": world.row("customers", "now", **segment)["value"],
        "joined": world.row("customers_joined", window, **segment)["value"],
        "left": world.row("customers_left", window, **segment)["value"],
        "net": world.row("customer_churn", window, "net_of_beginning", **segment)["value"],
        "of_beginning": world.row("customer_churn", window, "left_of_beginning", **segment)["value"],
        "retention": world.row("customer_retention", window, **segment)["value"],
    }


def a_thousand(world: Flow, left: int, new: int = 0) -> Flow:
    """1,000 customers from before the window, of which ``left`` left in it, and ``new`` that joined."""
    for number in range(1000):
        world.tell(f"c{number}", "customer.joined", "2025-01-01T00:00:00Z")
    for number in range(left):
        world.tell(f"c{number}", "customer.left", "2026-03-20T00:00:00Z")
    for number in range(new):
        world.tell(f"n{number}", "customer.joined", "2026-03-25T00:00:00Z")
    return world.settle()


def test_a_thousand_at_the_beginning_and_eight_hundred_at_the_end_is_a_churn_of_a_fifth() -> None:
    with flow() as world:
        a_thousand(world, 200)
        assert numbers(world) == {
            "now": 800,
            "joined": 0,
            "left": 200,
            "net": 0.2,
            "of_beginning": 0.2,
            "retention": 0.8,
        }


def test_fifty_new_ones_among_the_eight_hundred_tell_the_formulas_apart() -> None:
    with flow() as world:
        a_thousand(world, 250, 50)
        assert numbers(world) == {
            "now": 800,
            "joined": 50,
            "left": 250,
            "net": 0.2,
            "of_beginning": 0.25,
            "retention": 0.75,
        }
        row = world.row("customer_churn", "30d", "left_of_beginning")
        assert (row["numerator"], row["denominator"]) == (250, 1000)
        assert row["low"] < 0.25 < row["high"]


def test_any_window_can_be_asked_and_each_has_a_beginning_of_its_own() -> None:
    with flow() as world:
        a_thousand(world, 250, 50)
        # In the week nobody but the new ones came: it began with 750.
        week = numbers(world, "7d")
        assert (week["net"], week["of_beginning"], week["retention"]) == (-50 / 750, 0, 1)
        assert world.row("customer_churn", "7d", "net_of_beginning")["low"] is None
        # In the day nothing happened, and there is a row all the same.
        day = numbers(world, "24h")
        assert (day["joined"], day["left"], day["net"], day["of_beginning"], day["retention"]) == (0, 0, 0, 0, 1)


def test_who_joins_and_leaves_in_one_window_was_not_there_at_its_beginning() -> None:
    with flow() as world:
        for name in ("a", "b", "c", "d"):
            world.tell(name, "customer.joined", "2026-01-05T00:00:00Z")
        world.tell("short", "customer.joined", "2026-03-10T00:00:00Z")
        world.tell("short", "customer.left", "2026-03-12T00:00:00Z")
        world.settle()
        # S 4, E 4, N 1, L 1.
        found = numbers(world)
        assert (found["net"], found["of_beginning"], found["retention"]) == (0, 0, 0.75)


def test_who_leaves_twice_has_left_once_and_who_joins_twice_has_joined_once() -> None:
    with flow() as world:
        for at in ("2026-01-05T00:00:00Z", "2026-03-05T00:00:00Z"):
            world.tell("a", "customer.joined", at).tell("b", "customer.joined", at)
        for at in ("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"):
            world.tell("a", "customer.left", at)
        world.settle()
        assert numbers(world) == {"now": 1, "joined": 0, "left": 1, "net": 0.5, "of_beginning": 0.5, "retention": 0.5}


def test_who_comes_back_has_left_and_joined_again() -> None:
    with flow() as world:
        world.tell("a", "customer.joined", "2026-01-05T00:00:00Z").tell("b", "customer.joined", "2026-01-05T00:00:00Z")
        world.tell("a", "customer.left", "2026-03-10T00:00:00Z").tell("a", "customer.joined", "2026-03-20T00:00:00Z")
        world.settle()
        # S 2, E 2, N 1, L 1.
        found = numbers(world)
        assert (found["now"], found["net"], found["of_beginning"], found["retention"]) == (2, 0, 0.5, 0.5)
        # Gone again: the second time it was not one of the beginning.
        world.tell("a", "customer.left", "2026-03-25T00:00:00Z").settle()
        found = numbers(world)
        assert (found["now"], found["left"], found["of_beginning"]) == (1, 2, 0.5)


def test_who_is_merged_leaves_all_figures() -> None:
    with flow() as world:
        for name in ("a", "b", "c", "d"):
            world.tell(name, "customer.joined", "2026-01-05T00:00:00Z")
        world.tell("d", "customer.left", "2026-03-10T00:00:00Z").settle()
        assert numbers(world)["of_beginning"] == 0.25
        world.tell("d", "customer.merged", "2026-03-11T00:00:00Z", into="c").settle()
        # As if there had never been more than three.
        assert numbers(world) == {"now": 3, "joined": 0, "left": 0, "net": 0, "of_beginning": 0, "retention": 1}


def test_leaving_counts_once_the_joining_is_known() -> None:
    with flow() as world:
        world.tell("b", "customer.joined", "2026-01-05T00:00:00Z")
        world.tell("a", "customer.left", "2026-03-10T00:00:00Z").settle()
        assert numbers(world)["left"] == 0
        world.tell("a", "customer.joined", "2026-01-05T00:00:00Z").settle()
        assert (numbers(world)["left"], numbers(world)["of_beginning"]) == (1, 0.5)


def test_a_customer_takes_all_of_it_along_to_another_tier() -> None:
    with flow() as world:
        world.tell("a", "customer.joined", "2026-03-05T00:00:00Z", tier="gold", region="EMEA").settle()
        assert (world.count("customers", "now", tier="gold"), world.count("customers_joined", "30d", tier="gold")) == (
            1,
            1,
        )
        world.tell("a", "customer.updated", "2026-03-06T00:00:00Z", tier="silver").settle()
        assert world.row_if_any("customers", "now", tier="gold") is None
        assert (numbers(world, tier="silver")["now"], numbers(world, region="EMEA")["joined"]) == (1, 1)
        world.tell("a", "customer.updated", "2026-03-07T00:00:00Z", cleared=["region"]).settle()
        assert numbers(world, region="")["now"] == 1
        # What was said before, and comes late, changes nothing.
        world.tell("a", "customer.updated", "2026-03-05T12:00:00Z", tier="gold").settle()
        assert numbers(world, tier="silver")["joined"] == 1


def told(world: Flow, seed: int) -> Iterable[tuple[str, str, float, dict[str, Any]]]:
    random_ = random.Random(seed)
    for number in range(300):
        name = f"c{random_.randrange(40)}"
        kind = random_.choice(["joined", "joined", "left", "purchase", "refund", "updated", "merged"])
        data = {
            "joined": {"tier": random_.choice(["gold", "silver"])},
            "updated": {"tier": random_.choice(["gold", "silver"]), "region": random_.choice(["EMEA", "APAC"])},
            "purchase": {"amount": f"{random_.randrange(1, 9999)}.{random_.randrange(99):02d}", "currency": "EUR"},
            "refund": {"amount": str(random_.randrange(1, 99)), "currency": "USD"},
            "merged": {"into": "c1"},
        }.get(kind, {})
        yield name, f"customer.{kind}", -random_.randrange(90 * 86_400) - number / 1000, data


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_any_repetition_and_a_restart_give_the_same_rows(seed: int) -> None:
    rated = {"customers": {"enabled": True, "rates": "USD=0.92"}}
    ends = []
    for shuffled in (False, True):
        with flow(**rated) as world:
            events = [(name, kind, at, data, f"e{n}") for n, (name, kind, at, data) in enumerate(told(world, seed))]
            if shuffled:
                random.Random(seed).shuffle(events)
                events += events[:100]
            for place, (name, kind, at, data, identity) in enumerate(events):
                world.tell(name, kind, at, identity=identity, **data)
                if shuffled and place % 37 == 0:
                    world.settle()
            world.settle()
            if shuffled:
                world.restart()
            rows = {key: {**row, "revision": 0, "watermark": ""} for key, row in world.rows().items()}
            ends.append({key: row for key, row in rows.items() if row["count"] or row.get("numerator")})
    assert any(key.startswith("customer_churn") for key in ends[0])
    assert ends[0] == ends[1]


# --- money -----------------------------------------------------------------------------------------------------------


def test_revenue_is_purchases_less_refunds_in_the_reporting_currency() -> None:
    with flow(customers={"enabled": True, "currency": "EUR", "rates": "USD=0.5"}) as world:
        for name in ("a", "b", "c", "d"):
            world.tell(name, "customer.joined", "2026-01-05T00:00:00Z")
        world.tell("a", "customer.purchase", "2026-03-05T00:00:00Z", amount="100.10", currency="EUR")
        world.tell("b", "customer.purchase", "2026-03-06T00:00:00Z", amount="60", currency="USD")
        world.tell("a", "customer.refund", "2026-03-07T00:00:00Z", amount="10.10", currency="EUR")
        world.tell("c", "customer.purchase", "2026-03-07T00:00:00Z", amount="1", currency="CHF")
        world.settle()
        row = world.row("revenue_per_customer", "30d")
        assert (row["sum"], row["count"], row["mean"]) == (120, 4, 30)
        assert [reason for reason, _ in world.letters()] == ["invalid_value"]


def test_lifetime_value_is_what_those_that_left_had_brought_and_what_the_others_will_bring() -> None:
    with flow(customers={"enabled": True, "margin_ratio": 0.4}) as world:
        for number in range(10):
            world.tell(f"c{number}", "customer.joined", "2025-01-05T00:00:00Z")
            # Years before the window: of the lifetime, and not of the window's revenue.
            world.tell(f"c{number}", "customer.purchase", "2025-01-06T00:00:00Z", amount="300", currency="EUR")
            world.tell(f"c{number}", "customer.purchase", "2026-03-10T00:00:00Z", amount="50", currency="EUR")
        for number in range(2):
            world.tell(f"c{number}", "customer.left", "2026-03-20T00:00:00Z")
        world.settle()
        realised = world.row("customer_lifetime_value", "30d", "realised_of_left")
        assert (realised["count"], realised["sum"], realised["mean"]) == (2, 700, 350)
        # 10 customers brought 500 in 30 days, 50 each and month; of 10 there left 2, a churn of 0.2 a month:
        # 50 x 0.4 / 0.2 = 100.
        projected = world.row("customer_lifetime_value", "30d", "projected_by_churn")
        assert (projected["sum"], projected["count"], projected["mean"]) == (200, 2, 100)
        # Who comes back has not left for good.
        world.tell("c0", "customer.joined", "2026-03-25T00:00:00Z").settle()
        assert world.count("customer_lifetime_value", "30d", "realised_of_left") == 1
        # A late refund corrects what was brought.
        world.tell("c1", "customer.refund", "2026-03-30T00:00:00Z", amount="100", currency="EUR").settle()
        assert world.row("customer_lifetime_value", "30d", "realised_of_left")["mean"] == 250


def test_where_nobody_left_nothing_is_projected() -> None:
    with flow() as world:
        world.tell("a", "customer.joined", "2025-01-05T00:00:00Z")
        world.tell("a", "customer.purchase", "2026-03-10T00:00:00Z", amount="50", currency="EUR").settle()
        assert world.row("customer_lifetime_value", "30d", "projected_by_churn")["mean"] is None


# --- beside tickets --------------------------------------------------------------------------------------------------


def test_a_ticket_and_a_customer_of_one_id_are_two() -> None:
    with flow() as world:
        world.tell("x", "ticket.created", "2026-03-31T11:00:00Z", channel="chat", customer_id="x")
        world.tell("x", "customer.joined", "2026-03-31T11:00:00Z", tier="gold")
        world.tell("x", "customer.removed", "2026-03-31T11:30:00Z").settle()
        assert (world.count("open_tickets", "now"), world.count("customers", "now")) == (1, 0)
        assert set(world.facts()) == {"x|created"}


def test_rows_of_tickets_are_what_they_are_without_customers() -> None:
    ends = []
    for settings in ({}, {"customers": {"enabled": True}}):
        with Flow("2026-03-31T12:00:00Z", topics={"partitions": 3}, **settings) as world:
            for number in range(20):
                world.tell(f"t{number}", "ticket.created", -600, channel="chat", team=f"t{number % 3}")
                world.tell(f"t{number}", "ticket.message", -500, author="agent", public=True)
                world.tell(f"t{number}", "ticket.status", -100, status="solved")
                if settings:
                    world.tell(f"c{number}", "customer.joined", -600, tier="gold")
            world.settle()
            ends.append(
                {key: row for key, row in world.rows().items() if not key.startswith(("customer", "revenue", "churn_"))}
            )
    assert ends[0] == ends[1]
    assert ends[0]


def test_where_customers_are_not_counted_their_events_are_skipped() -> None:
    with Flow("2026-03-31T12:00:00Z") as world:
        world.logs.append(
            world.names["tickets"],
            world.partition_of("c"),
            b"c",
            b'{"specversion":"1.0","id":"1","source":"/s","type":"support.customer.joined","subject":"c",'
            b'"time":"2026-03-31T11:00:00Z"}',
        )
        world.settle()
        assert world.tally() == {"unknown_types": 1}
        assert not any(key.startswith("customer") for key in world.rows())


def test_labels_beyond_the_limit_count_as_other_and_not_among_tickets() -> None:
    with flow(limits={"max_segments": 2}, topics={"partitions": 1}) as world:
        for number in range(5):
            world.tell(f"c{number}", "customer.joined", -600, tier=f"t{number}")
        world.tell("t", "ticket.created", -600, channel="chat").settle()
        assert world.count("customers", "now") == 5
        # Tickets are read first.
        assert (world.count("customers", "now", tier="t0"), world.count("customers", "now", tier="other")) == (1, 4)
        assert world.row_if_any("open_tickets", "now", channel="other") is None


def samples_of(world: Flow, name: str, **labels: str) -> list[float]:
    """Values on the page, of this gauge with these labels."""
    state = FixedState(world.rollup.view, settings=world.settings)
    page = exposition_of(state, HttpTally()).page("").decode()
    return [
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == f"deskpulse_{name}" and labels.items() <= sample.labels.items()
    ]


@pytest.mark.parametrize(
    "dimensions", [("channel", "team", "priority"), ("region", "brand"), ("tier", "region", "segment")]
)
def test_gauges_of_customers_have_what_customers_are_told_apart_by_as_labels(dimensions: tuple[str, ...]) -> None:
    with flow(dimensions=dimensions, group_by={"names": ("all", dimensions[0])}) as world:
        for name, tier in (("a", "gold"), ("b", "gold"), ("c", "silver")):
            world.tell(name, "customer.joined", "2026-03-05T00:00:00Z", tier=tier, region="EMEA")
        world.tell("c", "customer.left", "2026-03-06T00:00:00Z")
        attributes = {"region": "EMEA", "tier": "gold"}
        world.tell("T", "ticket.created", -60, channel="chat", attributes=attributes).settle()
        empty = {"tier": "", "region": "", "segment": ""}
        assert samples_of(world, "customers", by="all", **empty) == [2]
        assert samples_of(world, "customers", by="tier", **empty | {"tier": "gold"}) == [2]
        assert samples_of(world, "customers", by="region", **empty | {"region": "EMEA"}) == [2]
        assert samples_of(world, "customers", channel="") == []
        churn = {"definition": "left_of_beginning@1", "by": "tier", "tier": "silver", "window": "30d"}
        assert samples_of(world, "customers_left_in_window", by="tier", tier="silver", window="30d") == [1]
        assert samples_of(world, "customer_churn_denominator", **churn) == [0]
        assert samples_of(world, "customers_left_in_window", by="tier", window="7d") == []
        # A ticket has the labels of tickets, also where a dimension is called the same.
        first = dict.fromkeys(dimensions, "")
        assert samples_of(world, "open_tickets", by="all", **first) == [1]
        own = {"channel": "chat", "region": "EMEA", "tier": "gold"}[dimensions[0]]
        assert samples_of(world, "open_tickets", by=dimensions[0], **first | {dimensions[0]: own}) == [1]


@pytest.mark.parametrize(
    ("chosen", "groups"), [({}, {"all", "tier", "region", "segment"}), ({"group_bys": "all,tier"}, {"all", "tier"})]
)
def test_which_of_them_are_exported_the_settings_say(chosen: dict[str, str], groups: set[str]) -> None:
    with flow(export=chosen) as world:
        export = Export(world.settings)
        name = "customer_churn|left_of_beginning@1"
        assert {by for by in world.settings.group_names if name in export.rows(by, "30d")} == groups
        assert not any(name in export.rows(by, "7d") for by in world.settings.group_names)
        assert not any(row.startswith("customer") for by in ("channel", "team") for row in export.rows(by, "30d"))


def test_the_page_of_customers_shows_the_numbers_of_the_rows() -> None:
    with flow(customers={"enabled": True, "currency": "CHF"}) as world:
        for number in range(40):
            tier = "gold" if number < 30 else "silver"
            world.tell(f"c{number}", "customer.joined", "2026-01-05T00:00:00Z", tier=tier)
            world.tell(f"c{number}", "customer.purchase", "2026-03-10T00:00:00Z", amount="50", currency="CHF")
        for number in range(10):
            world.tell(f"c{number}", "customer.left", "2026-03-20T00:00:00Z")
        world.tell("new", "customer.joined", "2026-03-21T00:00:00Z", tier="silver").settle()
        state = FixedState(world.rollup.view, settings=world.settings)
        seen = {}
        for group in ({}, {"tier": "silver"}):
            board = Boards(state).board(parse_selection({"page": "customers", **group}, world.settings))
            seen[str(group)] = {tile["metric"]: (tile["value"], tile["count"]) for tile in board["tiles"]}
            assert board["customers"]["choices"] == {"tier": ["gold", "silver"], "region": [""], "segment": [""]}
        assert seen["{}"] == {
            "customers_now": (31, None),
            "customer_churn": (0.25, 40),
            "customer_retention": (0.75, 40),
            "customer_lifetime": (50, 10),
            "revenue_per_customer": (2000 / 41, 41),
            "customer_lifetime_projected": (2000 / 10, 10),
            "customers_joined": (1, 1),
            "customers_left": (10, 10),
            "customers_at_risk": (0, None),
        }
        silver = seen["{'tier': 'silver'}"]
        assert (silver["customers_now"], silver["customer_churn"]) == ((11, None), (0, 10))
