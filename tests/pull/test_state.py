"""What `--once` waits for."""

from __future__ import annotations

from stream.pull.state import State


def test_a_list_that_was_empty_once_has_ended_whatever_comes_later() -> None:
    state = State("tickets", 0, 0)
    state.wait(10, 5, is_idle=True)
    state.wait(20, 5, is_idle=False)
    assert (state.due_us, state.is_idle, state.has_ended) == (25, False, True)


def test_trouble_is_told_until_a_page_is_written() -> None:
    state = State("tickets", 0, 0)
    state.fail(1_000_000, 30_000_000, "answer 429")
    assert (state.due_us, state.trouble) == (31_000_000, "answer 429, again in 30 s")
