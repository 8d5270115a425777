"""The vendors: one line each."""

from __future__ import annotations

from typing import Final

from stream.connect import amazon_connect, asterisk, chatwoot, customers, table, zendesk
from stream.connect.vendor import Vendor

VENDORS: Final[tuple[Vendor, ...]] = (
    amazon_connect.VENDOR,
    asterisk.VENDOR,
    chatwoot.VENDOR,
    customers.VENDOR,
    table.VENDOR,
    zendesk.VENDOR,
)
