"""Zendesk's API: incremental ticket events, satisfaction ratings, the audits of one ticket, and roles of users.

The export of ticket events is by time: a page names the second up to which it holds everything (``end_time``), and the
last minute is withheld. (Zendesk API: incremental exports, satisfaction ratings, ticket audits, users.)
"""

from __future__ import annotations

import base64
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from stream.connect.api import Api, Cursor, CutOff, Feed, Lookup, Page, Request
from stream.connect.fields import SECOND_US, Unreadable, mapping, moment_us, number, objects
from stream.connect.vendor import Account, Record
from stream.connect.zendesk.dumps import records_of
from stream.connect.zendesk.joining import authors_of
from stream.connect.zendesk.options import ZendeskOptions

WITHHELD_SECONDS: Final = 60
RATINGS_OVERLAP_SECONDS: Final = 7 * 86_400
"""A rating is found by when it was asked for, as far as is known; so long a vote may be given or changed later."""

_MOST_PAGES: Final = 100
"""Zendesk gives no pages by number beyond these."""


def headers(user: str, token: str) -> Mapping[str, str]:
    """An API token needs its user (an address), an OAuth token none."""
    if not user:
        return {"Authorization": f"Bearer {token}"}
    name = user if user.endswith("/token") else f"{user}/token"
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()}


def _events_request(cursor: Cursor, now: int) -> Request | None:
    if cursor["start_time"] > now - WITHHELD_SECONDS - 1:
        return None
    query = (("start_time", str(cursor["start_time"])), ("include", "comment_events"))
    return Request("/api/v2/incremental/ticket_events.json", query)


def _read_events(cursor: Cursor, content: Any, now: int) -> Page:
    page = _page(content, "ticket_events")
    start = cursor["start_time"]
    said = number(page.get("end_time"))
    # No further than what the page holds: what it claims beyond that would be lost.
    newest = max(_seconds(page["ticket_events"], "created_at", now), default=None)
    is_last = bool(page.get("end_of_stream")) or not page["ticket_events"]
    if newest is not None and newest < start:
        raise Unreadable("a page of events that are all older than what was asked for")
    if newest is None and not is_last:
        raise Unreadable("a page of events without a time up to now")
    end = min(int(said), newest) if said and newest is not None else start
    if not is_last and end <= start:
        # A page holds all events of its last second: what goes on in the same one would go on for ever.
        end = start + 1
    # A page that claims to end before it began is read again from where it began.
    end = max(start, end)
    return Page((page,), {"start_time": end}, is_last, end)


def _ratings_request(cursor: Cursor, now: int) -> Request | None:
    since = max(0, cursor["since"] - RATINGS_OVERLAP_SECONDS)
    query = (("start_time", str(since)), ("page", str(cursor["page"])))
    return Request("/api/v2/satisfaction_ratings.json", query)


def _read_ratings(cursor: Cursor, content: Any, now: int) -> Page:
    page = _page(content, "satisfaction_ratings")
    newest = max([cursor["newest"], *_seconds(page["satisfaction_ratings"], "updated_at", now)])
    is_last = not page.get("next_page") or not page["satisfaction_ratings"]
    following = (
        {"since": newest, "page": 1, "newest": newest}
        if is_last
        else {**cursor, "page": cursor["page"] + 1, "newest": newest}
    )
    names = frozenset(
        f"{number(item.get('id'))} {item.get('updated_at')!r}" for item in objects(page["satisfaction_ratings"])
    )
    return Page((page,), following, is_last, newest, names=names)


def _page(content: Any, name: str) -> Mapping[str, Any]:
    page = mapping(content)
    if not isinstance(page.get(name), list):
        raise Unreadable(f"the answer holds no list {name}")
    return page


def _seconds(items: Iterable[Any], name: str, now: int) -> list[int]:
    found = (moment_us(mapping(item).get(name)) for item in items)
    return [at_us // SECOND_US for at_us in found if at_us is not None and at_us // SECOND_US <= now]


def history(ticket: str, since: int) -> Request:
    """All audits of a ticket, with the users they name."""
    return Request(f"/api/v2/tickets/{ticket}/audits.json", (("include", "users"), ("page", "1")))


def more(request: Request, content: Any, since: int) -> Request | None:
    """Its next page."""
    page = int(dict(request.query)["page"])
    if not mapping(content).get("next_page") or not mapping(content).get("audits"):
        return None
    if page >= _MOST_PAGES:
        raise CutOff(f"of its history there is more than the {_MOST_PAGES} pages that Zendesk gives")
    return Request(request.path, (("include", "users"), ("page", str(page + 1))))


def _missing(rows: Sequence[Record], known: Container[str], account: Account) -> set[str]:
    options = cast(ZendeskOptions, account.options)
    told = options.roles.keys() | set(options.bots)
    records = list(records_of(rows, account))
    beside = {number(record["user"].get("id")) for record in records if "user" in record}
    named = set().union(*map(authors_of, records))
    return {author for author in named - told - beside if author not in known}


def _users(ids: Sequence[str]) -> Request:
    return Request("/api/v2/users/show_many.json", (("ids", ",".join(ids)),))


def _found(content: Any) -> Mapping[str, Record]:
    # The role alone is kept: what else there is to know of them is nobody's business here.
    users = objects(mapping(content).get("users"))
    return {number(user.get("id")): {"id": user.get("id"), "role": user.get("role")} for user in users}


API: Final = Api(
    address="https://acme.zendesk.com",
    headers=headers,
    feeds=(
        Feed(
            "ticket_events",
            start=lambda since: {"start_time": since},
            request=_events_request,
            read=_read_events,
            requests_per_minute=10,
        ),
        Feed(
            "satisfaction_ratings",
            start=lambda since: {"since": since, "page": 1, "newest": since},
            request=_ratings_request,
            read=_read_ratings,
            requests_per_minute=100,
            every_seconds=600,
            is_optional=True,
            first_page=lambda cursor: {**cursor, "page": 1},
        ),
    ),
    history=history,
    more=more,
    records=records_of,
    lookup=Lookup(_missing, _users, _found),
)
