"""Runs the demo from the first port check to the last ended process."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from stream.broker.embedded import EmbeddedKafka
from stream.broker.ports import require_free
from stream.clock import SystemClock, monotonic_seconds
from stream.demo.old_data import set_aside_old_data
from stream.demo.plan import DemoPlan, child_environment, children, history_seconds, hook_command, incident_command
from stream.demo.readiness import why_not_ready
from stream.demo.supervisor import Child, Supervisor
from stream.errors import UnavailableError
from stream.rules import fingerprint_of, rules_of
from stream.settings import Settings, load_settings

Say = Callable[[str], None]
_LOOK_SECONDS = 0.2
_SAY_WHY_NOT_READY_SECONDS = 10.0
_NOTE_LAST_SEEN_SECONDS = 5.0


def run_demo(
    plan: DemoPlan,
    environ: Mapping[str, str],
    say: Say,
    for_seconds: float | None = None,
    stand_ins: Sequence[Child] | None = None,
) -> None:
    """Run until Ctrl-C or SIGTERM, or ``for_seconds`` after everything is ready; then end it all, the broker last.

    ``stand_ins`` run in place of worker and simulator (for tests). Nothing is started when a port is taken.
    """
    environment = child_environment(environ, plan)
    settings = load_settings(environment)
    require_free(plan.http_port, "the wallboard", "make demo HTTP_PORT=8090 (or --http-port 8090)")
    if plan.gateway_port:
        require_free(plan.gateway_port, "the gateway", "make demo DEMO_ARGS='--gateway --gateway-port 8093'")
    require_free(plan.kafka_port, "Apache Kafka", "make demo KAFKA_PORT=19393 (or --kafka-port 19393)")
    made_under = f"{fingerprint_of(rules_of(settings))} {settings.topics.partitions}"
    set_aside_old_data(plan.data_dir, plan.last_seen_file, made_under, say)
    kafka = EmbeddedKafka(plan.data_dir, plan.kafka_port, choose_port="make demo KAFKA_PORT=19393")
    supervisor: Supervisor | None = None
    begun_seconds = monotonic_seconds()
    try:
        with _sigterm_is_ctrl_c():
            say("Starting Apache Kafka ...")
            kafka.start()
            _create_topics(settings)
            history = history_seconds(_seconds_since_last_run(plan))
            chosen = stand_ins or children(plan, environment, history)
            supervisor = Supervisor(chosen, plan.data_dir, say, monotonic_seconds)
            say(f"Starting {' and '.join(child.name for child in chosen)} ...")
            supervisor.start()
            _await_ready(plan, supervisor, kafka, say)
            say(_addresses(plan, monotonic_seconds() - begun_seconds))
            _look_after(plan, supervisor, kafka, for_seconds)
    except KeyboardInterrupt:
        pass  # the ordinary way to end it
    finally:
        with _signals_ignored():
            say("Ending ...")
            if supervisor is not None:
                supervisor.stop()
            kafka.stop()
            say("Everything has ended. The data stays for the next run.")


def _create_topics(settings: Settings) -> None:
    from stream.edge.kafka.topics import ensure_topics

    asyncio.run(ensure_topics(settings, create=True)).require_usable()


def _await_ready(plan: DemoPlan, supervisor: Supervisor, kafka: EmbeddedKafka, say: Say) -> None:
    said_at = monotonic_seconds()
    for name, port in (("worker", plan.http_port), ("gateway", plan.gateway_port)):
        while port and (why := why_not_ready(port)) is not None:
            _look(supervisor, kafka)
            if monotonic_seconds() - said_at >= _SAY_WHY_NOT_READY_SECONDS:
                said_at = monotonic_seconds()
                say(f"Waiting for the {name}: {why}")
            time.sleep(_LOOK_SECONDS)


def _look_after(plan: DemoPlan, supervisor: Supervisor, kafka: EmbeddedKafka, for_seconds: float | None) -> None:
    begun = noted_at = monotonic_seconds()
    while for_seconds is None or monotonic_seconds() - begun < for_seconds:
        _look(supervisor, kafka)
        if monotonic_seconds() - noted_at >= _NOTE_LAST_SEEN_SECONDS:
            noted_at = monotonic_seconds()
            plan.last_seen_file.touch()
        time.sleep(_LOOK_SECONDS)


def _look(supervisor: Supervisor, kafka: EmbeddedKafka) -> None:
    if not kafka.is_alive():
        raise UnavailableError(f"Apache Kafka has ended by itself; its log: {kafka.log_file()}")
    supervisor.look()


def _seconds_since_last_run(plan: DemoPlan) -> float | None:
    if not plan.last_seen_file.exists():
        return None
    return SystemClock().now_us() / 1e6 - plan.last_seen_file.stat().st_mtime


def _addresses(plan: DemoPlan, took_seconds: float) -> str:
    page = f"http://127.0.0.1:{plan.http_port}"
    gateway = f"  gateway       http://127.0.0.1:{plan.gateway_port}/hooks/demo\n" if plan.gateway_port else ""
    post = (
        f"For one more contact that waits, in another terminal:\n  {hook_command(plan)}\n" if plan.gateway_port else ""
    )
    return (
        f"\nReady after {took_seconds:.0f} s, with {plan.contacts_per_minute:g} contacts a minute:\n"
        f"  wallboard     {page}/\n"
        f"  metrics       {page}/metrics\n"
        f"  health        {page}/healthz  {page}/readyz\n"
        f"{gateway}"
        f"  Apache Kafka  {plan.servers}\n"
        f"  data, logs    {plan.data_dir}\n"
        "To cause an incident, in another terminal:\n"
        f"  {incident_command(plan)}\n"
        f"{post}"
        "Ctrl-C ends everything.\n"
    )


@contextmanager
def _sigterm_is_ctrl_c() -> Iterator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _signals_ignored() -> Iterator[None]:
    """A second Ctrl-C must not leave half of it running; what is done here ends by itself, within its grace times."""
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
