"""``deskpulse worker``: observe the events of this worker's partitions, and roll them up."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from stream.cli.configuration import config_option, read_settings
from stream.edge.kafka.stalls import HOLDING, STALLING
from stream.edge.process.crash_points import POINTS


@click.command("worker")
@config_option
@click.option("--die-at", type=(click.Choice(POINTS), int), hidden=True, help="For fault tests: POINT COUNT.")
@click.option("--sleep-at", type=(click.Choice(POINTS), int), hidden=True, help="The same, until SIGCONT.")
@click.option("--stall", type=click.Choice(STALLING), hidden=True, help="For health tests: what stalls on SIGALRM.")
@click.option("--hold", type=click.Choice(HOLDING), hidden=True, multiple=True, help="The same: held until SIGALRM.")
def worker_command(
    config_file: Path | None,
    die_at: tuple[str, int] | None,
    sleep_at: tuple[str, int] | None,
    stall: str | None,
    hold: tuple[str, ...],
) -> None:
    """Run one worker against Kafka; start as many as there is work, up to one per partition."""
    from stream.edge.process.crash_points import CrashPoints
    from stream.worker import run_worker

    # What other systems need, topics of their own among it, is no matter of a worker.
    settings = read_settings(config_file).model_copy(update={"connect": ()})
    crash = CrashPoints(*(die_at or ()))
    if sleep_at is not None:
        crash = CrashPoints(*sleep_at, signal.SIGSTOP)
    run_worker(settings, crash, stall, hold)
