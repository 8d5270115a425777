from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.domain.sequences import sequence_key


def test_absent_sorts_before_numbers_and_numbers_before_other_texts() -> None:
    given_order = [None, "-10", -9, "0", 9, "10", "a", "b"]
    keys = [sequence_key(sequence) for sequence in given_order]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_same_number_has_the_same_key() -> None:
    assert sequence_key(7) == sequence_key("7") == sequence_key("007")
    assert sequence_key("-0") == sequence_key(0)


@given(st.lists(st.integers(min_value=-(10**256) + 1, max_value=10**256 - 1)))
def test_integers_order_by_value(numbers: list[int]) -> None:
    assert sorted(numbers, key=sequence_key) == sorted(numbers)
    assert sorted(map(str, numbers), key=sequence_key) == [str(number) for number in sorted(numbers)]


@given(st.lists(st.text(alphabet="abc:-é")))
def test_other_texts_order_by_code_point(texts: list[str]) -> None:
    assert sorted(texts, key=sequence_key) == sorted(texts)
