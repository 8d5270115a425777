from __future__ import annotations

import re
import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain import labels
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


REDACTED = re.compile("redacted-[0-9a-f]{4}")
CUT = re.compile(".{0,59}~[0-9a-f]{4}")


@pytest.mark.parametrize("text", ["anna@example.org", "Anna <anna@example.org>", "an\u200bna@\u0000example.org", "a@b"])
def test_label_with_an_address_is_redacted(text: str) -> None:
    assert REDACTED.fullmatch(clean_label(text))


def test_address_behind_the_cut_is_redacted_too() -> None:
    for before in ("x" * 80, "x" * 500, "x" * 511, "x" * 512, "\u200b" * 505 + "anna", "x" * 100_000):
        assert REDACTED.fullmatch(clean_label(before + "y@example.org")), before[:600]


def test_cut_label_does_not_end_in_a_space_or_become_an_address() -> None:
    assert re.fullmatch("x{58}~[0-9a-f]{4}", clean_label("x" * 58 + " yz" * 5))
    assert re.fullmatch("x{58}~[0-9a-f]{4}", clean_label("x" * 58 + "@ yz" * 5))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("billing@acme.example", "sales@acme.example"),
        ("Billing@acme.example", "billing@acme.example"),
        ("desk " * 13 + "A", "desk " * 13 + "B"),
        ("x" * 65, "x" * 66),
        ("x" * 512, "x" * 513),
        ("x" * 100_000, "x" * 100_000 + "y"),
        ("\u0301" * 2000, "\u0301" * 2001),
    ],
)
def test_two_names_that_are_shortened_stay_two(one: str, other: str) -> None:
    assert clean_label(one) != clean_label(other)


@pytest.mark.parametrize(
    "text", ["\u00c9quipe \u00e0 part, " * 6, "\u00e9quipe@acme.example", "  team\u200b of many words " * 8]
)
def test_two_spellings_of_a_name_that_is_shortened_stay_one(text: str) -> None:
    other = "  " + unicodedata.normalize("NFD", text).replace(" ", " \u200b ") + "\n"
    assert clean_label(other) == clean_label(text)


def test_a_name_that_just_fits_is_not_cut() -> None:
    assert clean_label("x" * 64) == "x" * 64
    assert clean_label(" " * 5000 + "x" * 64 + "\n" * 5000) == "x" * 64
    assert clean_label(" \t\u3000" * 5000) == ""


labels_at_the_edge = st.text(alphabet="x@ ~\u0301\u200b\u00e9", min_size=40, max_size=700)


@given(st.text(max_size=200) | labels_at_the_edge)
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
    assert CUT.fullmatch(cache["x" * 1_000_000])
    assert not cache
    assert not cache._shortened


def test_cache_counts_what_is_shortened_each_time() -> None:
    cache = LabelCache()
    for _ in range(3):
        for text in ("billing", "a@b", "x" * 65, "x" * 1000, "redacted-7f3a", "x~7f3a", None, ""):
            assert cache[text] == clean_label(text or "")
    assert cache.shortened == {"redacted": 3, "cut": 6}


def test_cache_of_shortened_labels_is_bounded() -> None:
    cache = LabelCache()
    for number in range(3 * LabelCache.max_entries):
        assert REDACTED.fullmatch(cache[f"{number}@b"])
    assert len(cache._shortened) <= LabelCache.max_entries


@pytest.mark.pure
@pytest.mark.parametrize(
    "piece", ["\u0327\u0315", "\u0301", "x", "\U0001d160", "@", " @", "\u200b", "\ufdfa", "\u1fa2\u0345"]
)
def test_only_a_bounded_part_of_a_text_is_composed(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Composing takes the square of the length where combining marks are piled up: 320 kB of them took half a minute.
    composed: list[int] = []

    def counting(form: str, text: str) -> str:
        composed.append(len(text))
        return unicodedata.normalize(form, text)  # type: ignore[arg-type]  # the form is that of the caller

    monkeypatch.setattr(labels, "unicodedata", SimpleNamespace(normalize=counting, category=unicodedata.category))
    label = clean_label(piece * (1_000_000 // len(piece)))
    assert label
    assert len(label) <= MAX_LABEL_CHARACTERS
    # Composed text is at most three times as long, but for a few Arabic signs.
    assert max(composed) <= 18 * labels.READ_CHARACTERS
