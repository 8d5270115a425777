"""A time that lies ahead of now, in an answer or in a stored cursor, keeps no list from being asked for."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from stream.clock import ManualClock
from stream.connect import chatwoot, zendesk
from stream.connect.api import Cursor, Feed
from stream.domain.times import format_time_us
from stream.pull.fetching import Fetching
from stream.pull.work import FeedWork
from tests.pull.pulled import KeptCommits

NOW = 1_764_230_400
BEFORE, AHEAD = NOW - 600, NOW + 10 * 365 * 86_400


def iso(seconds: int) -> str:
    return format_time_us(seconds * 1_000_000)


ANSWERS = {
    "ticket_events": {
        "ticket_events": [{"created_at": iso(BEFORE)}, {"created_at": iso(AHEAD)}],
        "end_time": AHEAD,
    },
    "satisfaction_ratings": {"satisfaction_ratings": [{"updated_at": iso(BEFORE)}, {"updated_at": iso(AHEAD)}]},
    "conversations": {
        "data": {"payload": [{"id": 1, "last_activity_at": AHEAD}, {"id": 2, "last_activity_at": BEFORE}]}
    },
    "survey_responses": [{"created_at": AHEAD}, {"created_at": BEFORE}],
}
FEEDS = [feed for vendor in (zendesk.VENDOR, chatwoot.VENDOR) if vendor.api for feed in vendor.api.feeds]


def test_every_list_has_an_answer_here() -> None:
    assert ANSWERS.keys() == {feed.name for feed in FEEDS}


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_a_time_ahead_of_now_moves_no_cursor(feed: Feed) -> None:
    page = feed.read(feed.start(NOW - 3600), ANSWERS[feed.name], NOW)
    assert BEFORE in page.cursor.values()
    assert page.reached_seconds == BEFORE


def test_a_cursor_that_was_stored_ahead_of_now_is_brought_back() -> None:
    asked: list[Cursor] = []

    def request(cursor: Cursor, now: int) -> None:
        asked.append(cursor)

    def read(cursor: Cursor, content: Any, now: int) -> Any:
        raise AssertionError("nothing was asked")

    feed = Feed("tickets", start=lambda since: {"since": since}, request=request, read=read, requests_per_minute=60)
    commits = KeptCommits()
    commits.kept["tickets"] = {"since": AHEAD, "page": 3}
    clock = ManualClock(NOW * 1_000_000)
    asyncio.run(FeedWork(feed, 0, cast(Fetching, None), commits, clock, 60.0, 60.0).step())
    assert asked == [{"since": NOW, "page": 3}]
