"""What ``deskpulse pull`` shows: a bar for each list on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from stream.clock import Clock, monotonic_seconds
from stream.domain.times import format_time_us
from stream.pull.puller import Puller
from stream.pull.state import State

LINE_EVERY_SECONDS: Final = 60.0


class PullProgress:
    """A context manager; call it as often as you like."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        console = Console(stderr=True)
        self._is_terminal = console.is_terminal and sys.stderr.isatty()
        self._bars = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[said]}"),
            console=console,
            transient=True,
            disable=not self._is_terminal,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._told_seconds = monotonic_seconds()

    def __enter__(self) -> PullProgress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, pullers: Sequence[Puller]) -> None:
        """Something was done, or waited for."""
        if self._is_terminal:
            self._draw(pullers)
        elif monotonic_seconds() - self._told_seconds >= LINE_EVERY_SECONDS:
            self._told_seconds = monotonic_seconds()
            self.tell(pullers)

    def tell(self, pullers: Sequence[Puller]) -> None:
        """One line for each connected system."""
        for puller in pullers:
            said = "; ".join(f"{work.state.name}: {sentence(work.state)}" for work in puller.works)
            click.echo(f"{puller.connect}: {said}", err=True)

    def _draw(self, pullers: Sequence[Puller]) -> None:
        now_seconds = self._clock.now_us() // 1_000_000
        for puller in pullers:
            for work in puller.works:
                state = work.state
                name = f"{puller.connect} {state.name}"
                task = self._tasks.get((puller.connect, state.name))
                if task is None:
                    task = self._tasks[puller.connect, state.name] = self._bars.add_task(name, total=1, said="")
                total = max(1, now_seconds - state.since_seconds)
                done = total if state.is_idle else max(0, state.reached_seconds - state.since_seconds)
                self._bars.update(task, total=total, completed=min(done, total), said=sentence(state))


def sentence(state: State) -> str:
    """How far a list is.

    >>> state = State("tickets", 0, 0)
    >>> state.events, state.reached_seconds, state.trouble = 1200, 1764230400, "answer 429, again in 30 s"
    >>> sentence(state)
    '1,200 events, up to 2025-11-27T08:00:00Z, answer 429, again in 30 s'
    """
    parts = [f"{state.events:,} events"]
    if state.broken:
        parts.append(f"{state.broken:,} not readable")
    if state.failures_total:
        parts.append(f"{state.failures_total:,} failure{'s' * (state.failures_total != 1)}")
    if state.reached_seconds:
        parts.append(f"up to {format_time_us(state.reached_seconds * 1_000_000)}")
    if state.trouble:
        parts.append(state.trouble)
    return ", ".join(parts)
