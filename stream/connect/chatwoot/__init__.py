"""Chatwoot: conversations, messages and answers of surveys, by webhook, API, and its database through Debezium.

Ids of messages are Chatwoot's; a status has the ``updated_at`` of its conversation for an id, to the millisecond. All
times are those of the records. (chatwoot/chatwoot: webhook_listener.rb, event_data_presenter.rb, message.rb.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from stream.connect.chatwoot.api import API
from stream.connect.chatwoot.conversation import events_of_conversation, removed_event
from stream.connect.chatwoot.dumps import is_dump, joined, records_of
from stream.connect.chatwoot.hook import HOOK
from stream.connect.chatwoot.message import events_of_message, events_of_response
from stream.connect.chatwoot.options import ChatwootOptions
from stream.connect.outcome import Outcome, Passed
from stream.connect.vendor import Account, Layout, Record, Vendor


def translate(record: Record, account: Account) -> Iterator[Outcome]:
    """Outcomes of one record of a webhook or of `joined`."""
    options = cast(ChatwootOptions, account.options)
    if "conversation" in record:
        yield from events_of_conversation(record["conversation"], record, account.source, options)
    elif "message" in record:
        yield from events_of_message(record["message"], record.get("of", ""), account, options)
    elif "response" in record:
        yield from events_of_response(record["response"], record.get("of", ""), account.source, options)
    elif "deleted" in record:
        yield removed_event(record.get("of", ""), record, account.source)
    else:
        yield Passed(record.get("passed", "object of no kind"))


VENDOR = Vendor(
    name="chatwoot",
    title="Chatwoot: conversations, messages, survey responses",
    options=ChatwootOptions,
    translate=translate,
    layouts=(
        Layout(
            name="dump",
            title="objects or pages of its API, kept webhooks, rows of its database (Debezium's changes, or tables)",
            recognises=is_dump,
            records=records_of,
        ),
    ),
    join=joined,
    hook=HOOK,
    api=API,
)
