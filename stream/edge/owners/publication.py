"""What has been published of the rows, and so which of them differ and are to be published again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from stream.domain.rows import Row

_REVISION: Final = b',"revision":'


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
            body, _, rest = value.rpartition(_REVISION)
            self._published[key] = (body, int(rest.partition(b",")[0]))

    def take(self, taken: Iterable[tuple[str, Row | None]]) -> None:
        """Rows as they are now, None for one that exists no more; `changed` will look at them."""
        for _ in self.take_steps(taken):
            pass

    def take_steps(self, taken: Iterable[tuple[str, Row | None]]) -> Iterator[None]:
        """`take`, a row at a time."""
        for key, row in taken:
            yield
            self._taken[key] = row
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row

    def changed(self, taken: Iterable[tuple[str, Row | None]], watermark: str) -> list[tuple[bytes, bytes | None]]:
        """Key and value of every row taken so far that differs from what was published; None deletes it.

        What is taken until the first call after taking over holds all rows that exist; what else was published is
        deleted: it vanished while nobody owned the rows.
        """
        found: list[tuple[bytes, bytes | None]] = []
        self.take(taken)
        for _ in self.compare(watermark, found):
            pass
        return found

    def compare(self, watermark: str, found: list[tuple[bytes, bytes | None]]) -> Iterator[None]:
        """`changed` of what was taken, into ``found``, a row at a time; nothing may be taken before the last."""
        everything, self._taken = self._taken, {}
        for key, row in everything.items():
            yield
            if row is None:
                if self._published.pop(key, None) is not None:
                    found.append((key.encode(), None))
                continue
            body = orjson.dumps(row)[:-1]
            before = self._published.get(key)
            if before is not None and before[0] == body:
                continue
            revision = before[1] + 1 if before is not None else 1
            self._published[key] = (body, revision)
            found.append((key.encode(), b'%s,"revision":%d,"watermark":"%s"}' % (body, revision, watermark.encode())))
        if self._inherited:
            self._inherited = False
            for key in self._published.keys() - self.rows.keys():
                del self._published[key]
                found.append((key.encode(), None))
