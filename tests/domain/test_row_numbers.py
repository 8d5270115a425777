"""The number of a row, read off rows as the core makes them."""

from __future__ import annotations

import pytest

from stream.domain.row_numbers import FIELDS, kind_of, lasting_seconds, number_of, reader, since_us
from stream.metrics import ROWS
from tests.golden.desk import NOW, view

KINDS = {(spec.metric, spec.definition_id): spec.kind for spec in ROWS}


def test_every_field_of_every_kind_can_be_read_off_its_rows() -> None:
    seen = set()
    for row in view().rows.values():
        kind = KINDS[row["metric"], row["definition"]]
        assert kind_of(row) == kind
        seen.add(kind)
        for field in FIELDS[kind]:
            number = number_of(row, field, NOW * 1_000_000)
            assert number is None or isinstance(number, int | float)
            assert field == "oldest" or reader(field)(row) == number
    assert seen == {"duration", "ratio", "mean", "count", "level", "longest", "staffing", "blend", "distance"}


def test_what_is_oldest_lasts_until_now_and_never_less_than_nothing() -> None:
    row = {"oldest": "1970-01-01T00:00:10Z"}
    assert since_us(row) == 10_000_000
    assert number_of(row, "oldest", 12_500_000) == 2.5
    assert number_of(row, "oldest", 9_000_000) == 0.0
    assert lasting_seconds(None, 9_000_000) == 0.0
    with pytest.raises(ValueError, match="depends on now"):
        reader("oldest")
