"""Which numbers are published again: revisions rise with what a row says, and what is no more is deleted."""

from __future__ import annotations

from collections import deque
from typing import Any

import orjson
import pytest

from stream.domain.cells import Cell
from stream.domain.rows import Block, make_number
from stream.edge.owners.published_numbers import Changes, PublishedNumbers, encode
from stream.edge.owners.row_pace import BURST, RowPace
from stream.metrics import ROWS

OFFERED, WAIT = (
    next(spec for spec in ROWS if spec.definition == name) for name in ("queue_visits", "wait_of_answered")
)


def block(team: str, count: int | None, *kept: str, end: int = 300) -> Block:
    """The contacts of a team; None: there is no row any more."""
    numbers = {} if count is None else {OFFERED.name: make_number(OFFERED, (0, end), {"offered": Cell(count)})}
    return Block("team", team, "5m", numbers, kept)


def changes(publication: PublishedNumbers, *blocks: Block) -> Changes:
    found: Changes = deque()
    for steps in (publication.take(blocks), publication.compare(found)):
        for _ in steps:
            pass
    return found


def written(found: Changes, watermark: str = "w") -> list[tuple[bytes, bytes | None]]:
    rows: list[tuple[bytes, bytes | None]] = []
    for _ in encode(found, watermark, 1000, 1 << 20, rows):
        pass
    assert len(dict(rows)) == len(rows)
    return rows


def published(publication: PublishedNumbers, *blocks: Block) -> dict[str, Any]:
    """Team to count and revision of what is written for it, None being a tombstone."""
    rows = {key.decode().split("|")[3]: value for key, value in written(changes(publication, *blocks))}
    values = {team: None if value is None else orjson.loads(value) for team, value in rows.items()}
    return {team: None if row is None else (row["count"], row["revision"]) for team, row in values.items()}


def test_a_row_begins_with_revision_1_and_rises_whenever_it_changes() -> None:
    publication = PublishedNumbers()
    assert published(publication, block("a", 1), block("b", 7)) == {"a": (1, 1), "b": (7, 1)}
    assert published(publication, block("a", 2), block("b", 7)) == {"a": (2, 2)}
    assert published(publication, block("a", 1)) == {"a": (1, 3)}
    assert published(publication, block("a", 1, end=310)) == {"a": (1, 4)}


def test_a_value_is_the_row_with_its_revision_and_the_watermark() -> None:
    ((key, value),) = written(changes(PublishedNumbers(), block("a/b", 3)), "2026-01-01T00:00:00Z")
    assert key == b"contacts_offered|%s|team|a%%2Fb|5m" % OFFERED.definition_id.encode()
    assert orjson.loads(value or b"") == {
        "metric": "contacts_offered",
        "definition": OFFERED.definition_id,
        "by": "team",
        "segment": {"team": "a/b"},
        "window": "5m",
        "window_start": "1970-01-01T00:00:00Z",
        "window_end": "1970-01-01T00:05:00Z",
        "count": 3,
        "value": 3,
        "revision": 1,
        "watermark": "2026-01-01T00:00:00Z",
    }


def test_a_row_that_is_no_more_is_deleted_once() -> None:
    publication = PublishedNumbers()
    published(publication, block("a", 1))
    assert published(publication, block("a", None)) == {"a": None}
    assert published(publication, block("a", None)) == {}
    assert (len(publication), publication.blocks) == (0, {})
    assert published(publication, block("a", 1)) == {"a": (1, 1)}


def test_what_was_never_published_need_not_be_deleted() -> None:
    assert published(PublishedNumbers(), block("a", None)) == {}


def test_what_is_kept_is_as_it_was() -> None:
    publication = PublishedNumbers()
    waits = {WAIT.name: make_number(WAIT, (0, 300), {"answered": Cell(1, 5_000_000, {3: 1})})}
    published(publication, block("a", 1))
    assert len(changes(publication, Block("team", "a", "5m", waits, (OFFERED.name,)))) == 1
    assert set(publication.blocks["team", "a", "5m"].numbers) == {OFFERED.name, WAIT.name}
    assert publication.blocks["team", "a", "5m"].kept == ()
    assert published(publication, block("a", 2, WAIT.name)) == {"a": (2, 2)}
    assert published(publication, block("b", 1, WAIT.name)) == {"b": (1, 1)}


def taken_over() -> PublishedNumbers:
    """From an owner that published a, b and c, and deleted c again."""
    publication, before = PublishedNumbers(), PublishedNumbers()
    for blocks in ((block("a", 1), block("b", 7), block("c", 9)), (block("a", 2), block("c", None))):
        for key, value in written(changes(before, *blocks)):
            publication.remember(key.decode(), value)
    return publication


def test_after_taking_over_only_what_differs_is_published_with_the_next_revision() -> None:
    assert published(taken_over(), block("a", 2), block("b", 8), block("c", 9)) == {"b": (8, 2), "c": (9, 1)}


def test_what_vanished_while_nobody_owned_the_rows_is_deleted() -> None:
    publication = taken_over()
    assert published(publication, block("a", 2)) == {"b": None}
    assert published(publication, block("b", 7)) == {"b": (7, 1)}


def test_only_the_first_rows_after_taking_over_are_all_there_are() -> None:
    publication = taken_over()
    published(publication, block("a", 2), block("b", 7))
    assert published(publication, block("a", 3)) == {"a": (3, 3)}
    assert len(publication) == 2


@pytest.mark.parametrize(("most_rows", "most_bytes"), [(3, 1 << 20), (1000, 800)])
def test_what_is_written_at_once_is_bounded_and_nothing_is_left_out(most_rows: int, most_bytes: int) -> None:
    found = changes(PublishedNumbers(), *(block(f"team {number}", number) for number in range(10)))
    parts: list[list[tuple[bytes, bytes | None]]] = []
    while found:
        parts.append([])
        for _ in encode(found, "w", most_rows, most_bytes, parts[-1]):
            pass
    assert max(map(len, parts)) == 3
    assert len({key for part in parts for key, _ in part}) == 10


def test_a_block_that_must_wait_is_written_later_as_it_is_then_with_the_next_revision() -> None:
    publication = PublishedNumbers(RowPace({"5m": 30_000_000}))
    seen = []
    for second in range(0, 61, 5):
        found: Changes = deque()
        for steps in (publication.take([block("a", second)]), publication.compare(found, second * 1_000_000)):
            for _ in steps:
                pass
        seen += [(orjson.loads(row)["count"], orjson.loads(row)["revision"]) for _, row in written(found) if row]
    assert seen[: BURST + 1] == [(5 * number, number + 1) for number in range(BURST + 1)]
    assert [revision for _, revision in seen] == list(range(1, len(seen) + 1))
    assert BURST + 1 < len(seen) < 13
    # Nothing more comes, and what waits is written nevertheless.
    publication = PublishedNumbers(RowPace({"5m": 30_000_000}))
    for second in range(0, 30, 2):
        found = deque()
        for steps in (publication.take([block("a", second)]), publication.compare(found, second * 1_000_000)):
            for _ in steps:
                pass
    found = deque()
    for _ in publication.compare(found, 60_000_000):
        pass
    assert [orjson.loads(row or b"")["count"] for _, row in written(found)] == [28]
