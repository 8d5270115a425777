"""Settings that change what is counted: what was counted is booked anew, and numbers of two meanings never meet."""

from __future__ import annotations

from typing import Any

import pytest

from stream.errors import ConfigError
from tests.flow.drive import Flow

US = 1_000_000
USUAL: dict[str, Any] = {
    "windows": {"rolling": "1h", "today": False},
    "group_by": {"names": "all,team"},
    "topics": {"partitions": 2},
}
OTHERS: dict[str, dict[str, Any]] = {
    "a knob": {"definitions": {"answer_within_seconds": "30"}},
    "where facts are": {"definitions": {"segment_of_facts": "then"}},
    "a window more": {"windows": {"rolling": "1h,24h,30d", "today": True, "total": True}},
    "a metric less": {"metrics": {"csat": {"enabled": False}, "backlog": {"enabled": False}}},
    "other dimensions": {"dimensions": ["team", "channel"]},
    "a dimension more": {"dimensions": ["channel", "team", "priority", "brand"], "group_by": {"names": "all,brand"}},
    "no spikes": {"alerts": {"enabled": False}},
    "a variant more": {
        "variants": [
            {"name": "answered_vip", "of": "answered_within_of_answered_and_abandoned", "where": {"team": ["a"]}}
        ]
    },
    "all at once": {
        "definitions": {"answer_within_seconds": "5", "short_abandon_seconds": "3"},
        "windows": {"rolling": "24h", "today": True},
        "metrics": {"resolution_time": {"enabled": False}},
    },
}


def tell(flow: Flow) -> Flow:
    """In both partitions: a contact answered after 25 s, moved on, solved and rated; and one that is open."""
    for partition in range(2):
        name = flow.ticket_in(partition)
        flow.tell(name, "ticket.created", -7000, channel="phone", team="a").tell(name, "ticket.queued", -7000)
        flow.tell(name, "ticket.answered", -6975).tell(name, "ticket.updated", -6000, team="b")
        flow.tell(name, "ticket.status", -40, status="solved")
        flow.tell(name, "survey.answered", -30, survey_id="s", kind="csat", score=5)
        flow.tell(flow.ticket_in(partition, "U"), "ticket.created", -20, channel="email", team="a")
    return flow.settle()


def content(flow: Flow) -> tuple[Any, ...]:
    rows = {key: {**row, "revision": 0, "watermark": ""} for key, row in flow.rows().items()}
    tickets = {
        shard.partition: {name: shard.state.tickets.stored_head(name) for name in shard.state.tickets.names()}
        for shard in flow.shards
    }
    return rows, flow.facts(), tickets


def fresh(**settings: Any) -> tuple[Any, ...]:
    with Flow(**settings) as flow:
        return content(tell(flow).advance(10))


@pytest.mark.parametrize("name", OTHERS)
def test_what_was_counted_under_other_settings_is_what_it_would_be_under_these(name: str) -> None:
    settings = USUAL | OTHERS[name]
    with Flow(**USUAL) as flow:
        tell(flow).restart(**settings)
        assert content(flow.advance(10)) == fresh(**settings)
        # And it is stored so.
        flow.logs.compact(flow.names["changelog"])
        flow.logs.compact(flow.names["partials"])
        flow.restart()
        assert content(flow) == fresh(**settings)
        flow.restart(**USUAL, pipeline={"settings_revision": 1}).advance(0)
        assert content(flow) == fresh(**USUAL)


def test_each_transaction_may_be_small() -> None:
    settings = USUAL | OTHERS["where facts are"] | {"pipeline": {"max_transaction_rows": 100}}
    with Flow(**USUAL) as flow:
        for number in range(200):
            flow.tell(f"N{number}", "ticket.created", -60, channel="phone", team="a")
            flow.tell(f"N{number}", "ticket.updated", -50, team="b")
        flow.settle()
        written = len(list(flow.logs.of(flow.names["changelog"])))
        flow.restart(**settings)
        rows = list(flow.logs.of(flow.names["changelog"]))
        assert len([row for row in rows if row.key == b"="]) > 2 + 2 * 2
        assert len(rows) > written
        created = [row["segment"]["team"] for row in flow.facts().values() if row["fact"] == "created"]
        assert created == ["a"] * 200


# --- one after the other ---------------------------------------------------------------------------------------------


def level(flow: Flow) -> dict[str, Any] | None:
    return flow.row_if_any("service_level", "24h", "answered_within_of_answered")


@pytest.mark.parametrize("rollup_is_new", [False, True])
def test_rows_that_mean_two_things_wait_and_the_others_go_on(rollup_is_new: bool) -> None:
    """Half of the partitions under the old service level, half under the new one."""
    usual = USUAL | {"windows": {"rolling": "24h", "today": False}}
    new = usual | OTHERS["a knob"]
    with Flow(**usual) as flow:
        before = level(tell(flow))
        assert before is not None
        assert (before["value"], flow.count("contacts_offered", "24h")) == (0, 2)
        flow.move([0], rollup=rollup_is_new, **new)
        for partition in range(2):
            name = flow.ticket_in(partition, "V")
            flow.tell(name, "ticket.created", -50, channel="phone").tell(name, "ticket.queued", -50)
            flow.tell(name, "ticket.answered", -25)
        flow.settle()
        # What is shown goes on; when it is written has a pace of its own.
        shown = flow.rollup.view.rows.values()
        assert [row["count"] for row in shown if (row["metric"], row["by"]) == ("contacts_offered", "all")] == [4]
        assert before in flow.logs.content(flow.names["metrics"]).values(), "it neither went on nor went"
        assert "service_level" in flow.rollup.waiting_metrics
        assert "contacts_offered" not in flow.rollup.waiting_metrics
        flow.move([1], rollup=True, **new)
        assert flow.rollup.waiting_metrics == []
        after = level(flow)
        assert after is not None
        assert (after["value"], after["count"]) == (1, 4)


def test_rows_of_a_window_wait_until_all_partitions_keep_it() -> None:
    with Flow(**USUAL) as flow:
        tell(flow)
        flow.move([0], rollup=True, **(USUAL | OTHERS["a window more"]))
        assert flow.count("contacts_offered", "24h") is None
        assert flow.count("contacts_offered", "1h") == 0
        flow.move([1])
        assert flow.count("contacts_offered", "24h") == 2


def test_what_is_compared_waits_until_all_partitions_keep_the_window_before() -> None:
    """For 20 days that are compared, 40 are kept of what these are made of: enough for 40 that are not compared."""
    usual, longer = (USUAL | {"metrics": {"nps": {"windows": names}}} for names in ("1h,20d", "1h,40d"))
    with Flow(**usual) as flow:
        tell(flow).move([0], rollup=True, **longer)
        waiting = flow.rollup.agreement.waiting()
        assert waiting.keys() == {"40d"}, "nothing waits in a window in which it has no rows"
        assert {name.partition("|")[0] for name in waiting["40d"]} == {"nps", "nps_detractors_followed_up"}
        flow.move([1])
        assert flow.rollup.waiting_metrics == []


def test_settings_of_before_take_no_shard_back() -> None:
    with Flow(**USUAL) as flow:
        tell(flow).move([0], **(USUAL | OTHERS["a knob"]))
        with pytest.raises(ConfigError, match=r"raise pipeline\.settings_revision"):
            flow.move([0], **USUAL)
        # They are the older ones, whatever comes next.
        flow.move([0], **(USUAL | OTHERS["a window more"]))
        with pytest.raises(ConfigError):
            flow.move([0], **USUAL)
        with pytest.raises(ConfigError):
            flow.move([0], **(USUAL | OTHERS["a knob"]))
        flow.restart(**USUAL, pipeline={"settings_revision": 7}).advance(10)
        assert content(flow) == fresh(**USUAL)


def test_a_state_that_does_not_say_how_it_was_made_is_booked_anew_as_a_whole() -> None:
    with Flow(**USUAL) as flow:
        tell(flow)
        for partition in range(2):
            log = flow.logs.records[flow.names["changelog"], partition]
            log[:] = [record for record in log if record.key != b"r"]
        for log in (flow.logs.records[flow.names["partials"], 0],):
            log[:] = [record for record in log if not (record.key or b"").endswith(b"|r")]
        flow.restart().advance(10)
        assert content(flow) == fresh(**USUAL)
        assert {b"0|r", b"1|r"} <= {record.key for record in flow.logs.of(flow.names["partials"])}


def test_partitions_that_say_nothing_of_their_rules_are_waited_for() -> None:
    with Flow(**USUAL) as flow:
        tell(flow)
        log = flow.logs.records[flow.names["partials"], 0]
        log[:] = [record for record in log if record.key != b"1|r"]
        rows = flow.logs.content(flow.names["metrics"])
        flow.move([], rollup=True)
        assert "contacts_offered" in flow.rollup.waiting_metrics
        assert flow.logs.content(flow.names["metrics"]) == rows
