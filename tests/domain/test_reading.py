"""How far the source topics have been read: lag, the newest event of all, and up to when everything is counted."""

from __future__ import annotations

from stream.domain.reading import Reading


def reading(**topics: tuple[int, int | None, int]) -> Reading:
    """Of each topic position, end (None: not known, else since 1000) and newest event time."""
    made = Reading(tuple(topics))
    for name, (position, end, newest) in topics.items():
        made.positions[name] = position
        made.newest_us[name] = newest
        if end is not None:
            made.note_end(name, end, 1000)
    return made


def test_the_lag_is_that_of_all_topics_whose_ends_are_known() -> None:
    assert reading(a=(3, 10, 0), b=(5, 5, 0), c=(0, None, 0)).lag == 7
    assert not reading(a=(3, 10, 0), c=(0, None, 0)).knows_all_ends
    assert reading(a=(3, 10, 0)).knows_all_ends


def test_a_position_beyond_the_end_that_was_known_is_no_negative_lag() -> None:
    assert reading(a=(12, 10, 0), b=(0, 1, 0)).lag == 1


def test_newest_of_all_is_the_newest_where_all_topics_are_at_their_ends() -> None:
    assert reading(a=(10, 10, 500), b=(5, 5, 700)).newest_of_all_us == 700
    assert reading(a=(0, 0, 0), b=(5, 5, 700)).newest_of_all_us == 700


def test_newest_of_all_waits_for_the_topic_that_lags() -> None:
    assert reading(a=(3, 10, 500), b=(5, 5, 700)).newest_of_all_us == 500
    assert reading(a=(3, 10, 500), b=(1, 5, 300)).newest_of_all_us == 300
    assert reading(a=(3, None, 500), b=(5, 5, 700)).newest_of_all_us == 500
    assert Reading(("a", "b")).newest_of_all_us == 0


def test_complete_is_now_where_nothing_waits_and_the_newest_event_where_it_lags() -> None:
    assert reading(a=(10, 10, 500), b=(5, 5, 700)).advance_complete(1000) == 1000
    assert reading(a=(3, 10, 500), b=(5, 5, 700)).advance_complete(1000) == 500
    assert reading(a=(10, 10, 500), b=(0, None, 0)).advance_complete(1000) == 0


def test_an_end_known_for_long_says_nothing_about_now() -> None:
    assert reading(a=(10, 10, 500)).advance_complete(5000) == 1000


def test_complete_never_goes_back_while_the_clock_does_not_and_never_ahead_of_now() -> None:
    ahead = reading(a=(3, 10, 9000))
    assert ahead.advance_complete(1000) == 1000
    ahead.newest_us["a"] = 400
    assert ahead.advance_complete(2000) == 1000


def test_of_a_clock_that_was_ahead_nothing_stays() -> None:
    made = reading(a=(10, 10, 500))
    made.note_end("a", 10, 9000)  # by the clock that is ahead
    assert made.advance_complete(9000) == 9000
    made.note_end("a", 10, 1100)
    assert made.advance_complete(1100) == 1100
    made.note_end("a", 12, 1200)
    assert made.advance_complete(1200) == 1100
