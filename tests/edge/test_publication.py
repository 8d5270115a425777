"""Which rows are published again: revisions rise with what a row says, and what is no more is deleted."""

from __future__ import annotations

from typing import Any

import orjson

from stream.edge.owners.publication import Publication


def published(publication: Publication, watermark: str = "w", **rows: Any) -> dict[str, Any]:
    """Key to what is written for it, None being a tombstone; a row is any value here."""
    taken = [(key, None if value is None else {"value": value}) for key, value in rows.items()]
    publication.take(taken)
    found = publication.changed(watermark)
    assert len(dict(found)) == len(found)
    return {key.decode(): None if value is None else orjson.loads(value) for key, value in found}


def row(value: int, revision: int, watermark: str = "w") -> dict[str, Any]:
    return {"value": value, "revision": revision, "watermark": watermark}


def test_a_row_begins_with_revision_1_and_rises_whenever_it_changes() -> None:
    publication = Publication()
    assert published(publication, a=1, b=7) == {"a": row(1, 1), "b": row(7, 1)}
    assert published(publication, a=2, b=7) == {"a": row(2, 2)}
    assert published(publication, a=1) == {"a": row(1, 3)}


def test_a_later_watermark_alone_is_no_change() -> None:
    publication = Publication()
    published(publication, a=1)
    assert published(publication, "later", a=1) == {}
    assert published(publication, "later", a=2) == {"a": row(2, 2, "later")}


def test_a_row_that_is_no_more_is_deleted_once() -> None:
    publication = Publication()
    published(publication, a=1)
    assert published(publication, a=None) == {"a": None}
    assert published(publication, a=None) == {}
    assert published(publication, a=1) == {"a": row(1, 1)}


def test_what_was_never_published_need_not_be_deleted() -> None:
    assert published(Publication(), a=None) == {}


def taken_over() -> Publication:
    """From an owner that published a, b and c, and deleted c again."""
    publication, before = Publication(), Publication()
    rows = [(key, {"value": value}) for key, value in (("a", 1), ("b", 7), ("c", 9))]
    for taken in (rows, [("a", {"value": 2}), ("c", None)]):
        before.take(taken)
        for key, value in before.changed("w"):
            publication.remember(key.decode(), value)
    return publication


def test_after_taking_over_only_what_differs_is_published_with_the_next_revision() -> None:
    assert published(taken_over(), a=2, b=8, c=9) == {"b": row(8, 2), "c": row(9, 1)}


def test_what_vanished_while_nobody_owned_the_rows_is_deleted() -> None:
    publication = taken_over()
    assert published(publication, a=2) == {"b": None}
    assert published(publication, b=7) == {"b": row(7, 1)}


def test_only_the_first_rows_after_taking_over_are_all_there_are() -> None:
    publication = taken_over()
    published(publication, a=2, b=7)
    assert published(publication, a=3) == {"a": row(3, 3)}
    assert publication.rows == {"a": {"value": 3}, "b": {"value": 7}}
