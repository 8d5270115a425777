"""What is undone, withdrawn or moved, from bytes in to rows out; and tickets that are not what they seem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.drive import Flow
from tests.flow.situations import AGENT, Told, count, mean, told, value


@pytest.mark.parametrize("leave", ["merged", "removed"])
@pytest.mark.parametrize("again", [False, True])
def test_what_left_the_figures_is_back_when_it_is_restored(leave: str, again: bool) -> None:
    data = {"into": "X"} if leave == "merged" else {"reason": "spam"}
    story = told(
        "T",
        ("created", "09:00:00", {"channel": "email"}),
        ("message", "09:10:00", AGENT),
        (leave, "09:20:00", data),
        ("restored", "09:25:00"),
        ("status", "10:00:00", {"status": "solved"}),
        *([(leave, "10:30:00", data)] if again else []),
    )
    flow = count(story[::-1])
    assert mean(flow, "first_response_time") == (None if again else 600)
    assert mean(flow, "full_resolution_time") == (None if again else 3600)


def survey(name: str, *answers: tuple[str, str, dict[str, Any]]) -> list[Told]:
    """``("answered", time, {"score": 1})`` and the like of survey q."""
    asked = {"survey_id": "q", "kind": "csat"}
    created = told(name, ("created", "07:00:00", {"channel": "email", "team": name}))
    return created + told(name, *((f"survey.{kind}", time, asked | data) for kind, time, data in answers))


def test_an_answer_that_is_withdrawn_counts_no_more_and_one_after_it_does() -> None:
    stories = [
        survey("gone", ("answered", "09:00:00", {"score": 1}), ("withdrawn", "10:00:00", {})),
        survey(
            "again",
            ("answered", "09:00:00", {"score": 1}),
            ("withdrawn", "10:00:00", {}),
            ("answered", "11:00:00", {"score": 5}),
        ),
        survey("other", ("answered", "09:00:00", {"score": 2}), ("withdrawn", "10:00:00", {"survey_id": "r"})),
        survey("declined", ("answered", "09:00:00", {"score": 2}), ("declined", "10:00:00", {})),
        survey("at once", ("answered", "09:00:00", {"score": 2}), ("withdrawn", "09:00:00", {})),
    ]
    for order in (1, -1):
        flow = count(*(story[::order] for story in stories))
        means = {
            name: mean(flow, "csat", "csat_mean", team=name)
            for name in ("gone", "again", "other", "declined", "at once")
        }
        assert means == {"gone": None, "again": 5, "other": 2, "declined": 2, "at once": None}
        assert flow.facts()["again|csat/q"]["time"] == "2026-11-02T11:00:00Z"


def test_a_team_that_is_taken_away_is_gone_and_one_not_named_stays() -> None:
    created = ("created", "09:00:00", {"channel": "email", "team": "tier 2", "priority": "urgent"})
    flow = count(
        told("stays", created, ("updated", "09:10:00", {"team": None, "priority": ""})),
        told("cleared", created, ("updated", "09:10:00", {"cleared": ["team", "priority"]})),
        told("moved", created, ("updated", "09:10:00", {"team": "tier 3", "cleared": ["team"]})),
        told(
            "queued",
            created,
            ("queued", "09:05:00", {"team": "tier 1"}),
            ("updated", "09:10:00", {"cleared": ["team"]}),
        ),
        group_by={"names": "all,team"},
    )
    open_of = {team: value(flow, "open_tickets", window="now", team=team) for team in ("tier 2", "tier 3", "")}
    assert open_of == {"tier 2": 1, "tier 3": 1, "": 2}


def test_two_tickets_of_one_id_are_counted_as_a_clash() -> None:
    flow = count(told("1001", ("created", "08:00:00", {"channel": "email"})))
    assert "subject_clashes" not in flow.tally()
    for identity, source in (("1", "/eu"), ("1", "/eu"), ("2", "/eu"), ("3", "/test")):
        event = {
            "specversion": "1.0",
            "id": identity,
            "source": source,
            "type": "support.ticket.created",
            "subject": "1001",
            "time": "2026-11-02T09:00:00Z",
            "data": {"channel": "email"},
        }
        flow.send(event).settle()
    assert flow.tally()["subject_clashes"] == 1


@pytest.fixture(params=["now", "then"])
def moved(request: pytest.FixtureRequest) -> Iterator[tuple[str, Flow]]:
    """A ticket of a that was answered, solved and rated, and is b's since."""
    story = told(
        "T",
        ("created", "08:00:00", {"channel": "chat", "team": "a", "priority": "low"}),
        ("queued", "08:00:00"),
        ("answered", "08:00:10"),
        ("message", "08:01:00", AGENT),
        ("status", "08:30:00", {"status": "solved"}),
        ("survey.answered", "08:40:00", {"survey_id": "q", "kind": "csat", "score": 4}),
        ("updated", "09:00:00", {"team": "b", "priority": "high"}),
        ("status", "09:01:00", {"status": "open"}),
        ("status", "10:00:00", {"status": "closed"}),
        ("survey.answered", "10:30:00", {"survey_id": "q", "kind": "csat", "score": 5}),
        ("status", "11:00:00", {"status": "open"}),
    )
    flow = count(story[::-1], definitions={"segment_of_facts": request.param})
    yield request.param, flow
    flow.__exit__()


def test_facts_are_those_of_the_team_that_has_the_ticket_now_or_had_it_then(moved: tuple[str, Flow]) -> None:
    setting, flow = moved
    before = ("first_response", "first_resolution", "offered/1", "answered/1", "answered_within/1", "csat/q")
    segments = {name: fact["segment"] for key, fact in flow.facts().items() if (name := key[2:]) in before}
    then = {"channel": "chat", "team": "a", "priority": "low"}
    now = {"channel": "chat", "team": "b", "priority": "high"}
    wanted = now if setting == "now" else then
    assert segments == dict.fromkeys(segments, wanted)
    assert segments.keys() == {*before}
    # What holds now is where the ticket is now.
    assert value(flow, "open_tickets", window="now", team="b") == 1


def test_a_resolution_belongs_to_the_team_that_had_the_ticket_at_that_moment() -> None:
    story = told(
        "T",
        ("created", "08:00:00", {"channel": "chat", "team": "a"}),
        ("status", "08:30:00", {"status": "solved"}),
        ("updated", "09:00:00", {"team": "b"}),
        ("status", "09:01:00", {"status": "open"}),
        ("status", "10:00:00", {"status": "solved"}),
    )
    flow = count(story, definitions={"segment_of_facts": "then"})
    assert [flow.count(f"{which}_resolution_time", "24h", team="a") for which in ("first", "full")] == [1, None]
    assert [flow.count(f"{which}_resolution_time", "24h", team="b") for which in ("first", "full")] == [None, 1]
