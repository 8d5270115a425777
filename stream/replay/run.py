"""One replay from beginning to end: topics, workers, events, waiting, results, and everything away again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from aiokafka.errors import for_code
from msgspec import Struct

from stream.edge.kafka.connection import admin_client
from stream.edge.kafka.topics import ensure_topics, planned_topics
from stream.errors import LossError
from stream.replay.plan import Plan
from stream.replay.results import log_ends, write_results
from stream.replay.send import Place, send_lines
from stream.replay.waiting import STALL_SECONDS, Goal, require_complete, wait_until_counted
from stream.replay.workers import Workers, worker_command
from stream.settings import Settings


class Display(Protocol):
    """Who is told how it goes."""

    def say(self, text: str) -> None:
        """Something worth a line happened."""
        ...

    def sending(self, sent: int) -> None:
        """So many records have been sent."""
        ...

    def counting(self, counted: int, total: int) -> None:
        """So many of all records are in the published rows."""
        ...


class Outcome(Struct, frozen=True):
    """``rows``: the metric rows by key, as they lie in the topic."""

    sent: int
    tally: dict[str, int]
    rows: dict[bytes, bytes]
    restarts: int


async def replay(
    plan: Plan,
    lines: Iterable[bytes],
    folder: Path,
    display: Display,
    *,
    workers: int = 1,
    keep_topics: bool = False,
    stall_seconds: float = STALL_SECONDS,
) -> Outcome:
    """Run ``lines`` through the pipeline and leave the results in ``folder``. LossError: not all was counted."""
    settings = plan.settings
    logs = [folder / f"worker-{number}.log" for number in range(1, workers + 1)]
    async with _own_topics(settings, keep_topics, display.say):
        with Workers(worker_command(plan.config_file), plan.environ, logs, display.say) as crew:

            def tell_sent(number: int) -> None:
                crew.check()
                display.sending(number)

            sent = await send_lines(settings, lines, tell_sent)
            total = sum(sent.values())
            await _require_all_there(settings, sent)
            tally: dict[str, int] = {}
            if total:
                names = settings.topic_names
                goal = Goal({name: names[name] for name in settings.source_topics}, sent)
                try:
                    progress = await wait_until_counted(
                        settings,
                        goal,
                        crew.check,
                        lambda counted: display.counting(counted, total),
                        stall_seconds=stall_seconds,
                    )
                except LossError as error:
                    raise LossError(f"{error}\nThe workers' logs: {', '.join(map(str, logs))}") from error
                tally = progress.tally
            rows = await write_results(settings, folder)
            require_complete(total, tally)
            return Outcome(total, tally, rows, sum(crew.restarts))


async def _require_all_there(settings: Settings, sent: dict[Place, int]) -> None:
    ends = await log_ends(settings, settings.source_topics)
    for (topic, partition), end in ends.items():
        count = sent.get((topic, partition), 0)
        if end != count:
            raise LossError(
                f"{topic} partition {partition} holds {end} records, {count} were sent there. "
                "Does anybody else write to this topic?"
            )


@asynccontextmanager
async def _own_topics(settings: Settings, keep: bool, say: Callable[[str], None]) -> AsyncIterator[None]:
    report = await ensure_topics(settings, create=True)
    report.require_usable()
    try:
        yield
    finally:
        if keep:
            say(f"kept: topics {settings.application_id}.* on {settings.kafka.bootstrap_servers}")
        else:
            await _delete_topics(settings, say)


async def _delete_topics(settings: Settings, say: Callable[[str], None]) -> None:
    async with admin_client(settings.kafka) as admin:
        response = await admin.delete_topics([spec.name for spec in planned_topics(settings)])
    for answer in response.topic_error_codes:
        if answer[1]:
            say(f"topic {answer[0]} is still there: {for_code(answer[1]).description}; delete it by hand")
