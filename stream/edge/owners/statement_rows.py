"""How statements lie in `{application_id}-customer-events`, and where: a record for each, in the customer's partition.

Key: customer and uid, so that compaction keeps what holds. Value: the version of the format and the statement, as
msgpack; none where it was taken back. Beside these, in each partition: the hashes of customers that are to be
forgotten, which is what no key and no value says of them any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from stream.domain.rejections import Rejected
from stream.domain.statement_events import CustomerAnswer, CustomerAsked, CustomerContact, TakenBack, is_statement
from stream.domain.statements import Stated
from stream.edge.kafka.partitioning import CustomerPlaces
from stream.edge.owners.shard_rows import Row
from stream.settings import Settings

VERSION: Final = 1
LOGICAL: Final = "customer_events"

_BETWEEN: Final = "\x1e"
_TO_FORGET: Final = "\x1d"


class _Value(Struct, frozen=True, array_like=True, gc=False):
    version: int
    statement: CustomerContact | CustomerAnswer | CustomerAsked


class ToForget(Struct, frozen=True):
    """A customer is to be forgotten, whose id has this hash."""

    digest: str


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Value).decode


def customer_places_of(settings: Settings) -> CustomerPlaces:
    """Where these settings have customers."""
    return CustomerPlaces(settings.topics.partitions, are_hashed=settings.privacy.customers == "hash")


def statement_row(customer: str, statement: object, uid: str) -> Row:
    """Key and value of one."""
    key = f"{customer}{_BETWEEN}{uid}".encode()
    return key, None if type(statement) is TakenBack else _encode((VERSION, statement))


def rows_by_partition(stated: Iterable[Stated], places: CustomerPlaces) -> dict[int, list[Row]]:
    """The records of what was stated, by the partition that they belong into, in their order."""
    found: dict[int, list[Row]] = {}
    for customer, statement in stated:
        found.setdefault(places.of(customer), []).append(statement_row(customer, statement, statement.uid))
    return found


def forgetting_row(digest: str) -> Row:
    """Key and value of what says that a customer is to be forgotten."""
    return f"{_TO_FORGET}{digest}".encode(), _encode((VERSION,))


def read_statement(key: bytes | None, value: bytes | None) -> Stated | ToForget | Rejected:
    """A record, read; Rejected: no shard writes such a one."""
    try:
        if key is not None and key[:1] == _TO_FORGET.encode():
            return ToForget(key[1:].decode())
        customer, between, uid = (key or b"").decode().partition(_BETWEEN)
        if not customer or not between or not is_statement(uid):
            return Rejected("invalid_value", "the key is not that of a statement, as the tickets' shards write them")
        if value is None:
            return customer, TakenBack(0, "", uid)
        read = _decode(value)
    except (ValueError, msgspec.MsgspecError):
        return Rejected("invalid_value", "the value is not a statement, as the tickets' shards write them")
    if read.version != VERSION or read.statement.uid != uid:
        return Rejected("invalid_value", f"the value is not a statement of version {VERSION}, or not that of its key")
    return customer, read.statement
