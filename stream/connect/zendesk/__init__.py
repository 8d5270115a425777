"""Zendesk Support: audits of tickets (or incremental ticket events, which are the same), ratings, deletions.

Ids and sequences are those of audit events, times are whole seconds of the audit. Status, group, priority and channel
at the creation are those of the first audit, never those of now. Webhooks ring; see `hook`.
(Zendesk API: ticket audits, incremental exports, satisfaction ratings, webhooks.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from stream.connect.outcome import Outcome, Passed
from stream.connect.vendor import Account, Layout, Record, Vendor
from stream.connect.zendesk.api import API
from stream.connect.zendesk.dumps import is_dump, records_of
from stream.connect.zendesk.fivetran import TABLES, events_of_row
from stream.connect.zendesk.history import events_of_audit
from stream.connect.zendesk.hook import HOOK
from stream.connect.zendesk.joining import joined
from stream.connect.zendesk.notice import events_of_notice
from stream.connect.zendesk.options import ZendeskOptions
from stream.connect.zendesk.rating import events_of_rating


def translate(record: Record, account: Account) -> Iterator[Outcome]:
    """Outcomes of one record of `joined`, or of a webhook that tells all there is to say."""
    options = cast(ZendeskOptions, account.options)
    if "audit" in record:
        yield from events_of_audit(record["audit"], record.get("roles", {}), account, options)
    elif "rating" in record:
        yield from events_of_rating(record["rating"], account.source)
    elif "notice" in record:
        yield from events_of_notice(record["notice"], account.source)
    elif "row" in record:
        yield from events_of_row(record["table"], record["row"], record.get("roles", {}), account, options)
    else:
        yield Passed(record.get("passed", "object of no kind"))


def _table(name: str) -> Layout:
    def rows_of(rows: Iterable[Record], account: Account) -> Iterator[Record]:
        for row in rows:
            yield {"table": name, "row": row}

    return Layout(
        name=f"fivetran {name}",
        title=f"Fivetran's table {name}",
        recognises=lambda names: set(names) >= TABLES[name],
        records=rows_of,
    )


VENDOR = Vendor(
    name="zendesk",
    title="Zendesk Support: audits or incremental ticket events, users, satisfaction ratings",
    options=ZendeskOptions,
    translate=translate,
    layouts=(
        Layout(
            name="dump",
            title="objects or pages of its API (audits, ticket events, users, satisfaction ratings), also as Singer or "
            "Airbyte write them",
            recognises=is_dump,
            records=records_of,
        ),
        *(_table(name) for name in TABLES),
    ),
    join=joined,
    hook=HOOK,
    api=API,
)
