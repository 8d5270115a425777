"""The progress line of ``deskpulse simulate``, on standard error."""

from __future__ import annotations

import sys

import click

from stream.clock import monotonic_seconds
from stream.simulate.emit import rfc3339
from stream.simulate.tally import Tally

SECONDS_ON_TERMINAL = 1.0
SECONDS_ELSEWHERE = 10.0


class SimulateProgress:
    """Rewrites one line on a terminal; elsewhere writes one now and then."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._on_terminal = sys.stderr.isatty()
        self._every_seconds = SECONDS_ON_TERMINAL if self._on_terminal else SECONDS_ELSEWHERE
        self._last_seconds = monotonic_seconds()
        self._last_events = 0

    def __call__(self, events: int) -> None:
        """So many events are out. Cheap to call often."""
        now_seconds = monotonic_seconds()
        span_seconds = now_seconds - self._last_seconds
        if span_seconds < self._every_seconds:
            return
        rate = (events - self._last_events) / span_seconds
        line = progress_line(self._tally, events, rate)
        click.echo(f"\r\x1b[K{line}" if self._on_terminal else line, err=True, nl=not self._on_terminal)
        self._last_seconds = now_seconds
        self._last_events = events

    def close(self) -> None:
        """Leave the terminal's line."""
        if self._on_terminal:
            click.echo("\r\x1b[K", err=True, nl=False)


def progress_line(tally: Tally, events: int, events_per_second: float) -> str:
    """What a person wants to know in one line."""
    share = tally.abandonment
    gave_up = f"{tally.abandoned:,}" + ("" if share is None else f" ({share:.1%})")
    return (
        f"{rfc3339(tally.time_us)[:19]}Z  {events:,} events ({events_per_second:,.0f}/s)  "
        f"waiting {tally.waiting:,}  abandoned {gave_up}"
    )
