"""Two tickets of one id in files of events, found as the lines pass."""

from __future__ import annotations

import json

from stream.files.clashes import Clashes


def created(ticket: str, source: str, kind: str = "created") -> bytes:
    return json.dumps({"type": f"support.ticket.{kind}", "subject": ticket, "source": source}).encode()


def test_the_lines_pass_as_they_are_whatever_they_are() -> None:
    lines = [created("1", "/a"), b"no JSON, but support.ticket.created", b"", b'"support.ticket.created"', b"[" * 9999]
    clashes = Clashes()
    assert list(clashes.watch(lines)) == lines
    assert clashes.sentences() == []


def test_two_sources_of_one_ticket_are_told_once_with_both() -> None:
    clashes = Clashes()
    lines = [created("1", "/a"), created("1", "/b"), created("1", "/b"), created("2", "/b"), created("1", "/a")]
    assert len(list(clashes.watch(lines))) == 5
    [sentence] = clashes.sentences()
    assert sentence.startswith("/a and /b both created ticket 1:")


def test_only_creations_count() -> None:
    clashes = Clashes()
    list(clashes.watch([created("1", "/a"), created("1", "/b", "message"), created("2", "/b")]))
    assert clashes.sentences() == []
