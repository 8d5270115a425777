"""The command ``deskpulse pull``: from checked settings to the last page."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from stream.clock import Clock
from stream.connect.account_options import options_of
from stream.connect.api import Api
from stream.connect.vendor import Account, Scorer, Vendor
from stream.connect.vendors import VENDORS
from stream.edge.kafka.loading import reader
from stream.edge.kafka.topics import TopicReport, ensure_topics
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.errors import ConfigError
from stream.pull.bells import BellWork
from stream.pull.client import Client
from stream.pull.commits import Commits
from stream.pull.fetching import Fetching
from stream.pull.puller import Puller
from stream.pull.work import FeedWork
from stream.sentiment.scorer import scorer_of
from stream.settings import ConnectSettings, Settings

_NEEDED: Final = ("tickets", "surveys", "dead_letter", "doorbells", "cursors")


class Source(Struct, frozen=True):
    """A connected system that is asked: its section, and what follows from it."""

    section: ConnectSettings
    vendor: Vendor
    api: Api
    account: Account

    def headers(self) -> dict[str, str]:
        """Those of the login, its token read anew. ConfigError: the file cannot be read, or there is no token."""
        section = self.section
        token = section.api_token.get_secret_value()
        if section.api_token_file is not None:
            token = _token(section.name, section.api_token_file)
        if not token:
            raise ConfigError(f"connect.{section.name}.api_token (not set): a token of the API, or api_token_file")
        return dict(self.api.headers(section.api_user, token))


def _token(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"connect.{name}.api_token_file={str(file)!r}: it cannot be read: {error}") from error


def sources_of(settings: Settings, names: Sequence[str]) -> list[Source]:
    """The systems of these names, or all that have an address. ConfigError lists everything that is wrong."""
    known = [section.name for section in settings.connect]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"{', '.join(unknown)}: no section [[connect]] has this name; there are: {', '.join(known)}")
    chosen = [each for each in settings.connect if each.name in names or (not names and each.api_url)]
    if not chosen:
        raise ConfigError("no section [[connect]] has an api_url: nothing to ask (docs/connect/README.md)")
    found: list[Source] = []
    problems: list[str] = []
    scorer = scorer_of(settings.sentiment.scorer)
    for section in chosen:
        try:
            found.append(_source(section, scorer))
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))
    return found


def _source(section: ConnectSettings, scorer: Scorer | None) -> Source:
    vendor = next((each for each in VENDORS if each.name == section.vendor), None)
    if vendor is None or vendor.api is None:
        allowed = ", ".join(each.name for each in VENDORS if each.api is not None)
        raise ConfigError(f"connect.{section.name}.vendor={section.vendor!r}: has no API to ask; allowed: {allowed}")
    if not section.api_url:
        raise ConfigError(f"connect.{section.name}.api_url (not set): such as {vendor.api.address}")
    options = options_of(vendor, section.options, f"connect.{section.name}.options.")
    source = Source(section, vendor, vendor.api, Account(section.source_name, options, scorer))
    source.headers()
    return source


async def pull(
    settings: Settings,
    sources: Sequence[Source],
    since_seconds: int,
    clock: Clock,
    on_step: Callable[[Sequence[Puller]], None],
    *,
    once: bool = False,
    crash: CrashPoints = NO_CRASH,
) -> None:
    """Pull until SIGTERM or Ctrl-C; with ``once`` until there is nothing more.

    ``since_seconds`` (since 1970) is where lists begin that were never read. ConfigError, UnavailableError, LossError.
    """
    report = await ensure_topics(settings)
    names = {settings.topic_names[logical] for logical in _NEEDED}
    TopicReport(report.desired, tuple(item for item in report.differences if item.topic in names)).require_usable()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    pullers: list[Puller] = []
    async with AsyncExitStack() as stack:
        for source in sources:
            pullers.append(
                await _puller(settings, source, since_seconds, clock, lambda: on_step(pullers), crash, stack)
            )
        try:
            async with asyncio.TaskGroup() as group:
                for puller in pullers:
                    group.create_task(puller.run(stop, once=once))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors


async def _puller(
    settings: Settings,
    source: Source,
    since_seconds: int,
    clock: Clock,
    on_step: Callable[[], None],
    crash: CrashPoints,
    stack: AsyncExitStack,
) -> Puller:
    section = source.section
    commits = Commits(settings, section.name, clock, crash)
    stack.push_async_callback(commits.stop)
    await commits.start()
    client = await stack.enter_async_context(Client(section.api_url, source.headers()))

    def fetching() -> Fetching:
        return Fetching(source.vendor, source.api, source.account, client, clock)

    works: list[FeedWork | BellWork] = [
        FeedWork(feed, since_seconds, fetching(), commits, clock, section.api_requests_per_minute, section.poll_seconds)
        for feed in source.api.feeds
    ]
    consumer = await stack.enter_async_context(reader(settings.kafka))
    bells = BellWork(section.name, settings.topic_names["doorbells"], consumer, fetching(), commits, clock)
    await bells.start()
    logging.getLogger(__name__).info("pulling %s from %s", section.name, section.api_url)
    return Puller(section.name, [*works, bells], client, source.headers, clock, on_step)
