"""Doorbells: fetched once, kept while the vendor fails, and one that never comes does not hold up the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from aiokafka import TopicPartition

from stream.clock import ManualClock
from stream.connect import zendesk
from stream.connect.api import Request
from stream.connect.doorbell import Doorbell
from stream.connect.vendor import Account
from stream.connect.zendesk.options import ZendeskOptions
from stream.edge.kafka.fetched import Span
from stream.pull.bells import NAME, BellWork
from stream.pull.client import Client, Gone, Refused, TryLater
from stream.pull.fetching import Fetching
from tests.connect.zendesk_account import usual_account
from tests.pull.pulled import KeptCommits

PLACE = TopicPartition("bells", 0)
STORY = usual_account()


class Bells:
    """In place of a consumer of the topic."""

    def __init__(self, *tickets: str) -> None:
        self.values = [Doorbell("acme", ticket).encode() for ticket in tickets]
        self.position = 0

    def assign(self, places: Sequence[TopicPartition]) -> None:
        assert list(places) == [PLACE]

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.position = offset

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {PLACE: 0}

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {PLACE: len(self.values)}

    async def getmany(self, *places: TopicPartition, **_: Any) -> dict[TopicPartition, Span]:
        records = [Record(offset, value) for offset, value in enumerate(self.values)][self.position :]
        start, self.position = self.position, len(self.values)
        return {PLACE: Span(records, start, self.position)}


class Record:
    def __init__(self, offset: int, value: bytes) -> None:
        self.offset = offset
        self.value = value


class Answers(Client):
    """In place of the API. ``failing`` tickets never come, ``lost`` ones are not there; every second request fails."""

    def __init__(self, failing: set[str], lost: set[str], *, is_shaky: bool = False) -> None:
        self.failing = failing
        self.lost = lost
        self.is_shaky = is_shaky
        self.is_away = False
        self.refused: set[str] = set()
        self.asked: list[str] = []

    async def get(self, request: Request) -> Any:
        ticket = request.path.split("/")[4]
        self.asked.append(ticket)
        if self.is_away or ticket in self.failing or (self.is_shaky and len(self.asked) % 2 == 0):
            raise TryLater("answer 500")
        if ticket in self.refused:
            raise Refused(403)
        if ticket in self.lost:
            raise Gone
        return {"audits": STORY.audits_of(int(ticket)), "users": STORY.users, "next_page": None}


def work(bells: Bells, answers: Answers, commits: KeptCommits) -> BellWork:
    clock = ManualClock(0)
    assert zendesk.VENDOR.api is not None
    account = Account("/zendesk/acme", ZendeskOptions())
    fetching = Fetching(zendesk.VENDOR, zendesk.VENDOR.api, account, answers, clock)
    return BellWork("acme", "bells", bells, fetching, commits, clock)


def run(bells: BellWork, steps: int) -> int:
    """So many steps; gives how many of them came to nothing."""

    async def go() -> int:
        await bells.start()
        failed = 0
        for _ in range(steps):
            try:
                await bells.step()
            except (TryLater, Refused):
                failed += 1
        return failed

    return asyncio.run(go())


def subjects(commits: KeptCommits) -> set[str]:
    return {event["subject"] for event in commits.events}


@pytest.mark.parametrize("is_shaky", [False, True])
def test_tickets_are_fetched_once_and_what_is_not_there_is_passed_over(is_shaky: bool) -> None:
    commits = KeptCommits()
    answers = Answers(set(), {"99"}, is_shaky=is_shaky)
    run(work(Bells("1", "99", "1", "2"), answers, commits), 12)
    assert subjects(commits) == {"1", "2"}
    assert commits.kept[NAME] == {"offset": 4}
    assert len(answers.asked) == 3 * (2 if is_shaky else 1) - is_shaky


def run_while_others_ring(bell_work: BellWork, bells: Bells, expected: type[Exception]) -> None:
    """One more rings before each step, so that something is answered each time."""

    async def go() -> None:
        await bell_work.start()
        for step in range(40):
            bells.values.append(Doorbell("acme", str(200 + step)).encode())
            with suppress(expected):
                await bell_work.step()

    asyncio.run(go())


def test_one_that_never_comes_is_a_dead_letter_once_others_came_meanwhile() -> None:
    commits, bells = KeptCommits(), Bells("1", "2")
    bell_work = work(bells, Answers({"2"}, set()), commits)
    run(bell_work, 30)
    # Alone it might be the vendor that fails: it waits, and the position with it.
    assert commits.kept == {}
    for _ in range(12):
        bells.values.append(Doorbell("acme", "3").encode())
    bells.values[2:] = [Doorbell("acme", f"{number}").encode() for number in range(100, 112)]
    answers = Answers({"2"}, set())
    bell_work = work(bells, answers, commits)
    run_while_others_ring(bell_work, bells, TryLater)
    assert [item.record for item in commits.broken] == ["ticket 2"]
    assert commits.kept[NAME]["offset"] > 2


def test_a_ticket_that_the_token_may_not_read_is_a_dead_letter_and_the_others_are_fetched() -> None:
    commits, bells = KeptCommits(), Bells("2", "1")
    answers = Answers(set(), set())
    answers.refused = {"2"}
    bell_work = work(bells, answers, commits)
    run_while_others_ring(bell_work, bells, Refused)
    assert bell_work.state.has_answered
    assert [item.record for item in commits.broken] == ["ticket 2"]
    assert subjects(commits) == {"1"}


def test_while_the_vendor_is_away_nothing_is_given_up() -> None:
    commits = KeptCommits()
    answers = Answers(set(), set())
    answers.is_away = True
    bell_work = work(Bells("1", "2"), answers, commits)
    assert run(bell_work, 50) == 50
    assert commits.kept == {}
    answers.is_away = False
    run(bell_work, 1)
    assert subjects(commits) == {"1", "2"}
    assert not commits.broken
