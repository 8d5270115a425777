"""``deskpulse pull``: ask connected systems for what is new, and for the tickets that rang."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import click

from stream.cli.configuration import config_option, read_settings
from stream.cli.spans import TIME_TYPE
from stream.edge.process.crash_points import POINTS

DEFAULT_SINCE_SECONDS = 86_400


@click.command("pull", short_help="Ask connected systems for what is new.")
@config_option
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--since",
    type=TIME_TYPE,
    help="Where to begin, such as 2026-01-01T00:00:00Z, in lists that were never read; a day ago otherwise.",
)
@click.option("--once", is_flag=True, help="End when there is nothing more.")
@click.option("--die-at", type=(click.Choice(POINTS), int), hidden=True, help="For fault tests: POINT COUNT.")
def pull_command(
    config_file: Path | None, names: Sequence[str], since: int | None, once: bool, die_at: tuple[str, int] | None
) -> None:
    """Read the APIs of the systems NAME (sections [[connect]] with an api_url; all of them by default) into Kafka.

    How far it has come stands in Kafka, in the transaction of the events: it may be ended anywhere, and goes on there.
    Tickets about which a webhook rang are fetched at once. One process for each system is enough; a second one takes
    over from the first.
    """
    from stream.cli.pull_progress import PullProgress
    from stream.clock import SystemClock
    from stream.edge.process.crash_points import CrashPoints
    from stream.edge.process.logs import LimitedHandler
    from stream.pull.puller import Puller
    from stream.pull.run import pull, sources_of

    settings = read_settings(config_file)
    sources = sources_of(settings, names)
    clock = SystemClock()
    since_seconds = since // 1_000_000 if since is not None else clock.now_us() // 1_000_000 - DEFAULT_SINCE_SECONDS
    logging.basicConfig(level=settings.log_level.upper(), handlers=[LimitedHandler()], force=True)
    for name in ("aiokafka", "asyncio", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR)
    latest: Sequence[Puller] = ()
    with PullProgress(clock) as progress:

        def on_step(pullers: Sequence[Puller]) -> None:
            nonlocal latest
            latest = pullers
            progress(pullers)

        crash = CrashPoints(*(die_at or ()))
        asyncio.run(pull(settings, sources, since_seconds, clock, on_step, once=once, crash=crash))
    progress.tell(latest)
