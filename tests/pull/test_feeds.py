"""The lists of both vendors, read from servers that limit, fail, cut off, repeat, and lie about order and place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stream.connect import chatwoot, zendesk
from stream.connect.chatwoot.dumps import joined as chatwoot_joined
from stream.connect.chatwoot.dumps import records_of as chatwoot_records
from stream.connect.chatwoot.options import ChatwootOptions
from stream.connect.vendor import Account
from stream.connect.zendesk.dumps import records_of as zendesk_records
from stream.connect.zendesk.joining import joined as zendesk_joined
from stream.connect.zendesk.options import ZendeskOptions
from stream.errors import ConfigError
from stream.pull import puller as puller_module
from tests.connect.kit import by_id, outcomes
from tests.connect.zendesk_account import START_SECONDS
from tests.pull import fake_chatwoot, fake_zendesk
from tests.pull.fake_chatwoot import FakeChatwoot, chatwoot_server
from tests.pull.fake_server import TOKEN, Fault
from tests.pull.fake_zendesk import USER, FakeZendesk, zendesk_server
from tests.pull.pulled import KeptCommits, Killed, pulled

ZENDESK = Account("/zendesk/acme", ZendeskOptions())
CHATWOOT = Account("/chatwoot/support.example.org/3", ChatwootOptions())
SINCE = START_SECONDS - 100
FAULTS: tuple[Sequence[Fault], ...] = (
    ("ok",),
    ("limit", "ok", "ok"),
    ("error", "cut", "ok", "garbage", "ok", "hang up", "ok"),
)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puller_module, "wait_seconds", lambda failures, asked, chance: 0.0)


def everything_of_zendesk(answers: FakeZendesk) -> dict[str, bytes]:
    story = answers.account
    rows = [{"users": story.users}, *map(story.audit, story.steps), *story.ratings]
    records = zendesk_joined(zendesk_records(rows, ZENDESK), ZENDESK)
    return by_id(outcomes(zendesk.VENDOR, records, ZENDESK))


def everything_of_chatwoot(answers: FakeChatwoot) -> dict[str, bytes]:
    story = answers.account
    last = {state.number: state for state in story.states}
    rows = [
        {"payload": [story.conversation(state) for state in last.values()]},
        {"payload": [story.api_message(message) for message in story.messages]},
        *story.responses,
    ]
    records = chatwoot_joined(chatwoot_records(rows, CHATWOOT), CHATWOOT)
    return by_id(outcomes(chatwoot.VENDOR, records, CHATWOOT))


@pytest.mark.parametrize("faults", FAULTS)
@pytest.mark.parametrize("is_honest", [True, False])
def test_all_of_zendesk_comes_however_its_api_behaves(faults: Sequence[Fault], is_honest: bool) -> None:
    answers = FakeZendesk(fake_zendesk.large_account(40), is_honest=is_honest, seed=3)
    commits = KeptCommits()
    with zendesk_server(answers, faults) as server:
        pulled(zendesk.VENDOR, ZENDESK, server.address, USER, TOKEN, commits, SINCE)
    assert by_id(commits.events) == everything_of_zendesk(answers)
    assert not commits.broken


@pytest.mark.parametrize("faults", FAULTS)
@pytest.mark.parametrize("is_honest", [True, False])
def test_all_of_chatwoot_comes_however_its_api_behaves(faults: Sequence[Fault], is_honest: bool) -> None:
    answers = FakeChatwoot(fake_chatwoot.large_account(30), is_honest=is_honest, seed=5)
    commits = KeptCommits()
    with chatwoot_server(answers, faults) as server:
        address = server.address + fake_chatwoot.PREFIX
        pulled(chatwoot.VENDOR, CHATWOOT, address, "", TOKEN, commits, SINCE)
    assert by_id(commits.events) == everything_of_chatwoot(answers)
    assert not commits.broken


def test_ended_after_any_page_the_next_process_goes_on_there() -> None:
    zendesk_answers = FakeZendesk(fake_zendesk.large_account(12))
    chatwoot_answers = FakeChatwoot(fake_chatwoot.large_account(12))
    with zendesk_server(zendesk_answers) as first, chatwoot_server(chatwoot_answers) as second:
        for vendor, account, address, user, wanted in (
            (zendesk.VENDOR, ZENDESK, first.address, USER, everything_of_zendesk(zendesk_answers)),
            (
                chatwoot.VENDOR,
                CHATWOOT,
                second.address + fake_chatwoot.PREFIX,
                "",
                everything_of_chatwoot(chatwoot_answers),
            ),
        ):
            commits = KeptCommits()
            ends = 0
            while True:
                commits.writes_left = 2
                try:
                    pulled(vendor, account, address, user, TOKEN, commits, SINCE)
                    break
                except Killed:
                    ends += 1
            assert ends > 3
            assert by_id(commits.events) == wanted


def test_a_limit_in_the_middle_of_a_page_does_not_make_it_begin_again() -> None:
    answers = FakeChatwoot(fake_chatwoot.large_account(30), page_size=20)
    commits = KeptCommits()
    # Three answers at a time, and a page needs twenty.
    with chatwoot_server(answers, ("ok", "ok", "ok", "limit")) as server:
        pulled(chatwoot.VENDOR, CHATWOOT, server.address + fake_chatwoot.PREFIX, "", TOKEN, commits, SINCE)
        asked = len(server.requests)
    assert by_id(commits.events) == everything_of_chatwoot(answers)
    assert asked < 300


def test_what_becomes_active_while_the_pages_are_read_is_seen_by_the_next_walk() -> None:
    answers = FakeChatwoot(fake_chatwoot.large_account(30))
    commits = KeptCommits()
    latest = max(message.at_seconds for message in answers.account.messages)
    with chatwoot_server(answers) as server:
        for share in range(1, 11):
            # Each walk ends in the middle of its pages, while more comes.
            answers.seen_seconds = latest * share // 10
            commits.writes_left = 3
            try:
                pulled(chatwoot.VENDOR, CHATWOOT, server.address + fake_chatwoot.PREFIX, "", TOKEN, commits, SINCE)
            except Killed:
                continue
        commits.writes_left = 1 << 30
        answers.seen_seconds = 1 << 40
        for _ in range(2):
            pulled(chatwoot.VENDOR, CHATWOOT, server.address + fake_chatwoot.PREFIX, "", TOKEN, commits, SINCE)
    messages = {name for name in by_id(commits.events) if "-m" in name}
    assert messages == {name for name in everything_of_chatwoot(answers) if "-m" in name}


def test_users_that_are_gone_leave_their_comments_as_dead_letters() -> None:
    answers = FakeZendesk(fake_zendesk.large_account(3))
    answers.known_users -= {900}
    commits = KeptCommits()
    with zendesk_server(answers) as server:
        pulled(zendesk.VENDOR, ZENDESK, server.address, USER, TOKEN, commits, SINCE)
        lookups = [query for path, query in server.requests if path.endswith("show_many.json")]
    assert {item.record for item in commits.broken} >= {"comment 1000 of ticket 1", "creation of ticket 1"}
    # Nobody is asked for twice.
    ids = [name for query in lookups for name in query["ids"].split(",")]
    assert sorted(ids) == sorted(set(ids))


def test_a_refused_token_is_told_with_what_to_do() -> None:
    with (
        zendesk_server(FakeZendesk(fake_zendesk.large_account(1))) as server,
        pytest.raises(ConfigError, match=r"connect.acme: the API refuses the token .*api_token") as told,
    ):
        pulled(zendesk.VENDOR, ZENDESK, server.address, USER, "another-T0ken", KeptCommits(), SINCE)
    assert "another-T0ken" not in str(told.value)


def test_a_list_that_is_not_there_is_told_with_what_to_do() -> None:
    with (
        zendesk_server(FakeZendesk(fake_zendesk.large_account(1))) as server,
        pytest.raises(ConfigError, match=r"ticket_events.json is not there .*api_url"),
    ):
        pulled(zendesk.VENDOR, ZENDESK, server.address + "/wrong", USER, TOKEN, KeptCommits(), SINCE)


@pytest.mark.parametrize("answer", [None, "forbidden"])
def test_a_list_that_was_there_and_is_not_for_a_while_is_trouble(answer: str | None) -> None:
    answers = FakeZendesk(fake_zendesk.large_account(12))
    asked = 0

    def now_and_then(path: str, query: dict[str, str]) -> object:
        nonlocal asked
        asked += path.endswith("ticket_events.json")
        return answer if path.endswith("ticket_events.json") and asked in (3, 4) else answers(path, query)

    commits = KeptCommits()
    with zendesk_server(answers) as server:
        server.answer = now_and_then
        puller = pulled(zendesk.VENDOR, ZENDESK, server.address, USER, TOKEN, commits, SINCE)
    assert by_id(commits.events) == everything_of_zendesk(answers)
    assert puller.works[0].state.failures_total == 2


def test_only_the_address_of_the_settings_is_asked() -> None:
    # Its pages name another address as the next one.
    with zendesk_server(FakeZendesk(fake_zendesk.large_account(12))) as server:
        pulled(zendesk.VENDOR, ZENDESK, server.address, USER, TOKEN, KeptCommits(), SINCE)
        assert {path.partition("/api/v2/")[0] for path, _ in server.requests} == {""}


def test_failures_in_a_row_are_those_without_an_answer_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def wait(failures: int, asked: float | None, chance: float) -> float:
        seen.append(failures)
        return 0.0

    monkeypatch.setattr(puller_module, "wait_seconds", wait)
    answers = FakeChatwoot(fake_chatwoot.large_account(12), page_size=12)
    with chatwoot_server(answers, ("ok", "error", "error")) as server:
        address = server.address + fake_chatwoot.PREFIX
        pulled(chatwoot.VENDOR, CHATWOOT, address, "", TOKEN, KeptCommits(), SINCE, "conversations")
    assert len(seen) > 20
    assert set(seen) == {1, 2}


@pytest.mark.parametrize("answer", [None, "forbidden"])
def test_an_account_without_ratings_is_read_all_the_same(answer: str | None) -> None:
    answers = FakeZendesk(fake_zendesk.large_account(3))

    def without_ratings(path: str, query: dict[str, str]) -> object:
        return answer if path.endswith("satisfaction_ratings.json") else answers(path, query)

    commits = KeptCommits()
    with zendesk_server(answers) as server:
        server.answer = without_ratings
        puller = pulled(zendesk.VENDOR, ZENDESK, server.address, USER, TOKEN, commits, SINCE)
    wanted = {name: event for name, event in everything_of_zendesk(answers).items() if not name.startswith("50")}
    assert by_id(commits.events) == wanted
    assert [bool(work.state.trouble) for work in puller.works] == [False, True]
