"""The part of Chatwoot's API that is asked, over a made-up account; new activity may come while it is read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from tests.connect.chatwoot_account import ChatwootAccount, State, usual_account
from tests.pull.fake_server import TOKEN, FakeServer, Fault, Query

PREFIX = "/api/v1/accounts/3"


def large_account(conversations: int) -> ChatwootAccount:
    """The usual one, and many conversations more."""
    account = usual_account()
    for number in range(1000, 1000 + conversations):
        at = 2000 + number * 10
        account.state(number, at).message(number, at, "incoming", ("contact", 9))
        for reply in range(number % 6):
            account.message(number, at + 20 + reply, "outgoing", ("user", 5))
        account.state(number, at + 90, status="resolved")
        account.message(number, at + 91, "template", content="input_csat")
        account.response(number, account.messages[-1].number, 1 + number % 5, at + 100)
    return account


class FakeChatwoot:
    """Answers requests. ``is_honest``: pages are in order. ``seen_seconds``: what came later is not there yet."""

    def __init__(self, account: ChatwootAccount, page_size: int = 4, *, is_honest: bool = True, seed: int = 0) -> None:
        self.account = account
        self._page_size = page_size
        self._is_honest = is_honest
        self._chance = random.Random(seed)
        self.seen_seconds = 1 << 40

    def __call__(self, path: str, query: Query) -> Any:
        """The content for a request."""
        path = path.removeprefix(PREFIX)
        if path == "/conversations":
            assert query["status"] == "all"
            return {"data": {"meta": {}, "payload": self._page(self._conversations(), query)}}
        if path == "/csat_survey_responses":
            newest = sorted(self.account.responses, key=lambda each: -int(each["created_at"]))
            return self._page(newest, query)
        if path.endswith("/messages"):
            return self._messages(int(path.split("/")[2]), query)
        return None

    def _conversations(self) -> list[dict[str, Any]]:
        now: dict[int, State] = {}
        for state in self.account.states:
            if state.at_seconds <= self.seen_seconds:
                now[state.number] = state
        last = {number: state.at_seconds for number, state in now.items()}
        for message in self.account.messages:
            if message.at_seconds <= self.seen_seconds:
                last[message.conversation] = max(last[message.conversation], message.at_seconds)
        found = []
        for number in sorted(now, key=lambda each: -last[each]):
            body = self.account.conversation(now[number])
            shift = last[number] - now[number].at_seconds
            found.append({**body, "last_activity_at": body["last_activity_at"] + shift, "timestamp": 0})
        return found

    def _page(self, items: list[Any], query: Query) -> list[Any]:
        first = (int(query["page"]) - 1) * self._page_size
        page = items[first : first + self._page_size]
        if not self._is_honest and page:
            page = [*page, self._chance.choice(page)]
            self._chance.shuffle(page)
        return page

    def _messages(self, conversation: int, query: Query) -> Any:
        before = int(query.get("before", 1 << 40))
        found = [
            message
            for message in self.account.messages
            if message.conversation == conversation
            and message.number < before
            and message.at_seconds <= self.seen_seconds
        ]
        page = [self.account.api_message(message) for message in found[-3:]]
        if not self._is_honest:
            self._chance.shuffle(page)
        return {"meta": {}, "payload": page}


def chatwoot_server(answers: FakeChatwoot, faults: Sequence[Fault] = ("ok",), retry_after: str = "0") -> FakeServer:
    """A server of these answers."""
    return FakeServer(answers, lambda headers: headers.get("api_access_token") == TOKEN, faults, retry_after)
