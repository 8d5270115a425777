"""The metric rows that have been published, as numbers, and which of them differ and are to be published again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final, TypeAlias

from msgspec import Struct

from stream.domain.rows import Address, Block, Number
from stream.edge.owners.publication import body_of, with_end, without_end
from stream.edge.owners.row_pace import RowPace
from stream.edge.owners.row_text import RowTexts

_DIGEST_BYTES: Final = 16
NOTHING: Final = Block("", "", "", {})


class Change(Struct, frozen=True, gc=False):
    """A row that is to be published: ``name`` in its block; ``number`` None deletes it.

    ``key``: that of a row that has no block any more.
    """

    block: Block
    name: str
    number: Number | None
    revision: int
    key: str = ""

    def encoded(self, texts: RowTexts, watermark: str) -> tuple[bytes, bytes | None]:
        """Key and value."""
        key = self.key.encode() if self.key else texts.key(self.block, self.name)
        if self.number is None:
            return key, None
        return key, with_end(texts.body(self.block, self.name, self.number), self.revision, watermark)


Changes: TypeAlias = deque[Change]


class PublishedNumbers:
    """``blocks`` are those that exist now. A row's revision rises by one whenever something else of it is published.

    ``pace`` holds back blocks that change all the time; None: each comparison takes all.
    """

    def __init__(self, pace: RowPace | None = None) -> None:
        self.pace = pace
        self.blocks: dict[Address, Block] = {}
        self._taken: dict[Address, Block] = {}
        """What is new since the last comparison; empty blocks are gone."""
        self._published: dict[Address, tuple[Block, dict[str, int]]] = {}
        """With the revisions of its rows, by name."""
        self._inherited: dict[str, tuple[bytes, int]] = {}
        """Digest and revision of what an owner before this one has published, by key, until the first comparison."""

    def remember(self, key: str, value: bytes | None) -> None:
        """Take over what an owner before this one has published; None: it deleted the row."""
        if value is None:
            self._inherited.pop(key, None)
        else:
            body, revision = without_end(value)
            self._inherited[key] = _digest(body), revision

    def take(self, blocks: Iterable[Block]) -> Iterator[None]:
        """Blocks as they are now, one at a time; `compare` will look at them."""
        for partial in blocks:
            block, address = partial, partial.address
            if block.kept:
                held = self.blocks.get(address, NOTHING).numbers
                kept = {name: held[name] for name in block.kept if name in held}
                block = Block(*address, {**kept, **block.numbers})
            self._taken[address] = block
            if block.numbers:
                self.blocks[address] = block
            else:
                self.blocks.pop(address, None)
            yield

    def compare(self, found: Changes, now_us: int = 0, *, is_whole: bool = True) -> Iterator[None]:
        """Of every row taken so far that differs from what was published, the change, into ``found``, in small steps.

        What is taken until the first call after taking over holds all rows that exist; what else was published is
        deleted: it vanished while nobody owned the rows. Not so where what was taken is not ``is_whole``, as rows are
        waiting: that is left to the first call in which it is. What is taken after the first step is for the next
        comparison, which must not begin before the last step of this one; so are blocks that it is not time for yet.
        """
        taken, self._taken = self._taken, {}
        yield
        while taken:
            self._compare(*taken.popitem(), found, now_us)
            yield
        while self._inherited and is_whole:
            key, _ = self._inherited.popitem()
            found.append(Change(NOTHING, "", None, 0, key))
            yield

    def _compare(self, address: Address, block: Block, found: Changes, now_us: int) -> None:
        published, revisions = self._published.get(address, (NOTHING, {}))
        if published == block:
            return
        if self.pace is not None and not self.pace.lets(published, block, now_us):
            self._taken.setdefault(address, block)
            return
        for name, number in block.numbers.items():
            if number == published.numbers.get(name):
                continue
            revision = revisions.get(name, 0)
            if self._inherited and (before := self._inherited.pop(block.key(name), None)) is not None:
                digest, revision = before
                if digest == _digest(body_of(block.row(name))):
                    revisions[name] = revision
                    continue
            revisions[name] = revision + 1
            found.append(Change(block, name, number, revision + 1))
        for name in [name for name in revisions if name not in block.numbers]:
            del revisions[name]
            found.append(Change(block, name, None, 0))
        if block.numbers:
            self._published[address] = block, revisions
        else:
            self._published.pop(address, None)

    def __len__(self) -> int:
        """Number of rows that are published."""
        return sum(len(revisions) for _, revisions in self._published.values())


def encode(
    changes: Changes, watermark: str, most_rows: int, most_bytes: int, found: list[tuple[bytes, bytes | None]]
) -> Iterator[None]:
    """Take ``changes``, one at a time, and put what is written for them into ``found``, up to about so much."""
    size_bytes, texts = 0, RowTexts()
    while changes and len(found) < most_rows and size_bytes < most_bytes:
        key, value = changes.popleft().encoded(texts, watermark)
        size_bytes += len(key) + len(value or b"")
        found.append((key, value))
        yield


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=_DIGEST_BYTES).digest()
