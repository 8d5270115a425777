"""Windows and the panes they are made of, one rule per test; `today` where clocks and offsets are odd."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from stream.domain.windows import QUARTER, TODAY, TOTAL, PanePlan, Window, midnight, pane_seconds, rolling
from tests.domain.stories import US

UTC_ZONE = ZoneInfo("UTC")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("window_seconds", "width"),
    [(60, 10), (3600, 10), (3601, 300), (86_400, 300), (86_401, 3600), (30 * 86_400, 3600)],
)
def test_the_width_of_panes_grows_with_the_window(window_seconds: int, width: int) -> None:
    assert pane_seconds(window_seconds) == width


def test_a_window_ends_with_the_pane_that_holds_now() -> None:
    assert rolling("5m", 300).bounds(1_000_003 * US, UTC_ZONE) == (999_710, 1_000_010)


def test_on_a_pane_edge_the_pane_that_begins_holds_now() -> None:
    window = rolling("5m", 300)
    assert window.bounds(1_000_010 * US - 1, UTC_ZONE)[1] == 1_000_010
    assert window.bounds(1_000_010 * US, UTC_ZONE)[1] == 1_000_020


def test_a_long_window_moves_by_whole_hours() -> None:
    window = rolling("7d", 7 * 86_400)
    start, end = window.bounds(at("2026-11-22T09:59:59+00:00") * US, UTC_ZONE)
    assert (start, end) == (at("2026-11-15T10:00:00+00:00"), at("2026-11-22T10:00:00+00:00"))


def test_today_runs_from_midnight_to_the_pane_that_holds_now() -> None:
    bounds = TODAY.bounds(at("2026-11-22T09:02:00+01:00") * US, ZoneInfo("Europe/Berlin"))
    assert bounds == (at("2026-11-22T00:00:00+01:00"), at("2026-11-22T09:05:00+01:00"))


def test_total_has_no_bounds_in_time() -> None:
    assert TOTAL.bounds(at("2026-11-22T09:02:00+01:00") * US, UTC_ZONE) == (0, 1)


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        # Clocks go forward (a day of 23 h) and back (25 h): the day begins by the offset of its own midnight.
        ("Europe/Berlin", "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00"),
        ("Europe/Berlin", "2026-03-29T23:59:59+02:00", "2026-03-29T00:00:00+01:00"),
        ("Europe/Berlin", "2026-03-30T00:00:00+02:00", "2026-03-30T00:00:00+02:00"),
        ("Europe/Berlin", "2026-10-25T23:59:59+01:00", "2026-10-25T00:00:00+02:00"),
        ("Europe/Berlin", "2026-10-26T00:00:00+01:00", "2026-10-26T00:00:00+01:00"),
        ("America/New_York", "2026-03-08T12:00:00-04:00", "2026-03-08T00:00:00-05:00"),
        ("America/New_York", "2026-11-01T23:59:59-05:00", "2026-11-01T00:00:00-04:00"),
        ("America/New_York", "2026-11-02T00:00:00-05:00", "2026-11-02T00:00:00-05:00"),
        # Offsets that are no whole hours.
        ("Asia/Kolkata", "2026-11-22T00:00:00+05:30", "2026-11-22T00:00:00+05:30"),
        ("Asia/Kolkata", "2026-11-22T23:59:59+05:30", "2026-11-22T00:00:00+05:30"),
        ("Asia/Kathmandu", "2026-11-22T13:14:15+05:45", "2026-11-22T00:00:00+05:45"),
        ("Asia/Kathmandu", "2026-11-23T00:00:00+05:45", "2026-11-23T00:00:00+05:45"),
        # Clocks skip midnight: the day begins at one o'clock.
        ("America/Asuncion", "2023-10-01T09:00:00-03:00", "2023-10-01T01:00:00-03:00"),
        ("America/Asuncion", "2023-09-30T23:59:59-04:00", "2023-09-30T00:00:00-04:00"),
        ("Asia/Beirut", "2024-03-31T09:00:00+03:00", "2024-03-31T01:00:00+03:00"),
        # Clocks go back at midnight (the day before has 25 h), or to midnight (it comes twice: the first counts).
        ("America/Asuncion", "2024-03-23T23:30:00-04:00", "2024-03-23T00:00:00-03:00"),
        ("America/Asuncion", "2024-03-24T09:00:00-04:00", "2024-03-24T00:00:00-04:00"),
        ("America/Havana", "2026-11-01T09:00:00-05:00", "2026-11-01T00:00:00-04:00"),
        # A whole day that never was: the 30th of December 2011.
        ("Pacific/Apia", "2011-12-31T09:00:00+14:00", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_a_day_begins_at_midnight_of_its_zone(zone: str, now: str, start: str) -> None:
    assert midnight(at(now), ZoneInfo(zone)) == at(start)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_midnight_is_always_on_a_pane_edge(zone: str) -> None:
    first = at("2026-01-01T00:00:00+00:00")
    assert {midnight(first + 7 * 3600 * n, ZoneInfo(zone)) % TODAY.width_seconds for n in range(1300)} == {0}


def test_a_plan_keeps_of_each_width_what_its_longest_window_needs_and_some_grace() -> None:
    plan = PanePlan.for_windows([rolling("5m", 300), rolling("1h", 3600), TODAY, rolling("24h", 86_400)])
    assert plan == PanePlan({10: 3600 + 60, 300: 26 * 3600 + 600}, total=False)


def test_a_plan_keeps_everything_when_a_window_never_empties() -> None:
    assert PanePlan.for_windows([TOTAL]) == PanePlan({}, total=True)


@pytest.mark.parametrize("window", [rolling("5m", 300), rolling("24h", 86_400), rolling("30d", 30 * 86_400), TODAY])
def test_what_a_window_shows_is_kept_even_on_the_longest_day(window: object) -> None:
    assert isinstance(window, type(TODAY))
    kept = PanePlan.for_windows([window]).retention[window.width_seconds]
    now = at("2026-10-25T23:59:59+01:00")
    assert window.bounds(now * US, ZoneInfo("Europe/Berlin"))[0] >= now - kept


def test_what_is_needed_beside_the_windows_is_kept_too_and_nothing_is_kept_shorter() -> None:
    plan = PanePlan.for_windows([rolling("5m", 300), rolling("24h", 86_400)], at_least={10: 1820, 300: 60, 3600: 999})
    assert plan == PanePlan({10: 1820, 300: 86_400 + 600, 3600: 86_400 + 600 + 3600}, total=False)


def test_what_a_measures_own_windows_need_is_kept_of_it_alone() -> None:
    usual = PanePlan.for_windows([rolling("5m", 300)])
    plan = PanePlan.for_windows([rolling("5m", 300)], more={"csat": [rolling("30d", 30 * 86_400)], "nps": []})
    assert plan.retention == usual.retention | PanePlan.for_windows([rolling("30d", 30 * 86_400)]).retention
    assert plan.shorter == {3600: {"nps": 0}}
    ever = PanePlan.for_windows([rolling("5m", 300)], more={"csat": [TOTAL]})
    assert (ever.total, ever.retention, ever.shorter) == (True, usual.retention, {})


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        ("UTC", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"),
        ("UTC", "2026-03-31T23:59:59+00:00", "2026-01-01T00:00:00+00:00"),
        ("UTC", "2026-12-31T12:00:00+00:00", "2026-10-01T00:00:00+00:00"),
        # The clocks went back since: the quarter began by the summer's offset.
        ("Europe/Berlin", "2026-11-27T12:00:00+01:00", "2026-10-01T00:00:00+02:00"),
        ("America/New_York", "2026-07-01T00:00:00-04:00", "2026-07-01T00:00:00-04:00"),
        ("America/New_York", "2026-06-30T23:59:59-04:00", "2026-04-01T00:00:00-04:00"),
        # Midnight lies within an hour of UTC: the edge before.
        ("Asia/Kolkata", "2026-05-05T12:00:00+05:30", "2026-03-31T18:00:00+00:00"),
    ],
)
def test_a_quarter_begins_with_its_first_month_where_the_desk_is(zone: str, now: str, start: str) -> None:
    assert QUARTER.bounds(at(now) * US, ZoneInfo(zone))[0] == at(start)


def bounds_before(window: Window, now: str, zone: str = "UTC") -> tuple[int, int]:
    assert window.before is not None
    return window.before.bounds(at(now) * US, ZoneInfo(zone))


def test_before_a_rolling_window_lies_one_of_the_same_length_that_ends_where_it_begins() -> None:
    now = "2026-11-22T09:59:59+00:00"
    window = rolling("7d", 7 * 86_400)
    start, end = window.bounds(at(now) * US, UTC_ZONE)
    assert bounds_before(window, now) == (start - (end - start), start)


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        # The third hour of the quarter, and so the third of the one before.
        ("2026-04-01T02:30:00+00:00", "2026-01-01T00:00:00+00:00", "2026-01-01T03:00:00+00:00"),
        # April to June has 91 days, January to March 90: all of it.
        ("2026-06-30T23:30:00+00:00", "2026-01-01T00:00:00+00:00", "2026-04-01T00:00:00+00:00"),
        ("2026-01-02T00:30:00+00:00", "2025-10-01T00:00:00+00:00", "2025-10-02T01:00:00+00:00"),
    ],
)
def test_before_a_quarter_lies_the_last_one_up_to_the_same_point(now: str, first: str, last: str) -> None:
    assert bounds_before(QUARTER, now) == (at(first), at(last))


@pytest.mark.parametrize("window", [TOTAL, TODAY, rolling("24h", 86_400), rolling("5m", 300)], ids=lambda one: one.name)
def test_a_day_is_compared_with_nothing_and_nor_is_all_time(window: Window) -> None:
    assert window.before is None


@pytest.mark.parametrize("window", [rolling("30d", 30 * 86_400), QUARTER], ids=lambda one: one.name)
def test_what_a_window_before_needs_is_kept(window: Window) -> None:
    before = window.before
    assert before is not None
    for day in range(0, 400, 9):
        now = at("2026-01-01T23:59:59+00:00") + day * 86_400
        assert now - before.bounds(now * US, ZoneInfo("Europe/Berlin"))[0] <= before.kept_seconds


def test_what_two_plans_have_in_common_is_kept_by_both_for_the_shorter_of_both_times() -> None:
    days = (rolling("7d", 7 * 86_400), TOTAL)
    plans = [
        PanePlan.for_windows((rolling("2h", 7200), rolling("7d", 7 * 86_400))),
        PanePlan.for_windows((rolling("6h", 21_600), TOTAL)),
        PanePlan.for_windows((rolling("2h", 7200),), more={"a": days, "b": ()}),
        PanePlan.for_windows((rolling("24h", 86_400),), more={"b": days}),
    ]
    for one in plans:
        assert one.in_common(one) == one
        for other in plans:
            both = one.in_common(other)
            assert both == other.in_common(one)
            for width in {*one.widths, *other.widths}:
                for measure in ("a", "b", "c"):
                    shorter = min(one.kept_seconds(width, measure), other.kept_seconds(width, measure))
                    assert both.kept_seconds(width, measure) == shorter


def test_no_pane_goes_before_those_that_lie_in_it() -> None:
    """As of a window a minute longer than a day beside `today`, whose panes are kept for longer."""
    assert PanePlan.for_windows([TODAY]).retention == {300: 94_200}
    assert PanePlan.for_windows([TODAY, rolling("1441m", 86_460)]).retention == {300: 94_200, 3600: 97_800}
    more = {"wait": [rolling("1441m", 86_460)]}
    assert PanePlan.for_windows([TODAY, rolling("7d", 7 * 86_400)], more=more).kept_seconds(3600, "wait") >= 97_800
