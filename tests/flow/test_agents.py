"""Agents as a dimension: contacts and handle time by who had the contact, and nothing of those who are not kept."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from stream.edge.serve.prometheus.export import Export
from stream.settings import Settings
from tests.flow.drive import Flow

PLANTED = "ann-4711x"
KEY = "a key of the tests of agents"
BY_AGENT = {
    "dimensions": "channel,team,priority,agent",
    "group_by": {"names": "all,agent"},
    "windows": {"rolling": "1h", "today": False},
}
HANDLED = "answered_to_ended_and_after_contact_work@1"


def desk(agents: str = "keep", **settings: Any) -> Flow:
    return Flow(**{**BY_AGENT, "privacy": {"agents": agents, "key": KEY}, **settings})


def call(running: Flow, first: str = "ann") -> Flow:
    """Ann has the customer for 60 s and hands over; Ben has him for 200 s, and 40 s of work after it."""
    return (
        running.tell("T-1", "ticket.created", -600, channel="phone", team="one")
        .tell("T-1", "ticket.queued", -600, team="one")
        .tell("T-1", "ticket.answered", -590, agent_id=first)
        .tell("T-1", "ticket.queued", -530, team="two")
        .tell("T-1", "ticket.answered", -500, agent_id="ben")
        .tell("T-1", "ticket.ended", -300, after_contact_work_seconds=40, hold_seconds=20)
    )


def rows(running: Flow, definition: str, field: str = "mean") -> dict[str, tuple[int, Any]]:
    """By agent, `*` for all: count and another number."""
    return {
        row["segment"].get("agent", "*"): (row["count"], row[field])
        for row in running.rows().values()
        if row["definition"] == definition and row["window"] == "1h"
    }


def test_a_contact_and_its_time_are_of_the_agent_who_had_it() -> None:
    with desk() as running:
        call(running).settle()
        assert rows(running, HANDLED) == {"*": (2, 150.0), "ann": (1, 60.0), "ben": (1, 240.0)}
        assert rows(running, "answered_within_of_answered_and_abandoned@2", "value") == {
            "*": (2, 0.5),
            "ann": (1, 1.0),
            "ben": (1, 0.0),
        }
        before = running.rows()
        assert running.restart().rows() == before


def test_how_long_an_agent_was_busy_is_told_as_agents_busy() -> None:
    with desk() as running:
        call(running).settle()
        found = rows(running, "erlang_c_and_a@1", "agents_busy")
        assert {agent: round(busy * 3600) for agent, (_, busy) in found.items() if busy} == {
            "*": 300,
            "ann": 60,
            "ben": 240,
        }


def test_whom_nobody_answered_is_of_nobody_whoever_had_the_customer_before() -> None:
    with desk() as running:
        running.tell("T-2", "ticket.created", -600, channel="phone").tell("T-2", "ticket.queued", -600)
        running.tell("T-2", "ticket.answered", -590, agent_id="ann").tell("T-2", "ticket.queued", -500, team="two")
        running.tell("T-2", "ticket.abandoned", -400).settle()
        assert rows(running, "abandoned_of_answered_and_abandoned@2", "numerator") == {
            "*": (2, 1),
            "ann": (1, 0),
            "": (1, 1),
        }


def test_what_is_of_the_ticket_is_of_the_agent_who_had_it_last() -> None:
    with desk() as running:
        running.tell("T-3", "ticket.created", -900, channel="email")
        running.tell("T-3", "ticket.message", -800, author="agent", public=False, author_id="cat")
        running.tell("T-3", "ticket.message", -700, author="bot", public=True, author_id="robot")
        running.tell("T-3", "ticket.message", -600, author="agent", public=True, author_id="ann")
        running.tell("T-3", "survey.answered", -100, survey_id="S", kind="csat", score=5).settle()
        assert set(rows(running, "csat_top_two_box@2", "value")) == {"*", "ann"}
        running.tell("T-3", "ticket.message", -50, author="agent", public=True, author_id="ben").settle()
        assert set(rows(running, "csat_top_two_box@2", "value")) == {"*", "ben"}


def test_then_it_is_who_had_it_at_the_time() -> None:
    with desk(definitions={"segment_of_facts": "then"}) as running:
        call(running).tell("T-1", "survey.answered", -400, survey_id="S", kind="csat", score=5)
        running.tell("T-1", "ticket.message", -200, author="agent", public=True, author_id="cat").settle()
        assert set(rows(running, "csat_top_two_box@2", "value")) == {"*", "ben"}
        assert set(rows(running, HANDLED)) == {"*", "ann", "ben"}


@pytest.mark.parametrize("order", [*permutations(range(4))][::5])
def test_the_order_of_arrival_changes_nothing(order: tuple[int, ...]) -> None:
    steps: list[tuple[str, int, dict[str, Any]]] = [
        ("ticket.queued", -600, {"team": "one"}),
        ("ticket.answered", -590, {"agent_id": "ann"}),
        ("ticket.queued", -530, {"team": "two"}),
        ("ticket.answered", -500, {"agent_id": "ben"}),
    ]
    with desk() as running:
        running.tell("T-1", "ticket.ended", -300, after_contact_work_seconds=40)
        for place in order:
            kind, at, data = steps[place]
            running.tell("T-1", kind, at, **data).settle()
        running.tell("T-1", "ticket.created", -600, channel="phone", team="one").settle()
        assert rows(running, HANDLED) == {"*": (2, 150.0), "ann": (1, 60.0), "ben": (1, 240.0)}


def everything(running: Flow) -> bytes:
    source = running.names["tickets"]
    return b"".join(
        b"%b %b" % (record.key or b"", record.value or b"")
        for (topic, _), log in running.logs.records.items()
        if topic != source
        for record in log
    )


@pytest.mark.parametrize("agents", ["drop", "hash"])
def test_an_id_that_is_not_kept_is_nowhere(agents: str) -> None:
    usual = {"dimensions": "channel,team,priority"} if agents == "drop" else {}
    names = {"group_by": {"names": "all"}} if agents == "drop" else {}
    with desk(agents, **usual, **names) as running:
        call(running, PLANTED).tell("T-1", "ticket.updated", -1, attributes={"agent": PLANTED})
        running.tell("T-1", "ticket.message", -1, author="agent", public=True, author_id=PLANTED).settle()
        assert PLANTED.encode() not in everything(running)
        if agents == "hash":
            first, other = sorted(name for name in rows(running, HANDLED) if name != "*")
            assert first.startswith("#")
            assert first != other


def test_an_address_is_no_id_and_kept_as_a_hash() -> None:
    with desk() as running:
        running.tell("T-4", "ticket.created", -60, channel="phone").tell("T-4", "ticket.queued", -60)
        running.tell("T-4", "ticket.answered", -50, agent_id="ann@example.org").tell(
            "T-4", "ticket.ended", -10
        ).settle()
        assert b"ann@" not in everything(running)
        assert [name[:1] for name in rows(running, HANDLED)] in (["*", "#"], ["#", "*"])


def test_as_a_dimension_they_have_to_be_kept() -> None:
    assert Settings().privacy.agents == "drop"
    with pytest.raises(ValueError, match=r"'agent' is who answered, and privacy\.agents is drop; set that to"):
        Settings.model_validate(BY_AGENT)
    with pytest.raises(ValueError, match=r"has 0 characters; privacy\.agents is hash: give 16 or more"):
        Settings.model_validate({**BY_AGENT, "privacy": {"agents": "hash"}})


def test_groups_of_agents_have_gauges_only_where_the_settings_name_them() -> None:
    given = {**BY_AGENT, "privacy": {"agents": "keep"}}
    assert not Export(Settings.model_validate(given)).rows("agent", "1h")
    assert Export(Settings.model_validate({**given, "export": {"group_bys": "all,agent"}})).rows("agent", "1h")
