"""Amazon Connect: contact records, as Kinesis and S3 have them.

The first contact of a chain gives the ticket its id; a transfer or a callback is a contact of its own and a further
visit of the same ticket. A record is delivered again when something changes later: of each contact the newest copy
counts (``LastUpdateTimestamp``). Times are whole seconds. Endpoints, user names, attributes and recordings are never
read.
(Amazon Connect administrator guide, "Data model for contact records".)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from stream.connect.amazon_connect.contact import events_of_contact
from stream.connect.fields import text
from stream.connect.options import Options
from stream.connect.outcome import Outcome
from stream.connect.vendor import Account, Layout, Record, Vendor


def translate(record: Record, account: Account) -> Iterator[Outcome]:
    """Outcomes of one contact record. ``followed_by`` may say how the contact after it was initiated."""
    return events_of_contact(record, account)


def newest_contacts(rows: Iterable[Record], account: Account) -> Iterator[Record]:
    """Of each contact its newest copy, in the order of first appearance, told how the next of its chain began."""
    newest: dict[str, Record] = {}
    for row in rows:
        contact = text(row.get("ContactId"))
        if not contact:
            yield row
            continue
        held = newest.get(contact)
        if held is None or text(row.get("LastUpdateTimestamp")) >= text(held.get("LastUpdateTimestamp")):
            newest[contact] = row
    began: dict[str, Any] = {contact: row.get("InitiationMethod") for contact, row in newest.items()}
    for row in newest.values():
        yield {**row, "followed_by": began.get(text(row.get("NextContactId")))}


VENDOR = Vendor(
    name="amazon_connect",
    title="Amazon Connect contact records (Kinesis or S3, one JSON object after the other)",
    options=Options,
    translate=translate,
    layouts=(
        Layout(
            name="contact records",
            title="contact records as JSON objects",
            recognises=lambda names: {"ContactId", "InitiationMethod"} <= set(names),
            records=newest_contacts,
        ),
    ),
)
