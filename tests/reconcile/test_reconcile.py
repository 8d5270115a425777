"""Two accounts of the same tickets: each rule by a ticket made for it, and that the shares add up to the whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from stream.cli.reconcile import reconcile_command
from stream.connect.zendesk import VENDOR
from stream.connect.zendesk.dumps import records_of
from stream.connect.zendesk.joining import joined
from stream.domain.definitions import Definitions
from stream.domain.events import Event
from stream.domain.times import format_time_us
from stream.errors import ConfigError
from stream.reconcile import amazon_connect, chatwoot, zendesk
from stream.reconcile.comparison import (
    LATER,
    NO_BEGINNING,
    NOT_OURS,
    NOT_THEIRS,
    UNEXPLAINED,
    Compared,
    compare,
    totals,
)
from stream.reconcile.export import objects_of
from stream.reconcile.ticket import Ticket
from tests.connect.kit import decoded, outcomes
from tests.connect.test_amazon_connect import contact
from tests.connect.test_amazon_connect import read as contacts
from tests.connect.test_zendesk import account_of
from tests.connect.zendesk_account import PLANTED, TEXT, usual_account
from tests.domain.stories import Story

BEGAN_US = 1_764_230_400_000_000


def story() -> Story:
    """Created at 0, by the customer."""
    return Story().created(BEGAN_US // 1_000_000, "email")


def at(seconds: float) -> float:
    return BEGAN_US // 1_000_000 + seconds


def ours(log: Sequence[Event]) -> dict[str, Ticket]:
    return {"1": Ticket(log, Definitions())}


def metric_set(**minutes: Any) -> dict[str, Any]:
    fields = {f"{name}_in_minutes": {"calendar": value, "business": 1} for name, value in minutes.items()}
    return {"id": 9, "ticket_id": 1, "url": TEXT, **fields}


def rule_of(log: Sequence[Event], row: dict[str, Any], figure: str = "reply_time") -> str:
    compared = compare(ours(log), zendesk.theirs_of([row]), zendesk.FIGURES)
    (found,) = [item for item in compared if item.figure == figure]
    return found.rule


def test_numbers_within_a_minute_agree() -> None:
    answered = story().message(at(300)).log
    assert rule_of(answered, metric_set(reply_time=5)) == ""
    assert rule_of(answered, metric_set(reply_time=6)) == ""
    assert rule_of(answered, metric_set(reply_time=7)) == UNEXPLAINED
    assert rule_of(answered, metric_set(reply_time=None)) == UNEXPLAINED


@pytest.mark.parametrize(
    ("log", "minutes", "rule"),
    [
        (story().handed_off(at(600)).message(at(900)).log, 15, "theirs begins at the creation, ours when a bot"),
        (story().message(at(60), "bot", automated=True).message(at(900)).log, 1, "theirs counts what a program wrote"),
        (story().message(at(60)).message(at(900)).log, 15, "theirs passes over an earlier reply of a person"),
        (story().message(at(900)).merged(at(999)).log, 15, "merged, spam or deleted: ours leaves it out"),
        (story().message(at(0)).message(at(900)).log, 15, "opened by an agent: ours leaves it out"),
    ],
)
def test_a_first_response_that_differs_by_a_rule(log: Sequence[Event], minutes: int, rule: str) -> None:
    assert rule_of(log, metric_set(reply_time=minutes)).startswith(rule)


def test_a_resolution_that_differs_by_a_rule() -> None:
    reopened = story().status(at(600), "solved").status(at(900), "open").log
    assert rule_of(reopened, metric_set(full_resolution_time=10), "full_resolution").startswith("reopened: ours has no")
    twice = story().status(at(600), "solved").status(at(900), "open").status(at(1800), "solved").log
    assert rule_of(twice, metric_set(first_resolution_time=30), "first_resolution").startswith("theirs ends at another")
    assert rule_of(twice, metric_set(full_resolution_time=30), "full_resolution") == ""


def test_what_happened_after_the_export_is_told_from_what_differs() -> None:
    log = story().status(at(600), "solved").status(at(900), "open").status(at(1800), "solved").log
    old = {**metric_set(full_resolution_time=10), "updated_at": format_time_us(BEGAN_US + 700_000_000), "reopens": 0}
    assert rule_of(log, old, "reopens") == LATER
    # Its number is one of ours as well, which is nearer than that the export is old.
    assert rule_of(log, old, "full_resolution") == "theirs ends at another of its resolutions"


def test_what_only_one_side_has_is_named() -> None:
    log = story().message(at(300)).log
    found = list(compare(ours(log), zendesk.theirs_of([{**metric_set(reply_time=5), "ticket_id": 2}]), zendesk.FIGURES))
    assert [(item.ticket, item.rule) for item in found] == [("2", NOT_OURS), ("1", NOT_THEIRS)]
    assert rule_of(log[1:], metric_set(reply_time=5)) == NO_BEGINNING


moments = st.integers(0, 5000)


@given(
    st.lists(st.tuples(moments, st.sampled_from(("agent", "bot", "customer"))), max_size=5),
    st.lists(st.tuples(moments, st.sampled_from(("solved", "open", "closed"))), max_size=4),
    st.none() | st.integers(0, 90),
)
def test_the_shares_of_the_rules_add_up_to_the_difference_of_the_sums(
    messages: list[tuple[int, str]], statuses: list[tuple[int, str]], minutes: int | None
) -> None:
    told = story()
    for seconds, author in messages:
        told.message(at(seconds), author, automated=author == "bot")
    for seconds, status in statuses:
        told.status(at(seconds), status)
    row = {**metric_set(reply_time=minutes, first_resolution_time=minutes, full_resolution_time=minutes), "reopens": 1}
    tickets = {"1": Ticket(told.log, Definitions()), "3": Ticket(story().message(at(5)).log, Definitions())}
    compared = list(compare(tickets, zendesk.theirs_of([row, {**row, "ticket_id": 2}]), zendesk.FIGURES))
    for total in totals(compared, zendesk.FIGURES):
        shares = sum(share.difference for share in total.shares)
        assert shares == pytest.approx(total.ours_sum - total.theirs_sum)
        assert sum(share.tickets for share in total.shares) == len(
            [c for c in compared if c.figure == total.figure.name]
        )


def reporting_event(name: str, value: float, end: float = 0) -> dict[str, Any]:
    return {"id": 1, "name": name, "value": value, "conversation_id": 1, "event_end_time": at(end), "user_id": 5}


def test_chatwoots_reporting_events() -> None:
    log = story().handed_off(at(30)).message(at(90)).status(at(300), "solved").status(at(400), "open").log
    rows = [
        reporting_event("first_response", 60, 90),
        reporting_event("conversation_resolved", 300, 300),
        reporting_event("reply_time", 5, 500),
    ]
    found = {item.figure: item for item in compare(ours(log), chatwoot.theirs_of(objects_of(rows)), chatwoot.FIGURES)}
    assert {name: item.rule for name, item in found.items()} == {
        "first_response": "",
        "first_resolution": "",
        "last_resolution": "reopened: ours has no full resolution until it is done again",
        "resolutions": "",
    }


def test_amazon_connects_time_in_queue() -> None:
    # 20 s as Connect says it, and the agent answered at once; then one that rang for 5 s.
    calls = [contact(), contact(ContactId="c2")]
    calls[1]["Queue"] = {**calls[1]["Queue"], "Duration": 15, "DequeueTimestamp": "2026-11-27T09:00:25Z"}
    log: dict[str, list[Event]] = {}
    for subject, event in decoded(contacts(*calls)):
        log.setdefault(subject, []).append(event)
    tickets = {name: Ticket(events, Definitions()) for name, events in log.items()}
    found = list(compare(tickets, amazon_connect.theirs_of(calls), amazon_connect.FIGURES))
    assert [(item.ours, item.theirs) for item in found] == [(20.0, 20.0), (20.0, 15.0)]
    assert found[1].rule.startswith("theirs ends when it leaves the queue")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(reconcile_command, [str(argument) for argument in arguments])


@pytest.fixture
def events(tmp_path: Path) -> Path:
    account = account_of()
    told = usual_account()
    rows: list[dict[str, Any]] = [{"users": told.users}, *({"audit": told.audit(step)} for step in told.steps)]
    found = outcomes(VENDOR, joined(records_of(rows, account), account), account)
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in found if isinstance(event, dict)))
    return path


def test_the_command_tells_figures_rules_and_what_is_unexplained(tmp_path: Path, events: Path) -> None:
    sets = [
        {**metric_set(reply_time=5, first_resolution_time=5, full_resolution_time=20), "reopens": 1},
        {**metric_set(reply_time=99), "ticket_id": 2, "reopens": 0},
    ]
    export = tmp_path / "metrics.json"
    export.write_text(json.dumps({"ticket_metrics": sets}))
    result = run("zendesk", export, "--events", events, "--source", "/zendesk/acme", "--out", tmp_path / "all.csv")
    assert result.exit_code == 1
    assert "first reply time, calendar" in result.stdout
    assert "unexplained: ticket 2, reply_time: ours none, theirs 5,940.0" in result.stdout
    lines = (tmp_path / "all.csv").read_text().splitlines()
    assert "1,reply_time,300.0,300.0,0.0,agree" in lines
    assert not [text for text in PLANTED if text in result.output + "".join(lines)]
    export.write_text(json.dumps(sets[0]))
    assert run("zendesk", export, "--events", events).exit_code == 0


@pytest.mark.parametrize(
    ("content", "source", "told"),
    [("{}", None, "no metric sets of zendesk in there"), ('{"ticket_id": 1, "reopens": 0}', "/other", "no events of")],
)
def test_files_that_hold_nothing_to_compare_are_told(
    tmp_path: Path, events: Path, content: str, source: str | None, told: str
) -> None:
    export = tmp_path / "metrics.json"
    export.write_text(content)
    result = run("zendesk", export, "--events", events, *(("--source", source) if source else ()))
    assert isinstance(result.exception, ConfigError)
    assert told in str(result.exception)


def test_differences_are_ours_less_theirs() -> None:
    assert Compared("1", "x", None, 5.0, "rule").difference == -5.0
