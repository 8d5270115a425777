"""What has been published of some rows, and so which of them differ and are to be published again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson

from stream.domain.rows import Row

_REVISION: Final = b',"revision":'


def body_of(row: Row) -> bytes:
    """What is published of a row, without its end: revision and watermark."""
    return orjson.dumps(row)[:-1]


def with_end(body: bytes, revision: int, watermark: str) -> bytes:
    """The whole value."""
    return b'%s%s%d,"watermark":"%s"}' % (body, _REVISION, revision, watermark.encode())


def without_end(value: bytes) -> tuple[bytes, int]:
    """Body and revision of a value. Raises ValueError where it has none."""
    body, _, rest = value.rpartition(_REVISION)
    return body, int(rest.partition(b",")[0])


class Publication:
    """``rows`` are those that exist now. A row's revision rises by one whenever something else of it changes."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._taken: dict[str, Row | None] = {}
        self._published: dict[str, tuple[bytes, int]] = {}
        self._inherited = False

    def remember(self, key: str, value: bytes | None) -> None:
        """Take over what an owner before this one has published; None: it deleted the row."""
        self._inherited = True
        if value is None:
            self._published.pop(key, None)
        else:
            self._published[key] = without_end(value)

    def take(self, taken: Iterable[tuple[str, Row | None]]) -> None:
        """Rows as they are now, None for one that exists no more; `changed` will look at them."""
        for key, row in taken:
            self._taken[key] = row
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row

    def changed(self, watermark: str) -> list[tuple[bytes, bytes | None]]:
        """Key and value of every row taken so far that differs from what was published; None deletes it.

        What is taken until the first call after taking over holds all rows that exist; what else was published is
        deleted: it vanished while nobody owned the rows.
        """
        found: list[tuple[bytes, bytes | None]] = []
        taken, self._taken = self._taken, {}
        for key, row in taken.items():
            if row is None:
                if self._published.pop(key, None) is not None:
                    found.append((key.encode(), None))
                continue
            body, (before, revision) = body_of(row), self._published.get(key, (b"", 0))
            if body != before:
                self._published[key] = body, revision + 1
                found.append((key.encode(), with_end(body, revision + 1, watermark)))
        if self._inherited:
            self._inherited = False
            for key in self._published.keys() - self.rows.keys():
                del self._published[key]
                found.append((key.encode(), None))
        return found
