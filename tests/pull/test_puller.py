"""When a vendor is asked again: limits of the account, failures in a row, a token that was replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from stream.cli import pull_progress
from stream.cli.pull_progress import PullProgress
from stream.clock import ManualClock
from stream.errors import ConfigError
from stream.pull.client import Client, Refused, TryLater
from stream.pull.puller import Puller
from stream.pull.state import State

NOW_US = 1_764_230_400_000_000
SECOND_US = 1_000_000


class Asked:
    """A list whose steps raise what they are told to, one after the other; then it has ended."""

    def __init__(self, clock: ManualClock, *problems: Exception) -> None:
        self._clock = clock
        self._problems = list(problems)
        self.state = State("tickets", clock.now_us(), 0)
        self.steps_us: list[int] = []

    @property
    def answers_total(self) -> int:
        return 0

    async def step(self) -> None:
        self.steps_us.append(self._clock.now_us())
        if self._problems:
            raise self._problems.pop(0)
        self.state.wait(self._clock.now_us(), 60 * SECOND_US, is_idle=True)


def run(clock: ManualClock, login: Callable[[], dict[str, str]], *works: Asked) -> Client:
    """To the end, with a clock that goes on by a second whenever nothing is due."""
    client = Client("https://api.example.org", {"X-Token": "old"})
    puller = Puller("acme", works, client, login, clock, lambda: clock.advance(1))
    asyncio.run(puller.run(asyncio.Event(), once=True))
    return client


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.pull.puller._LONGEST_SLEEP_SECONDS", 0.0)


def old_login() -> dict[str, str]:
    return {"X-Token": "old"}


def test_retry_after_is_obeyed_and_holds_for_all_lists_of_the_account() -> None:
    clock = ManualClock(NOW_US)
    limited, other = Asked(clock, TryLater("answer 429", "30")), Asked(clock)
    other.state.due_us += SECOND_US
    run(clock, old_login, limited, other)
    first, second = limited.steps_us
    assert 30 <= (second - first) / SECOND_US <= 35
    assert all((at_us - first) / SECOND_US >= 30 for at_us in other.steps_us)


def test_a_date_is_obeyed_too() -> None:
    clock = ManualClock(NOW_US)
    limited = Asked(clock, TryLater("answer 503", "Thu, 27 Nov 2025 08:01:00 GMT"))
    run(clock, old_login, limited)
    assert 60 <= (limited.steps_us[1] - limited.steps_us[0]) / SECOND_US <= 68


def test_failures_in_a_row_wait_longer_each_time_and_hold_up_nobody_else() -> None:
    clock = ManualClock(NOW_US)
    failing, other = Asked(clock, *[TryLater("answer 500")] * 9), Asked(clock)
    run(clock, old_login, failing, other)
    waits = [
        (later - earlier) / SECOND_US for earlier, later in zip(failing.steps_us, failing.steps_us[1:], strict=False)
    ]
    assert all(2**place / 2 <= wait <= 2**place + 2 for place, wait in enumerate(waits[:8]))
    assert waits[8] <= 258
    assert other.steps_us[0] <= NOW_US + 3 * SECOND_US


def test_a_token_that_was_replaced_is_read_anew_once() -> None:
    clock = ManualClock(NOW_US)
    client = run(clock, lambda: {"X-Token": "new"}, Asked(clock, Refused()))
    assert client.headers == {"X-Token": "new"}
    with pytest.raises(ConfigError, match=r"connect.acme: the API refuses the token"):
        run(clock, lambda: {"X-Token": "new"}, Asked(clock, Refused(), Refused()))


def test_a_token_that_was_taken_once_and_is_refused_now_is_trouble_and_holds_up_no_other_list() -> None:
    clock = ManualClock(NOW_US)
    refused, other = Asked(clock, Refused(403), Refused(401), Refused(401)), Asked(clock)
    refused.state.has_answered = True
    run(clock, old_login, refused, other)
    waits = [(later - refused.steps_us[0]) / SECOND_US for later in refused.steps_us]
    assert (len(waits), refused.state.failures_total, refused.state.has_ended) == (4, 3, True)
    assert all(wait >= least for wait, least in zip(waits, (0, 0.5, 1.5, 3.5), strict=True))
    assert other.steps_us[0] <= NOW_US + 2 * SECOND_US


def test_a_file_of_the_token_that_cannot_be_read_is_trouble_where_one_was_taken_before() -> None:
    def login() -> dict[str, str]:
        raise ConfigError("connect.acme.api_token_file: it cannot be read")

    clock = ManualClock(NOW_US)
    work = Asked(clock, Refused(401))
    work.state.has_answered = True
    run(clock, login, work)
    assert work.state.failures_total == 1
    with pytest.raises(ConfigError, match="api_token_file"):
        run(clock, login, Asked(clock, Refused(401)))


def test_a_vendor_that_is_silent_does_not_keep_it_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.pull.puller._FINISH_WITHIN_SECONDS", 0.0)
    clock = ManualClock(NOW_US)
    stop, ended = asyncio.Event(), []

    class Silent(Asked):
        async def step(self) -> None:
            stop.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

    async def go() -> None:
        client = Client("https://api.example.org", {})
        await Puller("acme", [Silent(clock)], client, old_login, clock, lambda: None).run(stop, once=False)

    asyncio.run(go())
    assert ended == ["cancelled"]


def test_without_a_terminal_it_tells_a_line_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(NOW_US)
    work = Asked(clock)
    puller = Puller("acme", [work], Client("https://api.example.org", {}), old_login, clock, lambda: None)
    seconds = 1000.0
    monkeypatch.setattr(pull_progress, "monotonic_seconds", lambda: seconds)
    with PullProgress(clock) as progress:
        for _ in range(600):
            seconds += 0.5
            progress([puller])
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["acme: tickets: 0 events"] * 5
