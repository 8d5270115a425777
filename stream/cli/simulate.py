"""``deskpulse simulate``: events of a contact centre that never was, into Kafka or into a file."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from stream.cli.configuration import config_option, read_settings, servers_option
from stream.cli.jsonlines import json_lines
from stream.cli.simulate_progress import SimulateProgress
from stream.cli.spans import ATTRIBUTE_TYPE, SPAN_TYPE, SPIKE_TYPE, TIME_TYPE, time_us
from stream.clock import Clock, SystemClock, monotonic_seconds
from stream.settings import Settings
from stream.simulate.arrivals import Curve, Spike
from stream.simulate.attributes import with_attributes
from stream.simulate.centre import contact_centre
from stream.simulate.closing import Queues
from stream.simulate.customers import with_customers
from stream.simulate.disturb import Delivery, Disturbance, deliveries
from stream.simulate.tally import Tally

# A Monday. Fixed, so that a file is the same whenever it is made.
FILE_START = "2026-01-05T00:00:00Z"
FILE_DURATION_US = 86_400_000_000
EVENTS_BETWEEN_LOOKS = 5000
SHARE = click.FloatRange(0, 1)


@dataclass(frozen=True)
class Run:
    """What the options ask for, with every time fixed. ``currency``: of what customers buy; empty: there are none."""

    live: bool
    start_us: int
    end_us: int | None
    rate: float
    seed: int
    curve: Curve
    spikes: tuple[Spike, ...]
    disturbance: Disturbance
    attributes: Mapping[str, tuple[str, ...]]
    currency: str

    def deliveries(self, tally: Tally, queues: Queues | None = None) -> Iterator[Delivery]:
        """The run's records, counted as they come."""
        events = contact_centre(self.seed, self.start_us, self.rate, self.spikes, curve=self.curve, end_us=self.end_us)
        events = with_attributes(events, self.attributes, self.seed)
        events = with_customers(events, self.currency, self.seed)
        watched = tally.watch(events) if queues is None else queues.watch(tally.watch(events))
        return deliveries(watched, self.disturbance, self.seed)


@click.command("simulate", short_help="Make up the events of a contact centre.")
@config_option
@servers_option
@click.option("--out", metavar="FILE", help="Write JSON Lines instead of sending; .gz compresses, - is stdout.")
@click.option(
    "--rate",
    type=click.FloatRange(0, 100_000, min_open=True),
    metavar="NUMBER",
    default=60.0,
    show_default=True,
    help="Contacts a minute: the mean of a weekday. A contact is about 8 events.",
)
@click.option(
    "--seed", type=int, metavar="NUMBER", default=1, show_default=True, help="Same seed and start: same events."
)
@click.option("--live", is_flag=True, help="Events happen now. The default when neither --start nor --out is given.")
@click.option(
    "--history",
    type=SPAN_TYPE,
    default="2h",
    show_default=True,
    help="Live: first send the hours before now, so that no window is empty.",
)
@click.option(
    "--start", type=TIME_TYPE, metavar="TIME", help=f"First event, not live.  [default for --out: {FILE_START}]"
)
@click.option("--duration", type=SPAN_TYPE, metavar="SPAN", help="Length, such as 8h or 30d.  [default for --out: 1d]")
@click.option(
    "--speed",
    type=click.FloatRange(0),
    metavar="NUMBER",
    default=1.0,
    show_default=True,
    help="With --start into Kafka: 1 is real time, 60 an hour a minute, 0 as fast as possible.",
)
@click.option(
    "--curve",
    type=click.Choice(["day", "wave"]),
    help="Traffic by the hours of day and week (UTC), or level with a short ripple.  [default: wave if live, else day]",
)
@click.option(
    "--spike",
    "spikes",
    type=SPIKE_TYPE,
    multiple=True,
    metavar="MAGNITUDE@OFFSET+LENGTH",
    help="Trouble: 3@10m+5m is three times the contacts, ten minutes after the start (live: after now), "
    "for five minutes. May be repeated.",
)
@click.option(
    "--attribute",
    "attributes",
    type=ATTRIBUTE_TYPE,
    multiple=True,
    metavar="NAME=VALUE,VALUE",
    help="Tickets have an attribute with one of these values, the first the likeliest: brand=acme,zeta. "
    "May be repeated.",
)
@click.option(
    "--duplicates", type=SHARE, metavar="0-1", default=0.0, show_default=True, help="Share of events sent twice."
)
@click.option(
    "--late", type=SHARE, metavar="0-1", default=0.0, show_default=True, help="Share of events that come late."
)
@click.option(
    "--bad", type=SHARE, metavar="0-1", default=0.0, show_default=True, help="Bad events beside the good, as a share."
)
def simulate_command(
    config_file: Path | None,
    bootstrap_servers: str | None,
    out: str | None,
    rate: float,
    seed: int,
    live: bool,
    history: int,
    start: int | None,
    duration: int | None,
    speed: float,
    curve: Curve | None,
    spikes: tuple[Spike, ...],
    attributes: tuple[tuple[str, tuple[str, ...]], ...],
    duplicates: float,
    late: float,
    bad: float,
) -> None:
    """Make up the events of a contact centre: calls, chats, e-mails, web forms and their surveys.

    Queues fill and customers give up because agents are busy, not by lot. Without options it runs live into
    the Kafka of the settings until it is interrupted; then all who still wait leave the queue. Where customers
    are counted (setting customers.enabled), they join, buy and leave, in a file too. There are no names and no
    texts in it, only ids.
    """
    if live and (start is not None or out is not None):
        raise click.UsageError("--live makes events happen now: it goes with neither --start nor --out.")
    live = start is None and out is None
    if speed != 1 and (live or out is not None):
        raise click.UsageError("--speed needs --start and Kafka: live events happen now, a file has no pace.")
    if out is not None and bootstrap_servers is not None:
        raise click.UsageError("--out writes a file and --bootstrap-servers sends to Kafka: give one of them.")
    settings = read_settings(config_file, bootstrap_servers)
    clock = SystemClock()
    zero_us = clock.now_us() if live else start if start is not None else time_us(FILE_START)
    if duration is None and out is not None:
        duration = FILE_DURATION_US
    run = Run(
        live=live,
        start_us=zero_us - history if live else zero_us,
        end_us=None if duration is None else zero_us + duration,
        rate=rate,
        seed=seed,
        curve=curve or ("wave" if live else "day"),
        spikes=tuple(replace(each, start_us=zero_us + each.start_us, end_us=zero_us + each.end_us) for each in spikes),
        disturbance=Disturbance(duplicates, late, bad),
        attributes=dict(attributes),
        currency=settings.customers.currency if settings.customers else "",
    )
    if out is not None:
        _write(run, out)
    else:
        _send(run, settings, clock, speed)


def _write(run: Run, out: str) -> None:
    tally = Tally()
    progress = SimulateProgress(tally)
    begun_seconds = monotonic_seconds()
    written = 0
    with json_lines(out) as write:
        for delivery in run.deliveries(tally):
            write(delivery.value)
            written += 1
            if written % EVENTS_BETWEEN_LOOKS == 0:
                progress(written)
    seconds = max(monotonic_seconds() - begun_seconds, 1e-9)
    progress.close()
    where = "standard output" if out == "-" else out
    click.echo(f"{written:,} events written to {where} ({written / seconds:,.0f}/s)", err=True)


def _send(run: Run, settings: Settings, clock: Clock, speed: float) -> None:
    # Kafka's client takes long to import: only where it is needed.
    from stream.simulate.sending import Pace, Sender

    # Live, event time is the wall's: what lies in the past is due at once, the rest when it happens.
    pace = Pace(run.start_us, run.start_us if run.live else clock.now_us(), speed)
    # Without a handler Python prints the client's warnings: dozens a second while a broker is away. What matters
    # of them comes back as the error.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    tally, queues = Tally(), Queues()
    progress = SimulateProgress(tally)

    def closing(now_us: int) -> Iterator[Delivery]:
        return deliveries(queues.close(now_us), Disturbance())

    async def send() -> None:
        sender = Sender(settings, clock, progress)
        try:
            await sender.run(run.deliveries(tally, queues), pace, closing if run.live else None)
        finally:
            progress.close()
            if sender.sent:
                click.echo(f"{sender.sent:,} events sent to {settings.kafka.bootstrap_servers}", err=True)

    asyncio.run(send())
