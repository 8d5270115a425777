from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.times import EARLIEST_TIME_US, TimeParser, format_time_us, parse_time_us

NINE_US = 1_763_802_000_000_000  # 2025-11-22T09:00:00Z


@pytest.mark.parametrize(
    ("text", "expected_us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1990-01-01T00:00:00Z", EARLIEST_TIME_US),
        ("2025-11-22T09:00:00Z", NINE_US),
        ("2025-11-22t09:00:00z", NINE_US),
        ("2025-11-22T10:00:00+01:00", NINE_US),
        ("2025-11-22T03:30:00-05:30", NINE_US),
        ("2025-11-22T09:00:00-00:00", NINE_US),
        ("2025-11-22T09:00:00.5Z", NINE_US + 500_000),
        ("2025-11-22T09:00:00.123Z", NINE_US + 123_000),
        ("2025-11-22T09:00:00.000001+00:00", NINE_US + 1),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
        ("0001-01-01T00:00:00+01:00", -62_135_600_400_000_000),
    ],
)
def test_rfc_3339_becomes_microseconds(text: str, expected_us: int) -> None:
    assert parse_time_us(text) == expected_us


def test_nanoseconds_are_cut_off_not_rounded() -> None:
    assert parse_time_us("2025-11-22T09:00:00.999999999Z") == NINE_US + 999_999


def test_leap_second_is_the_first_of_the_next_day() -> None:
    midnight_us = parse_time_us("2017-01-01T00:00:00Z")
    assert parse_time_us("2016-12-31T23:59:60Z") == midnight_us
    assert parse_time_us("2016-12-31T15:59:60.25-08:00") == midnight_us + 250_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-11-22",
        "2025-11-22T09:00:00",
        "2025-11-22 09:00:00Z",
        "2025-11-22T09:00Z",
        "2025-11-22T09:00:00.Z",
        "2025-11-22T09:00:00,5Z",
        "2025-11-22T09:00:00+0100",
        "2025-11-22T09:00:00+1:00",
        "2025-11-22T09:00:00Z ",
        "2025-11-22T09:00:00Z\n",
        "٢٠٢\u0665-11-22T09:00:00Z",
        "2025-11-22T09:00:00.\u0665Z",
        "+025-11-22T09:00:00Z",
        "1763802000",
    ],
)
def test_other_texts_are_refused_with_an_example_of_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339 with a zone"):
        parse_time_us(text)


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-30T09:00:00Z",
        "2025-13-01T09:00:00Z",
        "0000-01-01T09:00:00Z",
        "2025-11-22T24:00:00Z",
        "2025-11-22T09:60:00Z",
        "2025-11-22T09:00:61Z",
        "2025-11-22T09:00:00+24:00",
        "2025-11-22T09:00:00+01:60",
    ],
)
def test_days_times_and_offsets_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        parse_time_us(text)


@pytest.mark.parametrize("text", ["1990-12-31T23:59:60Z", "1997-06-30T23:59:60.9Z", "2012-07-01T01:59:60+02:00"])
def test_second_60_is_taken_where_a_leap_second_was(text: str) -> None:
    for parse in (parse_time_us, TimeParser().parse):
        assert parse(text) // 1_000_000 % 86_400 == 0


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-22T09:00:60Z",
        "2026-03-05T23:59:60Z",
        "2026-03-06T00:59:60+01:00",
        "2016-12-30T23:59:60Z",
        "2016-06-30T23:59:60Z",
        "2017-06-30T23:59:60Z",
        "2026-12-31T23:59:60.5Z",
        "2016-12-31T23:59:60+01:00",
        "2016-12-31T22:59:60Z",
    ],
)
def test_second_60_is_refused_where_no_leap_second_was(text: str) -> None:
    parser = TimeParser()
    parser.parse("2016-12-31T23:59:60Z")
    parser.parse(text.replace(":60", ":59"))
    for parse in (parse_time_us, parser.parse):
        with pytest.raises(ValueError, match="no leap second"):
            parse(text)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001 - UTC is set below
def test_formatting_is_undone_by_parsing(moment: datetime) -> None:
    text = moment.replace(tzinfo=UTC).isoformat()
    time_us = parse_time_us(text)
    assert parse_time_us(format_time_us(time_us)) == time_us
    assert format_time_us(time_us) == text.replace("+00:00", "Z")


almost_times = st.from_regex(
    r"\A20[012][0-9]-[01][0-9]-[0-3][0-9][Tt ][012][0-9]:[0-6][0-9]:(60|[0-6][0-9])"
    r"(\.[0-9\u0665_]{0,12})?([Zz]|[+-][0-2][0-9]:[0-6][0-9])?\Z"
)


@given(st.lists(almost_times | st.text(max_size=30), max_size=20))
def test_remembering_parser_agrees_with_the_plain_one(texts: list[str]) -> None:
    parser = TimeParser()
    # Twice: what the first round remembers, the second one uses.
    for text in texts * 2:
        assert outcome(parser.parse, text) == outcome(parse_time_us, text)


def test_remembering_parser_reads_fractions_of_a_second_it_has_seen() -> None:
    parser = TimeParser()
    assert parser.parse("2025-11-22T09:00:00Z") == parser.parse("2025-11-22T10:00:00+01:00") == NINE_US
    for fraction, fraction_us in (("5", 500_000), ("000001", 1), ("0000019", 1), ("25", 250_000)):
        assert parser.parse(f"2025-11-22T09:00:00.{fraction}Z") == NINE_US + fraction_us
        assert parser.parse(f"2025-11-22T10:00:00.{fraction}+01:00") == NINE_US + fraction_us
    for fraction in ("", "\u0665", "1_0", "-1", " 1"):
        with pytest.raises(ValueError, match="RFC 3339"):
            parser.parse(f"2025-11-22T09:00:00.{fraction}Z")


@pytest.mark.pure
def test_remembering_parser_forgets_before_it_grows_beyond_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimeParser, "max_entries", 10)
    parser = TimeParser()
    for minute in range(50):
        assert parser.parse(f"2025-11-22T09:{minute:02d}:00Z") == NINE_US + minute * 60_000_000
        assert len(parser._minutes) <= 10


def outcome(parse: object, text: str) -> object:
    try:
        return parse(text)  # type: ignore[operator]  # one of the two parsers
    except ValueError as error:
        return str(error)
