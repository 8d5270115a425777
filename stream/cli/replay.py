"""``deskpulse replay``: recorded events through the whole pipeline, and the numbers that come out."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich.console import Console

from stream.cli.configuration import config_option
from stream.cli.consoles import table_console
from stream.clock import monotonic_seconds
from stream.errors import ConfigError

if TYPE_CHECKING:
    from stream.replay.run import Outcome

_EXIT_TERMINATED = 128 + signal.SIGTERM
_DIFFERENCES_SHOWN = 20


@click.command("replay", short_help="Run recorded events through the pipeline and print the numbers.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--out", "folder", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--shuffle", "shuffle_seed", metavar="SEED", type=int, help="Send in random order (all held in memory).")
@click.option(
    "--duplicate",
    "duplicate_fraction",
    metavar="FRACTION",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Send this share of the events twice.",
)
@click.option("--by", metavar="GROUP", help="Also print the numbers by channel, team, priority or e.g. channel_team.")
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True, help="Worker processes.")
@click.option(
    "--partitions", type=click.IntRange(1, 1000), help="Partitions of the source topics (default: 4, or the setting)."
)
@click.option("--broker", metavar="HOST:PORT", help="A Kafka to use instead of the embedded one.")
@click.option("--keep", is_flag=True, help="Leave the topics of this replay in Kafka (with --broker).")
@click.option(
    "--compare",
    "other",
    metavar="DIR",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Compare the numbers with those another replay left there.",
)
@config_option
def replay_command(
    files: tuple[str, ...],
    folder: Path,
    shuffle_seed: int | None,
    duplicate_fraction: float,
    by: str | None,
    workers: int,
    partitions: int | None,
    broker: str | None,
    keep: bool,
    other: Path | None,
    config_file: Path | None,
) -> None:
    """Run the events in FILE... (JSON Lines, .gz too, - is standard input) through the whole pipeline.

    A broker, real workers, and the time of the events as the clock. Prints the numbers over all events and what
    became of each record; leaves metrics.jsonl, facts.jsonl, alerts.jsonl, dead-letter.jsonl and logs
    in DIR.
    Dead letters are reported. Exit code 1: --compare found a difference. Exit code 2: a file cannot be read, which
    is said before Kafka is started where its beginning tells. Exit code 4: something was lost.
    """
    from stream.files.clashes import Clashes
    from stream.files.lines import look_at_events
    from stream.files.opening import inputs
    from stream.replay.disorder import disordered
    from stream.replay.display import ReplayDisplay
    from stream.replay.lines import read_lines
    from stream.replay.plan import UNKNOWN_BROKER, Wanted, plan_replay
    from stream.replay.run import replay

    if keep and broker is None:
        raise click.UsageError("--keep needs --broker: the embedded broker's data go with it")
    given = inputs(files)
    look_at_events(given)
    _make_folder(folder)
    _log_to(folder / "replay.log")
    run = f"deskpulse-replay-{secrets.token_hex(4)}"
    wanted = Wanted(run, broker or UNKNOWN_BROKER, embedded=broker is None, partitions=partitions, by=by)
    plan_replay(os.environ, config_file, wanted)  # what is wrong with the settings is told before a broker starts
    started = monotonic_seconds()
    with ReplayDisplay(Console(stderr=True)) as display, _broker(broker, display.say) as address:
        plan = plan_replay(os.environ, config_file, wanted.at(address))
        clashes = Clashes()
        lines = disordered(clashes.watch(read_lines(given)), shuffle_seed, duplicate_fraction)
        work = replay(plan, lines, folder, display, workers=workers, keep_topics=keep)
        outcome = run_until_told(work)
    _print(outcome, by)
    for sentence in clashes.sentences():
        click.echo(f"warning: {sentence}", err=True)
    seconds = monotonic_seconds() - started
    click.echo(f"{outcome.sent:,} records in {seconds:.1f} s; results in {folder}", err=True)
    if other is not None:
        _compare(folder, other)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot write {folder}: {error.strerror or error}. Give another --out.") from error


def _log_to(file: Path) -> None:
    """What Kafka's client has to say (a retry) goes to a file of its own, which appears with its first line."""
    file.unlink(missing_ok=True)
    handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-8s %(name)s: %(message)s"))
    logger = logging.getLogger("aiokafka")
    logger.addHandler(handler)
    logger.propagate = False


@contextmanager
def _broker(given: str | None, say: Any) -> Iterator[str]:
    if given is not None:
        yield given
        return
    from stream.broker.embedded import EmbeddedKafka

    say("starting Apache Kafka on this machine")
    with EmbeddedKafka() as kafka:
        yield kafka.bootstrap_servers


def run_until_told(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Run ``work``; SIGTERM cancels it as Ctrl-C does, so that workers, topics and broker go away."""

    async def cancellable() -> Outcome:
        task = asyncio.ensure_future(work)
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await task

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise click.exceptions.Exit(_EXIT_TERMINATED) from None


def _print(outcome: Outcome, by: str | None) -> None:
    from stream.replay.table import metrics_table, shown_rows, tally_table

    console = table_console()
    rows = [orjson.loads(row) for row in outcome.rows.values()]
    if not rows:
        console.print("No numbers: no event was counted.")
    for group in () if not rows else ("all",) if by in (None, "all") else ("all", str(by)):
        console.print(metrics_table(shown_rows(rows, group), group))
    console.print(tally_table(outcome.sent, outcome.tally))


def _compare(folder: Path, other: Path) -> None:
    from stream.replay.compare import compare_metrics

    differences = compare_metrics(folder / "metrics.jsonl", other / "metrics.jsonl")
    for difference in differences[:_DIFFERENCES_SHOWN]:
        click.echo(difference)
    if differences:
        click.echo(f"{len(differences)} rows differ from {other}")
        raise click.exceptions.Exit(1)
    click.echo(f"the numbers are those of {other}, byte for byte")
