"""A doorbell: a hook was told that something happened to a ticket, whose history is to be fetched.

The gateway writes them into ``{application_id}-doorbells``, the puller reads them. The topic is compacted by hook and
ticket, so a ticket that rings often before it is fetched is fetched once.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct


class Doorbell(Struct, frozen=True):
    """``connect`` names the section of the settings, ``ticket`` is the vendor's number of the ticket."""

    connect: str
    ticket: str

    @property
    def key(self) -> bytes:
        """Equal for the same ticket of the same hook."""
        return f"{self.connect} {self.ticket}".encode()

    def encode(self) -> bytes:
        """The record's value, JSON."""
        return msgspec.json.encode(self)


def decode_doorbell(value: bytes) -> Doorbell:
    """The doorbell of a record's value; ValueError: it is none."""
    return msgspec.json.decode(value, type=Doorbell)
