from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.labels import MAX_LABEL_CHARACTERS, LabelCache, clean_label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("billing", "billing"),
        ("  billing \t emea\r\n", "billing emea"),
        ("bill\u0000ing\u200b", "billing"),
        ("\u202egnillib", "gnillib"),
        ("Mu\u0308nchen", "M\u00fcnchen"),
        ("billing\u00a0emea", "billing emea"),
        ("\u0007 ", ""),
        ("", ""),
        ("@night", "@night"),
        ("desk @ noon", "desk @ noon"),
    ],
)
def test_label_is_short_printable_and_composed(text: str, label: str) -> None:
    assert clean_label(text) == label


@pytest.mark.parametrize("text", ["anna@example.org", "Anna <anna@example.org>", "an\u200bna@\u0000example.org", "a@b"])
def test_label_with_an_address_is_redacted(text: str) -> None:
    assert clean_label(text) == "redacted"


def test_address_behind_the_cut_is_redacted_too() -> None:
    assert clean_label("x" * 80 + " anna@example.org") == "redacted"


def test_cut_label_does_not_end_in_a_space() -> None:
    assert clean_label("x" * 63 + " yz") == "x" * 63


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    label = clean_label(text)
    assert clean_label(label) == label
    assert len(label) <= MAX_LABEL_CHARACTERS
    assert label == "" or label.isprintable()


def test_absent_is_the_empty_label() -> None:
    cache = LabelCache()
    assert cache[None] == ""
    assert cache[""] == ""


def test_cache_answers_like_the_function_and_stays_bounded() -> None:
    cache = LabelCache()
    for number in range(3 * LabelCache.max_entries):
        assert cache[f" team  {number}"] == f"team {number}"
    assert len(cache) <= LabelCache.max_entries


def test_cache_never_keeps_a_long_text() -> None:
    cache = LabelCache()
    assert cache["x" * 1_000_000] == "x" * 64
    assert not cache
