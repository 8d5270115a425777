"""Groups of the whole installation are bounded: those beyond count as other, and totals stay right whatever happens."""

from __future__ import annotations

from typing import Any

import pytest

from stream.domain.segments import OTHER, THREE
from tests.flow.drive import Flow

MINUTE = 60


def flow(**limits: Any) -> Flow:
    return Flow(
        windows={"rolling": "1h", "today": False},
        group_by={"names": "all,team"},
        topics={"partitions": 3},
        # Every creation would hold the name of its team for an hour.
        metrics={"resolution_rate": {"enabled": False}, "backlog_flow": {"enabled": False}},
        limits=limits,
    )


def create(running: Flow, *teams: str, partition: int = 0) -> Flow:
    for team in teams:
        ticket = running.ticket_in(partition, f"{team}-{running._sent}")
        running.tell(ticket, "ticket.created", -1, channel="phone", team=team)
        running.tell(ticket, "ticket.queued", -1).tell(ticket, "ticket.answered", 0)
    return running


def offered(running: Flow) -> dict[str, int]:
    """Contacts by team, as the rows say; the total is that of the group all."""
    rows = [row for row in running.rows().values() if row["metric"] == "contacts_offered" and row["count"]]
    found = {row["segment"].get("team", "all"): row["count"] for row in rows}
    assert found.pop("all") == sum(found.values())
    return found


def opened(running: Flow) -> dict[str, int]:
    rows = [row for row in running.rows().values() if row["metric"] == "open_tickets" and row["count"]]
    found = {row["segment"].get("team", "all"): row["count"] for row in rows}
    assert found.pop("all") == sum(found.values())
    return found


def counters(running: Flow) -> dict[str, int]:
    view = running.rollup.view.counters
    return {THREE.labels(segment)["team"]: cells["answered"].count for segment, cells in view.items()}


def test_further_teams_of_all_partitions_together_count_as_other() -> None:
    with flow(max_groups=2, new_groups_per_minute=1000) as running:
        create(running, "a", partition=0)
        running.settle().advance(MINUTE)
        for partition, teams in enumerate(("ab", "ac", "bd")):
            create(running, *teams, partition=partition)
        running.settle().advance(MINUTE)
        create(running, *"cd", partition=1)
        running.settle()
        assert offered(running) == opened(running) == counters(running) == {"a": 3, "b": 2, OTHER: 4}
        assert running.rollup.groups == 2
        assert running.rollup.groups_refused_total == 2


@pytest.mark.parametrize("restarts", [0, 1, 2])
def test_names_stay_where_they_are_over_restarts_and_what_is_taken_back_is_taken_from_them(restarts: int) -> None:
    with flow(max_groups=2, new_groups_per_minute=1000) as running:
        create(running, "a").settle().advance(MINUTE)
        create(running, *"bcd").settle()
        before = offered(running)
        assert sorted(before) in (["a", "b", OTHER], ["a", "c", OTHER], ["a", "d", OTHER])
        for _ in range(restarts):
            for topic in ("changelog", "partials", "metrics"):
                running.logs.compact(running.names[topic])
            running.restart()
        assert offered(running) == opened(running) == counters(running) == before
        for ticket in {record.key for record in running.logs.of(running.names["tickets"])}:
            assert ticket is not None
            running.tell(ticket.decode(), "ticket.removed", 0, reason="spam")
        running.settle()
        assert [row for row in running.rows().values() if row.get("value")] == []


def test_half_of_the_names_are_given_at_once_and_one_that_is_used_again_gets_its_own_later() -> None:
    with flow(max_groups=4, new_groups_per_minute=1) as running:
        create(running, *"aabbcc").settle()
        named = offered(running)
        assert (len(named), named[OTHER]) == (3, 2)
        late = next(team for team in "abc" if team not in named)
        before = counters(running)
        # Nothing is given to a name that is not used, however long it waits.
        running.advance(10 * MINUTE)
        assert offered(running) == named
        create(running, late).settle()
        assert offered(running) == opened(running) == {"a": 2, "b": 2, "c": 2} | {late: 3}
        # A counter that goes back would be taken for a restart: other keeps what it has counted.
        assert counters(running) == before | {late: 1}
        running.restart()
        assert offered(running) == {"a": 2, "b": 2, "c": 2} | {late: 3}
        assert counters(running) == before | {late: 1}


def test_those_that_were_refused_do_not_get_a_name_by_a_restart() -> None:
    with flow(max_groups=10, new_groups_per_minute=0) as running:
        create(running, *"abcdefgh").settle()
        named = offered(running)
        assert len(named) == 6
        assert offered(running.restart()) == named


def test_state_of_before_there_were_names_keeps_them() -> None:
    with flow(max_groups=10, new_groups_per_minute=0) as running:
        create(running, *"abcdefgh").settle()
        for (topic, _), log in running.logs.records.items():
            if topic == running.names["partials"]:
                log[:] = [record for record in log if record.key is not None and not record.key.startswith(b"g|")]
        assert offered(running.restart()) == dict.fromkeys("abcdefgh", 1)


def test_a_limit_that_is_lowered_makes_the_rest_other() -> None:
    with flow(max_groups=6, new_groups_per_minute=60_000) as running:
        create(running, *"abc").settle()
        running.settings = running.settings.model_copy(
            update={"limits": running.settings.limits.model_copy(update={"max_groups": 2})}
        )
        shown = offered(running.restart())
        assert sum(shown.values()) == 3
        assert shown[OTHER] == 1


def test_a_replay_knows_no_rate() -> None:
    with Flow(
        clock="event",
        windows={"rolling": "1h", "today": False},
        group_by={"names": "all,team"},
        topics={"partitions": 1},
        limits={"max_groups": 10, "new_groups_per_minute": 0},
    ) as running:
        create(running, *"abcdefgh").settle()
        assert offered(running) == dict.fromkeys("abcdefgh", 1)


def test_other_of_a_full_shard_takes_no_place() -> None:
    with flow(max_segments=1, max_groups=1, new_groups_per_minute=0) as running:
        create(running, *"abc").settle()
        assert offered(running) == {"a": 1, OTHER: 2}
        assert THREE.other in running.rollup._naming._names
        assert running.rollup.groups_refused_total == 0


def open_ticket(running: Flow, team: str) -> str:
    """Of this ticket nothing is known but that it is open: a level, and no pane or counter."""
    ticket = running.ticket_in(0, f"open-{team}")
    running.tell(ticket, "ticket.created", -1, channel="phone", team=team)
    return ticket


def names_told(running: Flow) -> set[str]:
    """Teams that have a name, as the partials say."""
    running.logs.compact(running.names["partials"])
    told = running.logs.of(running.names["partials"])
    found = (record.key[2:].decode() for record in told if record.key and record.key[:2] == b"g|" and record.value)
    return {THREE.labels(segment)["team"] for segment in found}


@pytest.mark.parametrize("restarts", [0, 1])
def test_a_name_that_nothing_is_counted_under_any_more_is_free_for_others(restarts: int) -> None:
    with flow(max_groups=2, new_groups_per_minute=60) as running:
        ticket = open_ticket(running, "a")
        running.settle().advance(MINUTE)
        open_ticket(running, "b")
        running.settle().advance(MINUTE)
        assert (opened(running), names_told(running)) == ({"a": 1, "b": 1}, {"a", "b"})
        running.tell(ticket, "ticket.updated", 0, team="b").settle()
        # Twice: what the owner wrote of its names has come back to it by then.
        running.settle().settle()
        assert (opened(running), names_told(running), running.rollup.groups) == ({"b": 2}, {"b"}, 1)
        for _ in range(restarts):
            running.restart()
        running.advance(MINUTE)
        create(running, "c").settle()
        assert (opened(running), names_told(running)) == ({"b": 2, "c": 1}, {"b", "c"})
        running.advance(MINUTE)
        create(running, "a").settle()
        # A counter stays for good, and so does the name that it is under.
        running.advance(2 * 24 * 60 * MINUTE)
        assert (opened(running), names_told(running)) == ({"b": 2, "c": 1, OTHER: 1}, {"b", "c"})


def test_a_name_that_lost_its_use_while_nobody_owned_the_rollup_is_free() -> None:
    with flow(max_groups=2, new_groups_per_minute=60) as running:
        ticket = open_ticket(running, "a")
        running.settle()
        running.tell(ticket, "ticket.removed", 0, reason="spam")
        running.rollup.ready = False
        running.settle()
        assert names_told(running) == {"a"}
        running.restart()
        assert (names_told(running), running.rollup.groups) == (set(), 0)


def test_what_was_refused_and_is_gone_is_forgotten() -> None:
    with flow(max_groups=1, new_groups_per_minute=60) as running:
        create(running, "a").settle()
        ticket = open_ticket(running, "b")
        running.settle()
        assert opened(running) == {"a": 1, OTHER: 1}
        running.tell(ticket, "ticket.removed", 0, reason="spam").settle()
        assert opened(running) == {"a": 1}
        assert running.rollup._rollup._unnamed == {}


def test_a_flood_of_names_that_are_gone_again_takes_no_place() -> None:
    with flow(max_groups=10, new_groups_per_minute=60_000) as running:
        ticket = open_ticket(running, "team")
        for number in range(40):
            running.tell(ticket, "ticket.updated", 0, team=f"team {number}").settle().advance(1)
        create(running, "a", "b").settle()
        assert opened(running) == {"team 39": 1, "a": 1, "b": 1}
        assert running.rollup.groups_refused_total == 0
