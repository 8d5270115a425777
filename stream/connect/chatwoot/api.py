"""Chatwoot's API: conversations by their last activity, their messages, and answers of surveys.

A walk goes through the pages from the newest activity to what the walk before has seen. What becomes active meanwhile
moves to the front: it is seen by the next walk, which goes back to where this one began. (Chatwoot API: conversations
list, messages, CSAT survey responses.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from stream.connect.api import Api, Cursor, Feed, Page, Request
from stream.connect.chatwoot.conversation import number_of
from stream.connect.chatwoot.dumps import records_of
from stream.connect.fields import SECOND_US, Unreadable, mapping, moment_us, number, objects

OVERLAP_SECONDS: Final = 300
"""Clocks differ, and what is written at once is not seen at once."""


def headers(user: str, token: str) -> Mapping[str, str]:
    """The access token of an agent or administrator; a user is not asked for."""
    return {"api_access_token": token}


def _start(since: int) -> Cursor:
    return {"since": since, "page": 1, "newest": since, "is_first": 1}


def _request(path: str, *more: tuple[str, str]) -> Any:
    def request(cursor: Cursor, now: int) -> Request:
        return Request(path, (*more, ("page", str(cursor["page"]))))

    return request


def _read_conversations(cursor: Cursor, content: Any, now: int) -> Page:
    found = _list(content, "conversations")
    active = [(item, _activity(item)) for item in found]
    # Pages may be out of order: one that holds anything new is not the last.
    new = [item for item, seconds in active if seconds is None or seconds >= cursor["since"] - OVERLAP_SECONDS]
    following = _following(cursor, (seconds for _, seconds in active), now, is_last=not new)
    tickets = tuple(name for name in map(number_of, new) if name)
    # A conversation that began before the first walk is counted from its beginning all the same.
    history_since = 0 if cursor.get("is_first") else cursor["since"]
    names = _names(found, _activity)
    return Page(tuple(new), following, not new, following["newest"], tickets, history_since, names)


def _read_responses(cursor: Cursor, content: Any, now: int) -> Page:
    found = _list(content, "survey responses")
    times = [_second(item.get("created_at")) for item in found]
    is_last = not any(seconds is None or seconds >= cursor["since"] - OVERLAP_SECONDS for seconds in times)
    following = _following(cursor, times, now, is_last=is_last)
    names = _names(found, lambda item: _second(item.get("created_at")))
    return Page(tuple(found), following, is_last, following["newest"], names=names)


def _following(cursor: Cursor, times: Iterable[int | None], now: int, *, is_last: bool) -> Cursor:
    newest = max([cursor["newest"], *(seconds for seconds in times if seconds is not None and seconds <= now)])
    if is_last:
        # What came while this walk was on the way lies before the newest of its first page only.
        return {"since": newest, "page": 1, "newest": newest}
    return {**cursor, "page": cursor["page"] + 1, "newest": newest}


def _first_page(cursor: Cursor) -> Cursor:
    return {**cursor, "page": 1}


def _names(items: Iterable[Mapping[str, Any]], time: Callable[[Mapping[str, Any]], int | None]) -> frozenset[str]:
    return frozenset(f"{number(item.get('id'))} {time(item)}" for item in items)


def _list(content: Any, name: str) -> list[Mapping[str, Any]]:
    inner = mapping(mapping(content).get("data")) or mapping(content)
    found = content if isinstance(content, list) else inner.get("payload")
    if not isinstance(found, list):
        raise Unreadable(f"the answer holds no list of {name}")
    return objects(found)


def _activity(item: Mapping[str, Any]) -> int | None:
    return _second(item.get("last_activity_at") or item.get("timestamp"))


def _second(value: Any) -> int | None:
    at_us = moment_us(value)
    return None if at_us is None else at_us // SECOND_US


def history(ticket: str, since: int) -> Request:
    """The newest messages of a conversation."""
    return Request(f"/conversations/{ticket}/messages")


def more(request: Request, content: Any, since: int) -> Request | None:
    """Those before, down to the second ``since``."""
    found = objects(mapping(content).get("payload"))
    numbers = [int(number(item.get("id"))) for item in found if number(item.get("id"))]
    before = dict(request.query).get("before")
    if not numbers or (before is not None and min(numbers) >= int(before)):
        return None
    times = [_second(item.get("created_at")) for item in found]
    if not any(seconds is None or seconds >= since - OVERLAP_SECONDS for seconds in times):
        return None
    return Request(request.path, (("before", str(min(numbers))),))


API: Final = Api(
    address="https://support.example.org/api/v1/accounts/3",
    headers=headers,
    feeds=(
        Feed(
            "conversations",
            start=_start,
            request=_request(
                "/conversations", ("status", "all"), ("assignee_type", "all"), ("sort_by", "last_activity_at_desc")
            ),
            read=_read_conversations,
            requests_per_minute=300,
            first_page=_first_page,
        ),
        Feed(
            "survey_responses",
            start=_start,
            request=_request("/csat_survey_responses"),
            read=_read_responses,
            requests_per_minute=60,
            every_seconds=300,
            is_optional=True,
            first_page=_first_page,
        ),
    ),
    history=history,
    more=more,
    records=records_of,
)
