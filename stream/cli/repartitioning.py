"""What ``deskpulse topics --repartition`` shows: what it would do, how far it is, and what is to be done after it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Final

import click

from stream.clock import SystemClock, monotonic_seconds
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.repartition.run import Forecast, Report
    from stream.repartition.step import Step

_LINE_EVERY_SECONDS: Final = 5.0


class _Progress:
    """A line for each kind of work, rewritten on a terminal; elsewhere one at its begin and end, and now and then."""

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._what = ""
        self._said_seconds = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now_seconds = monotonic_seconds()
        is_new, is_over = what != self._what, done >= total
        self._what = what
        line = f"{what}: {done:,} of {total:,}"
        if self._on_terminal:
            click.echo(f"\r\x1b[K{line}", err=True, nl=is_over)
        elif is_new or is_over or now_seconds - self._said_seconds >= _LINE_EVERY_SECONDS:
            click.echo(line, err=True)
            self._said_seconds = now_seconds


def repartition(
    settings: Settings, partitions: int, *, is_meant: bool, may_be_misrouted: bool, die_at: tuple[str, int] | None
) -> None:
    """Show what there is to do, and with ``is_meant`` do it."""
    # Kafka's clients take long to import: not before the settings are known to be right.
    from stream.edge.process.crash_points import CrashPoints
    from stream.repartition.run import Repartition
    from stream.repartition.step import step_to

    step = step_to(settings, partitions)
    crash = CrashPoints(*(die_at or ()))
    work = Repartition(step, SystemClock(), _Progress(), crash, may_be_misrouted=may_be_misrouted)
    if step.is_back:
        has_begun = asyncio.run(work.give_up()) if is_meant else None
        click.echo(_back(step, has_begun))
    elif is_meant:
        report = asyncio.run(work.run())
        click.echo(_done(step, report))
    else:
        click.echo(_planned(step, asyncio.run(work.forecast())))


def _back(step: Step, has_begun: bool | None) -> str:
    if has_begun is None:
        return f"There are {step.fewer} partitions. Where a change to more was interrupted, --yes gives it up."
    if has_begun:
        return "Given up: the workers go on with the settings of before. What had been made of the new state is unused."
    return f"There are {step.fewer} partitions, and no change to more has begun. Nothing was done."


def _planned(step: Step, forecast: Forecast) -> str:
    if forecast.situation.is_done:
        return _after(step, "is there already")
    names = step.after.topic_names
    growing = [topic for topic in step.sources.values() if not forecast.situation.has_grown(topic, step)]
    lines = [
        f"From {step.fewer} to {step.more} partitions. Nothing has been changed; with --yes:",
        "",
        f"- the state of {step.fewer} partitions is locked: workers refuse it from then on",
        f"- it is written anew into {names['changelog']} and {names['partials']}: {forecast.tickets:,} tickets and "
        f"customers, of which {forecast.moving:,} go to another partition",
        f"- {', '.join(growing) or 'no topic'} get {step.more} partitions"
        + ("" if growing else ": they have them already"),
        "- the new state is released; that of before stays where it is",
    ]
    if forecast.misrouted:
        lines.append(f"- {forecast.misrouted:,} of these lie where murmur2 of their id does not put them, and go there")
    lines += ["", "It can be interrupted anywhere, and run again. Until topics grow, it can be given up:", ""]
    lines.append(f"  deskpulse topics --repartition {step.fewer} --yes")
    return "\n".join(lines)


def _done(step: Step, report: Report | None) -> str:
    if report is None:
        return _after(step, "was there already")
    said = [f"{report.moved:,} of {report.tickets:,} tickets and customers have gone to another partition."]
    if report.merged:
        said.append(f"{report.merged:,} of them lay in two partitions, and are one again.")
    if report.forwarded:
        said.append(
            f"{report.forwarded:,} events that lay in partitions of before were written again to where they go."
        )
    if report.unread:
        said.append(f"{report.unread:,} could not be read by some metric: what was counted of them stays as it is.")
    return "\n".join([*said, "", _after(step, "is there")])


def _after(step: Step, state: str) -> str:
    old = step.before.topic_names
    return "\n".join(
        [
            f"The state for {step.more} partitions {state}. Give all workers, gateway and puller these settings:",
            "",
            *(f"  {variable}" for variable in step.new_settings.split()),
            "",
            "then start workers and producers. Nothing reads the state of before any more; once the workers are ready, "
            f"delete {', '.join([old['changelog'], old['partials'], *step.inner.values()])}.",
        ]
    )
