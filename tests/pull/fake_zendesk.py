"""The part of Zendesk's API that is asked, over a made-up account. It may repeat, shuffle, and lie about its place."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.connect.zendesk_account import AGENT, CUSTOMER, START_SECONDS, SYSTEM, ZendeskAccount, usual_account
from tests.pull.fake_server import TOKEN, FakeServer, Fault, Query

USER = "robot@example.org"


def large_account(tickets: int) -> ZendeskAccount:
    """The usual one, and many tickets more, some of them in the same second."""
    account = usual_account()
    for number in range(100, 100 + tickets):
        at = 2000 + number // 3 * 10
        account.step(number, at, CUSTOMER, via="email", create={"status": "new", "group_id": "3601"}, public=True)
        account.step(number, at + 60, AGENT, public=True, change={"status": "solved"})
        if number % 4 == 0:
            account.step(number, at + 90, SYSTEM, via="rule", change={"status": "closed"})
        account.rating(number, "good" if number % 2 else "offered", at + 100, at + 120)
    return account


class FakeZendesk:
    """Answers requests. ``is_honest``: pages are in order, and say where they end."""

    def __init__(self, account: ZendeskAccount, page_size: int = 7, *, is_honest: bool = True, seed: int = 0) -> None:
        self.account = account
        self._page_size = page_size
        self._is_honest = is_honest
        self._chance = random.Random(seed)
        self.known_users: set[int] = {user["id"] for user in account.users}

    def __call__(self, path: str, query: Query) -> Any:
        """The content for a request."""
        if path == "/api/v2/incremental/ticket_events.json":
            return self._events(query)
        if path == "/api/v2/satisfaction_ratings.json":
            return self._ratings(query)
        if path == "/api/v2/users/show_many.json":
            asked = set(map(int, query["ids"].split(",")))
            return {"users": [user for user in self.account.users if user["id"] in asked & self.known_users]}
        if path.startswith("/api/v2/tickets/") and path.endswith("/audits.json"):
            return self._audits(int(path.split("/")[4]), query)
        return None

    def _events(self, query: Query) -> Any:
        assert query["include"] == "comment_events"
        start = int(query["start_time"]) - START_SECONDS
        steps = sorted((step for step in self.account.steps if step.at_seconds >= start), key=lambda s: s.at_seconds)
        # All events of the last second belong to the page, however many there are.
        last = steps[min(self._page_size, len(steps)) - 1].at_seconds if steps else start
        page = [step for step in steps if step.at_seconds <= last]
        is_end = len(page) == len(steps)
        events = [self.account.ticket_event(step) for step in page]
        end = last
        if not self._is_honest:
            events += self._chance.choices(events, k=2) if events else []
            self._chance.shuffle(events)
            # It may claim to be anywhere before its end, or before its beginning.
            end = self._chance.choice((last, last, last, start - 500, start, last + 500))
            is_end = is_end and end >= last
        return {
            "ticket_events": events,
            "count": len(events),
            "end_time": START_SECONDS + end,
            "end_of_stream": is_end,
            "next_page": "http://127.0.0.1:1/elsewhere",
        }

    def _ratings(self, query: Query) -> Any:
        since, page = int(query["start_time"]), int(query["page"])
        found = [each for each in self.account.ratings if _seconds(each["created_at"]) >= since]
        first = (page - 1) * self._page_size
        return {
            "satisfaction_ratings": found[first : first + self._page_size],
            "next_page": "more" if first + self._page_size < len(found) else None,
        }

    def _audits(self, ticket: int, query: Query) -> Any:
        audits = self.account.audits_of(ticket)
        first = (int(query["page"]) - 1) * 2
        if not audits:
            return None
        return {
            "audits": audits[first : first + 2],
            "users": self.account.users,
            "next_page": "more" if first + 2 < len(audits) else None,
        }


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def zendesk_server(answers: FakeZendesk, faults: Sequence[Fault] = ("ok",), retry_after: str = "0") -> FakeServer:
    """A server of these answers."""
    login = "Basic " + base64.b64encode(f"{USER}/token:{TOKEN}".encode()).decode()
    return FakeServer(answers, lambda headers: headers.get("Authorization") == login, faults, retry_after)
