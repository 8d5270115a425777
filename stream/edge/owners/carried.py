"""What a dead letter carries of its original where ids of customers must not get into it.

Whoever has to see the original finds it where it was sent, in the source topic, by the offset that the letter names.
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from stream.domain.rejections import Rejected

_CUSTOMER_ID: Final = re.compile(rb'("customer_id"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|[-+.\w]+)', re.DOTALL)
_NAME: Final = "customer_id"
_OF_CUSTOMERS: Final = b"support.customer."


def carried_without_customers(
    rejected: Rejected, record: Any, customers_topic: str, max_bytes: int
) -> tuple[bytes | None, bytes | None]:
    """Key and value that may be carried, without anybody's ``customer_id``; None for what has to stay where it is.

    Nothing of events of customers, nothing that is no JSON object (where an id stands in it, nobody can say) or larger
    than ``max_bytes``, and no key that differs from the subject: it may be anybody's.
    """
    value: bytes | None = record.value
    if value is None or len(value) > max_bytes or record.topic == customers_topic:
        return None, None
    if _OF_CUSTOMERS in value or any(_OF_CUSTOMERS in (content or b"") for _, content in record.headers):
        return None, None
    masked = _CUSTOMER_ID.sub(rb"\1null", value)
    if len(masked) > max_bytes:
        return None, None
    try:
        # Names may be written with escapes, and values may be lists: what is left says whether all of it was found.
        content = orjson.loads(masked)
    except orjson.JSONDecodeError:
        return None, None
    if not isinstance(content, dict) or _names_customer(content):
        return None, None
    return None if rejected.reason == "key_mismatch" else record.key, masked


def _names_customer(content: Any) -> bool:
    left = [content]
    while left:
        held = left.pop()
        if isinstance(held, dict):
            if held.get(_NAME) is not None:
                return True
            left += held.values()
        elif isinstance(held, list):
            left += held
    return False
