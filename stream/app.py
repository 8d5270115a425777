"""Wiring only: settings in, a Faust app with the two agents out."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import Any, Final

import faust

from stream.clock import Clock, SystemClock
from stream.edge.kafka.connection import faust_broker
from stream.edge.kafka.transport import BatchSchema, batch_transport
from stream.edge.owners.assignment import Assignment, table_manager
from stream.edge.process.crash_points import NO_CRASH, CrashPoints
from stream.edge.process.last_resort import end_process
from stream.errors import ConfigError, DeskpulseError
from stream.rules import rules_of
from stream.settings import Settings

_BUFFERED_BATCHES: Final = 64
_FETCH_BYTES: Final = 4 << 20
_REQUEST_SECONDS: Final = 90.0

log = logging.getLogger(__name__)


def _scratch_folder() -> Path:
    """A folder that Faust insists on; nothing is kept there."""
    try:
        return Path(tempfile.gettempdir()) / "deskpulse-faust"
    except FileNotFoundError as error:
        raise ConfigError(
            "no temporary folder can be written to, and a worker needs one, be it empty and small: "
            f"mount one at /tmp, or set TMPDIR to one ({error})"
        ) from error


def build_app(settings: Settings, clock: Clock | None = None, crash: CrashPoints = NO_CRASH) -> tuple[Any, Assignment]:
    """The Faust app and what this worker holds. Nothing is connected until the app starts.

    ``table_standby_replicas`` is 0: standbys would be listed as assigned, and two workers would fence each other
    for ever. A full stream buffer sleeps a second, so it holds many batches.
    """
    clock = clock or SystemClock()
    assignment = Assignment(settings, rules_of(settings), clock, crash)
    topics = settings.topic_names
    app = faust.App(
        settings.installation,
        **faust_broker(settings.kafka),
        TableManager=table_manager(assignment, topics["changelog"]),
        store="memory://",
        topic_partitions=settings.topics.partitions,
        topic_disable_leader=True,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=_BUFFERED_BATCHES,
        stream_wait_empty=False,
        table_standby_replicas=0,
        broker_session_timeout=settings.kafka.session_timeout_seconds,
        broker_rebalance_timeout=settings.kafka.rebalance_timeout_seconds,
        broker_heartbeat_interval=settings.kafka.heartbeat_interval_seconds,
        # Who joins a group is answered when all have joined; Faust refuses to start with less than a session.
        broker_request_timeout=max(
            _REQUEST_SECONDS, settings.kafka.session_timeout_seconds, settings.kafka.rebalance_timeout_seconds
        ),
        broker_max_poll_records=None,
        consumer_max_fetch_size=_FETCH_BYTES,
        consumer_group_instance_id=settings.kafka.group_instance_id or None,
        datadir=str(_scratch_folder()),
    )
    app.transport = batch_transport(assignment)(app.conf.broker_consumer, app)
    sources = app.topic(*(topics[name] for name in settings.read_topics), schema=BatchSchema())
    partials = app.topic(topics["partials"], schema=BatchSchema())

    async def observe(stream: Any) -> None:
        """Decode, fold into ticket logs, and from there into facts and panes."""
        async for span in stream:
            message = stream.current_event.message
            shard = assignment.shards.get(message.partition)
            may_go_on = assignment.in_generation(lambda: app.consumer_generation_id, message.generation_id)
            if shard is None or not shard.ready or not may_go_on():
                continue
            try:
                await shard.take(message.topic, span, may_go_on)
            except DeskpulseError as error:
                end_process(str(error), error.exit_code)
            except Exception as error:
                log.exception("folding failed")
                end_process(f"folding {message.topic} partition {message.partition}: {type(error).__name__}")

    async def roll_up(stream: Any) -> None:
        """Take the shards' snapshots; the publisher turns them into rows."""
        async for span in stream:
            rollup = assignment.rollup
            current = stream.current_event.message.generation_id == app.consumer_generation_id
            if rollup is not None and rollup.ready and current:
                rollup.take(span)

    async def commit() -> None:
        while True:
            await asyncio.sleep(settings.pipeline.commit_interval_seconds)
            assignment.commit_soon()

    async def publish() -> None:
        while True:
            await asyncio.sleep(settings.pipeline.publish_interval_seconds)
            assignment.publish_soon()

    async def rebalance_begins(*_: Any, **__: Any) -> None:
        await assignment.rebalance_begins()

    async def finish(*_: Any, **__: Any) -> None:
        await assignment.finish()

    app.agent(sources, name="observe")(observe)
    app.agent(partials, name="roll_up")(roll_up)
    app.task(_essential(commit, "committing"))
    app.task(_essential(publish, "publishing"))
    app.on_partitions_revoked.connect(rebalance_begins)
    app.on_before_shutdown.connect(finish)
    return app, assignment


def _essential(work: Any, what: str) -> Any:
    async def run() -> None:
        try:
            await work()
        except Exception as error:
            log.exception("%s failed", what)
            end_process(f"{what}: {type(error).__name__}: {error}")

    run.__name__ = work.__name__
    return run
