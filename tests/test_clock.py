"""The agreed clock: jumps of the machine's clock are ridden out, and believed when they last or brokers go by them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stream.clock import AgreedClock, ManualClock, Present
from stream.settings import Settings

SECOND = 1_000_000
START = 1_773_133_200 * SECOND


class Machine:
    """A clock on the wall that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall_us, self.running_us = START, 77 * SECOND
        self.clock = AgreedClock(lambda: self.wall_us, lambda: self.running_us)

    def after(self, seconds: float, *, looks: int = 1) -> float:
        """Let time go by; gives what the clock says, in seconds since the start."""
        for _ in range(looks):
            self.wall_us += round(seconds * SECOND / looks)
            self.running_us += round(seconds * SECOND / looks)
            said = self.clock.now_us()
        return (said - START) / SECOND

    def jump(self, seconds: float) -> None:
        self.wall_us += round(seconds * SECOND)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_without_jumps_it_is_the_machines_clock(machine: Machine) -> None:
    assert machine.after(3600) == 3600
    for _ in range(100):
        machine.jump(0.9)  # as time services do
        machine.after(1)
    assert machine.clock.now_us() == machine.wall_us
    assert (machine.clock.jumps_total, machine.clock.doubt()) == (0, "")


@pytest.mark.parametrize("jump", [3000.0, -3000.0, 1.5, 40 * 86_400.0])
def test_a_jump_that_goes_again_is_never_seen(machine: Machine, jump: float) -> None:
    machine.after(10)
    machine.jump(jump)
    assert machine.after(10, looks=10) == 20
    assert f"has jumped {abs(jump):.0f} s {'ahead' if jump > 0 else 'back'}" in machine.clock.doubt()
    machine.jump(-jump)
    assert machine.after(100, looks=10) == 120
    assert (machine.clock.jumps_total, machine.clock.doubt(), machine.clock.set_back_us) == (1, "", 0)


def test_a_jump_that_lasts_for_a_minute_is_believed(machine: Machine) -> None:
    machine.jump(3000)
    assert machine.after(1) == 1
    assert machine.after(59.9, looks=59) == pytest.approx(60.9)
    assert machine.after(0.2) == pytest.approx(3061.1)
    assert (machine.clock.doubt(), machine.clock.set_back_us) == ("", 0)


def test_one_that_is_set_back_for_good_says_so(machine: Machine) -> None:
    machine.jump(-3000)
    assert machine.after(1) == 1
    assert machine.after(61, looks=61) == pytest.approx(62 - 3000)
    assert machine.clock.set_back_us == 3000 * SECOND


def test_a_jump_is_believed_at_once_when_a_broker_goes_by_the_new_time(machine: Machine) -> None:
    machine.jump(3000)
    machine.after(1)
    machine.clock.note_append(machine.wall_us - SECOND)
    assert machine.after(1) == 3002


def test_a_jump_is_never_believed_while_brokers_go_by_the_old_time(machine: Machine) -> None:
    machine.jump(3000)
    for second in range(300):
        assert machine.after(1) == second + 1
        machine.clock.note_append(START + (second + 1) * SECOND)
    assert "ahead" in machine.clock.doubt()


def test_records_of_long_ago_say_nothing_about_now(machine: Machine) -> None:
    machine.jump(3000)
    machine.after(1)
    for _ in range(70):
        machine.clock.note_append(START - 86_400 * SECOND)
        machine.after(1)
    assert machine.clock.now_us() == machine.wall_us


@pytest.mark.parametrize(("kind", "now_us"), [("wall", START), ("event", 7)])
def test_what_is_now_for_the_numbers_is_the_walls_time_or_the_newest_events(kind: str, now_us: int) -> None:
    settings = Settings.model_validate({"clock": kind})
    present = Present(ManualClock(START), is_history=settings.is_history)
    assert present.now_us(newest_us=7) == now_us


def test_nobody_but_the_settings_compares_the_kinds_of_clocks() -> None:
    root = Path(__file__).parents[1] / "stream"
    found = [path.relative_to(root) for path in root.rglob("*.py") if re.search(r"\bclock [!=]= ", path.read_text())]
    assert [*map(str, found)] == ["settings/model.py"]
