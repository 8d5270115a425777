"""What a node of the embedded Apache Kafka is told: its settings, its logging, its Java. Pure text, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")

LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """The ports of one node, on loopback."""

    node: int
    port: int
    controller_port: int


def server_properties(
    me: Address, cluster: Sequence[Address], data: str, extra: Mapping[str, str], listeners: Sequence[str] = ()
) -> str:
    """The file server.properties of one node; ``extra`` wins.

    ``listeners``: further ones for clients, named after their protocol, such as ``SSL://127.0.0.1:9093``.
    """
    copies = len(cluster)
    clients = ",".join([f"PLAINTEXT://127.0.0.1:{me.port}", *listeners])
    settings = {
        "process.roles": "broker,controller",
        "node.id": me.node,
        "controller.quorum.voters": ",".join(f"{one.node}@127.0.0.1:{one.controller_port}" for one in cluster),
        "listeners": f"{clients},CONTROLLER://127.0.0.1:{me.controller_port}",
        "advertised.listeners": clients,
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": ",".join(f"{name}:{name}" for name in _PROTOCOLS) + ",CONTROLLER:PLAINTEXT",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": max(1, copies - 1),
        **_internal_topics(copies),
        **_LIMITS,
        **_ONE_SMALL_MACHINE,
        **_session(copies),
        **extra,
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _internal_topics(copies: int) -> dict[str, object]:
    return {
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.segment.bytes": 4 * 1024 * 1024,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": max(1, copies - 1),
        "transaction.state.log.segment.bytes": 4 * 1024 * 1024,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": max(1, copies - 1),
    }


_LIMITS = {
    "message.max.bytes": LARGEST_MESSAGE_BYTES,
    "replica.fetch.max.bytes": LARGEST_MESSAGE_BYTES,
    "replica.fetch.response.max.bytes": 2 * LARGEST_MESSAGE_BYTES,
    "group.min.session.timeout.ms": 1000,
    "group.initial.rebalance.delay.ms": 0,
    # What a dead worker left open holds back readers: end it soon after its own time-out.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
}

_ONE_SMALL_MACHINE = {
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    # Topics' own compaction settings decide; this only lets the cleaner look often, with little memory (not 128 MiB).
    "log.cleaner.enable": "true",
    "log.cleaner.threads": 1,
    "log.cleaner.backoff.ms": 2000,
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    "log.segment.delete.delay.ms": 1000,
    "broker.heartbeat.interval.ms": 500,
}


def _session(copies: int) -> dict[str, object]:
    """After which silence a node counts as gone; only then may one that was killed come back.

    Of several that has to be soon. One alone has nobody to step in: it would be gone for all who ask, and on a busy
    machine it may not get a turn for some seconds.
    """
    return {"broker.session.timeout.ms": 3000 if copies > 1 else 15_000}


LOG4J = """appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.c.ref=C
"""


def java_options(heap_mib: int, log4j_file: str, archive: str | None) -> list[str]:
    """The options of the Java virtual machine, without class path and main class.

    ``archive``: an AOT cache (see ``warmup``); Java goes on without it when it does not fit.
    """
    options = [
        f"-Xmx{heap_mib}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        # Warnings about the archive are noise (Java goes on without it), errors are not.
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        "-Djava.awt.headless=true",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        f"-Dlog4j2.configurationFile={log4j_file}",
    ]
    return options if archive is None else [*options, f"-XX:AOTCache={archive}"]
