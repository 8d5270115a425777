"""Lists and histories that do not go on, have no end, or cannot be read: told, and nothing is left out in silence."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from stream.clock import ManualClock, SystemClock
from stream.connect import chatwoot, zendesk
from stream.connect.api import Api, CutOff, Feed, Request
from stream.connect.fields import Unreadable
from stream.connect.outcome import Outcome
from stream.connect.vendor import Account, Record, Vendor
from stream.domain.times import format_time_us
from stream.pull import history as history_module
from stream.pull.client import Client, Gone, Refused, TryLater
from stream.pull.fetching import Fetching
from stream.pull.held import MOST_HELD_BYTES
from stream.pull.letters import letter_row
from stream.pull.work import FeedWork
from tests.connect.kit import by_id
from tests.pull import fake_chatwoot, fake_zendesk
from tests.pull.fake_chatwoot import FakeChatwoot
from tests.pull.fake_zendesk import FakeZendesk
from tests.pull.pulled import KeptCommits
from tests.pull.test_feeds import CHATWOOT, ZENDESK, everything_of_chatwoot, everything_of_zendesk

NOW = 1_764_230_400
Answer = Callable[[str, dict[str, str]], Any]


def iso(seconds: int) -> str:
    return format_time_us(seconds * 1_000_000)


def feed_of(vendor: Vendor, name: str) -> Feed:
    return next(feed for feed in cast(Api, vendor.api).feeds if feed.name == name)


class Answers(Client):
    """In place of the API: what ``answer`` says, each answer as large as ``latest_bytes``."""

    def __init__(self, answer: Answer, each_bytes: int = 0) -> None:
        self.answer = answer
        self.latest_bytes = each_bytes
        self.asked: list[Request] = []

    async def get(self, request: Request) -> Any:
        self.asked.append(request)
        found = self.answer(request.path, dict(request.query))
        if isinstance(found, Exception):
            raise found
        if found is None:
            raise Gone
        return found


class Reading:
    """A list that is read step by step."""

    def __init__(self, vendor: Vendor, account: Account, name: str, answers: Answers, since: int = 0) -> None:
        self.commits = KeptCommits()
        self.answers = answers
        clock = SystemClock()
        self._fetching = Fetching(vendor, cast(Api, vendor.api), account, answers, clock)
        self.work = FeedWork(feed_of(vendor, name), since, self._fetching, self.commits, clock, 600_000, 0.0)

    def steps(self, most: int) -> list[str]:
        """What so many steps had to tell; up to the end of the list."""

        async def go() -> list[str]:
            told = []
            for _ in range(most):
                try:
                    await self.work.step()
                except (TryLater, Refused) as problem:
                    told.append(str(problem))
                if self.work.state.has_ended:
                    break
            return told

        return asyncio.run(go())


@pytest.mark.parametrize("is_last", [False, True])
def test_a_page_of_older_events_than_were_asked_for_moves_no_cursor(is_last: bool) -> None:
    feed = feed_of(zendesk.VENDOR, "ticket_events")
    events = [{"created_at": iso(NOW - 3601)}, {"created_at": iso(NOW - 9000)}]
    answer = {"ticket_events": events, "end_time": NOW, "end_of_stream": is_last}
    with pytest.raises(Unreadable, match="older than what was asked for"):
        feed.read({"start_time": NOW - 3600}, answer, NOW)
    events.append({"created_at": iso(NOW - 3600)})
    assert feed.read({"start_time": NOW - 3600}, answer, NOW).cursor == {"start_time": NOW - 3600 + (not is_last)}


def test_a_page_of_events_whose_times_are_unknown_moves_no_cursor() -> None:
    feed = feed_of(zendesk.VENDOR, "ticket_events")
    answer = {"ticket_events": [{"created_at": "soon"}, {"created_at": iso(NOW + 9)}], "end_time": NOW - 10}
    with pytest.raises(Unreadable, match="without a time up to now"):
        feed.read({"start_time": NOW - 3600}, answer, NOW)


def test_older_events_are_trouble_until_others_come_and_nothing_is_skipped() -> None:
    honest = FakeZendesk(fake_zendesk.large_account(10))
    lies = itertools.count()

    def answer(path: str, query: dict[str, str]) -> Any:
        if path.endswith("ticket_events.json") and next(lies) in (2, 3, 4):
            return honest(path, {**query, "start_time": "0"})
        return honest(path, query)

    reading = Reading(zendesk.VENDOR, ZENDESK, "ticket_events", Answers(answer))
    assert len(reading.steps(100)) == 3
    wanted = everything_of_zendesk(honest)
    assert by_id(reading.commits.events) == {name: wanted[name] for name in by_id(reading.commits.events)}
    assert {name for name in wanted if not name.startswith("50")} == by_id(reading.commits.events).keys()


PAGES: dict[str, tuple[Vendor, Account, FakeZendesk | FakeChatwoot]] = {
    "satisfaction_ratings": (zendesk.VENDOR, ZENDESK, FakeZendesk(fake_zendesk.large_account(20))),
    "conversations": (chatwoot.VENDOR, CHATWOOT, FakeChatwoot(fake_chatwoot.large_account(20))),
    "survey_responses": (chatwoot.VENDOR, CHATWOOT, FakeChatwoot(fake_chatwoot.large_account(20))),
}
"""Lists that go by numbers of pages."""


def test_every_list_by_numbers_of_pages_is_here() -> None:
    feeds = [feed for vendor in (zendesk.VENDOR, chatwoot.VENDOR) for feed in cast(Api, vendor.api).feeds]
    assert {feed.name for feed in feeds if "page" in feed.start(0)} == PAGES.keys()


@pytest.mark.parametrize("cycle", [1, 2])
@pytest.mark.parametrize("name", PAGES)
def test_pages_that_come_again_are_trouble_and_the_list_goes_on_once_others_come(name: str, cycle: int) -> None:
    vendor, account, honest = PAGES[name]
    is_lying = True

    def answer(path: str, query: dict[str, str]) -> Any:
        if is_lying and "page" in query and "/audits" not in path:
            page = (int(query["page"]) - 1) % cycle + 1
            return honest(path.removeprefix(fake_chatwoot.PREFIX), {**query, "page": str(page)})
        return honest(path, query)

    reading = Reading(vendor, account, name, Answers(answer))
    told = reading.steps(30)
    # The walk begins again once; from then on it waits, and waits longer each time.
    assert len(told) == 30 - 2 * cycle
    assert set(told) == {"a page again that this walk has seen already: its pages do not go on"}
    assert not reading.work.state.has_ended
    answered = reading.work.answers_total
    reading.steps(3)
    assert reading.work.answers_total == answered
    is_lying = False
    assert reading.steps(200) == []
    assert reading.work.state.has_ended
    wanted = everything_of_zendesk(honest) if isinstance(honest, FakeZendesk) else everything_of_chatwoot(honest)
    found = by_id(reading.commits.events)
    assert found
    assert found == {each: wanted[each] for each in found}


def test_as_many_new_conversations_as_fill_a_page_do_not_stop_a_walk() -> None:
    account = fake_chatwoot.large_account(20)
    honest = FakeChatwoot(account, page_size=4)
    reading = Reading(chatwoot.VENDOR, CHATWOOT, "conversations", Answers(honest))
    reading.steps(2)
    latest = max(state.at_seconds for state in account.states)
    for number in range(4):
        account.state(5000 + number, latest + 100 + number)
    assert len(reading.steps(50)) == 1
    assert reading.work.state.has_ended


def test_the_same_page_of_a_history_is_trouble_and_asked_for_again() -> None:
    honest = FakeZendesk(fake_zendesk.large_account(2))
    lies = itertools.count()

    def answer(path: str, query: dict[str, str]) -> Any:
        if query.get("page") == "2" and next(lies) < 3:
            return honest(path, {**query, "page": "1"})
        return honest(path, query)

    answers = Answers(answer)
    fetching = Fetching(zendesk.VENDOR, cast(Api, zendesk.VENDOR.api), ZENDESK, answers, ManualClock(0))

    async def go() -> int:
        for tries in range(10):
            try:
                return len((await fetching.read((), ["1"], 0)).events) and tries
            except TryLater as problem:
                told.append(str(problem))
        return -1

    told: list[str] = []
    assert asyncio.run(go()) == 3
    assert set(told) == {"the history of ticket 1: the same page again, its pages do not go on"}


def test_a_ticket_of_a_page_that_stays_refused_is_a_dead_letter_and_the_list_goes_on() -> None:
    honest = FakeChatwoot(fake_chatwoot.large_account(8))
    is_all_refused = False

    def answer(path: str, query: dict[str, str]) -> Any:
        return Refused(403) if is_all_refused or path == "/conversations/1003/messages" else honest(path, query)

    reading = Reading(chatwoot.VENDOR, CHATWOOT, "conversations", Answers(answer))
    reading.steps(4)
    is_all_refused = True
    assert set(reading.steps(50)) == {"answer 403: the token is refused"}
    # Where the list is refused as well, no ticket is to blame.
    assert not reading.commits.broken
    is_all_refused = False
    reading.steps(50)
    assert reading.work.state.has_ended
    assert [(item.record, item.detail) for item in reading.commits.broken] == [
        ("ticket 1003", "its history: answer 403: the token is refused")
    ]
    wanted = {name for name, event in by_id(reading.commits.events).items() if b'"1003"' not in event}
    assert wanted == {
        name
        for name, event in everything_of_chatwoot(honest).items()
        if b'"1003"' not in event and b"survey.answered" not in event
    }


def endless_audits(path: str, query: dict[str, str]) -> Any:
    """Audits without end, of a made-up ticket."""
    story = fake_zendesk.large_account(0)
    audit = story.audits_of(1)[0]
    number = int(query.get("page", "1"))
    return {"audits": [{**audit, "id": 10_000 + number}], "users": story.users, "next_page": "more"}


def endless_messages(path: str, query: dict[str, str]) -> Any:
    """Messages without end."""
    story = fake_chatwoot.large_account(0)
    message = story.api_message(story.messages[0])
    first = int(query.get("before", 10_000_000))
    return {"payload": [{**message, "id": first - 1}]}


def test_a_history_that_is_cut_off_is_named_and_what_there_is_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "MOST_ANSWERS", 150)
    for vendor, account, answer, asked, said in (
        (zendesk.VENDOR, ZENDESK, endless_audits, 100, "more than the 100 pages that Zendesk gives"),
        (chatwoot.VENDOR, CHATWOOT, endless_messages, 150, "more than 150 answers"),
    ):
        answers = Answers(answer)
        fetching = Fetching(vendor, cast(Api, vendor.api), account, answers, ManualClock(0))
        read = asyncio.run(fetching.read((), ["1"], 0))
        assert len(answers.asked) == asked
        assert read.events
        (broken,) = [item for item in read.broken if item.record == "ticket 1"]
        assert said in broken.detail
        assert "deskpulse convert" in broken.detail


def test_a_history_that_is_too_large_is_cut_off_and_named() -> None:
    answers = Answers(endless_messages, each_bytes=18 << 20)
    fetching = Fetching(chatwoot.VENDOR, cast(Api, chatwoot.VENDOR.api), CHATWOOT, answers, ManualClock(0))
    read = asyncio.run(fetching.read((), ["1"], 0))
    assert len(answers.asked) == 8
    assert [(item.record, "more than 128 MiB of memory" in item.detail) for item in read.broken] == [("ticket 1", True)]


@pytest.mark.parametrize("is_shaky", [False, True])
def test_large_histories_are_read_in_portions_that_give_the_same(
    is_shaky: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = FakeChatwoot(fake_chatwoot.large_account(20), page_size=10)
    held: list[int] = []
    turns = itertools.count()

    def answer(path: str, query: dict[str, str]) -> Any:
        held.append(sum(history.held_bytes for history in reading._fetching._histories))
        if is_shaky and next(turns) % 3 == 2:
            return TryLater("answer 500")
        return honest(path, query)

    reading = Reading(chatwoot.VENDOR, CHATWOOT, "conversations", Answers(answer, each_bytes=40 << 20))
    reading.steps(200)
    assert max(held) < MOST_HELD_BYTES
    portions = by_id(reading.commits.events)
    whole = Reading(chatwoot.VENDOR, CHATWOOT, "conversations", Answers(honest))
    whole.steps(200)
    assert portions == by_id(whole.commits.events)
    assert len(reading.commits.events) == len(whole.commits.events)


class Failing:
    """A translator that raises over one record, with what somebody wrote as its message."""

    def __init__(self, vendor: Vendor, fails: Callable[[Record], bool], error: Exception) -> None:
        self._translate = vendor.translate
        self._fails = fails
        self._error = error

    def __call__(self, record: Record, account: Account) -> Iterator[Outcome]:
        if self._fails(record):
            raise self._error
        yield from self._translate(record, account)


@pytest.mark.parametrize("error", [KeyError("Anna Arndt"), RecursionError("Anna Arndt"), ZeroDivisionError()])
def test_a_record_over_which_the_translator_fails_is_a_dead_letter(error: Exception) -> None:
    honest = FakeZendesk(fake_zendesk.large_account(5))
    fails = Failing(zendesk.VENDOR, lambda record: record.get("audit", {}).get("ticket_id") == 1, error)
    reading = Reading(replace(zendesk.VENDOR, translate=fails), ZENDESK, "ticket_events", Answers(honest))
    assert reading.steps(100) == []
    assert {event["subject"] for event in reading.commits.events} >= {"2", "100"}
    assert "1" not in {event["subject"] for event in reading.commits.events}
    broken = reading.commits.broken
    assert {(item.detail, item.reason) for item in broken} == {
        (f"{type(error).__name__} while it was read: a defect", "internal_error")
    }
    assert all(item.record.startswith("audit ") and "ticket_id 1" in item.record for item in broken)
    assert b'"reason":"internal_error"' in letter_row("acme", broken[0], 0)
    assert b"Anna" not in letter_row("acme", broken[0], 0)


def test_an_event_that_cannot_be_written_is_a_dead_letter() -> None:
    honest = FakeZendesk(fake_zendesk.large_account(2))
    translate = zendesk.VENDOR.translate

    def with_half_a_pair(record: Record, account: Account) -> Iterator[Outcome]:
        for outcome in translate(record, account):
            if isinstance(outcome, dict) and outcome["subject"] == "1":
                yield {**outcome, "data": {**outcome["data"], "team": "\ud83d"}}
            else:
                yield outcome

    vendor = replace(zendesk.VENDOR, translate=with_half_a_pair)
    reading = Reading(vendor, ZENDESK, "ticket_events", Answers(honest))
    assert reading.steps(100) == []
    assert {event["subject"] for event in reading.commits.events} >= {"2", "100"}
    assert {item.reason for item in reading.commits.broken} == {"internal_error"}


@pytest.mark.parametrize("part", ["records", "join", "more", "read"])
def test_what_fails_over_a_whole_answer_is_trouble(part: str) -> None:
    def fail(*_: Any) -> Any:
        raise KeyError("Anna Arndt")

    vendor = chatwoot.VENDOR
    api = cast(Api, vendor.api)
    if part == "join":
        vendor = replace(vendor, join=fail)
    elif part == "read":
        vendor = replace(vendor, api=replace(api, feeds=tuple(replace(feed, read=fail) for feed in api.feeds)))
    else:
        changed: dict[str, Any] = {part: fail}
        vendor = replace(vendor, api=replace(api, **changed))
    honest = FakeChatwoot(fake_chatwoot.large_account(5))
    reading = Reading(vendor, CHATWOOT, "conversations", Answers(honest))
    assert set(reading.steps(5)) == {"KeyError while an answer was read: a defect"}
    assert not reading.commits.kept


def test_cut_off_is_no_defect() -> None:
    with pytest.raises(CutOff):
        cast(Api, zendesk.VENDOR.api).more(
            Request("/api/v2/tickets/1/audits.json", (("page", "100"),)), {"audits": [{}], "next_page": "more"}, 0
        )
