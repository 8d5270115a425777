"""Apache Kafka on this machine, on loopback, for as long as this process lives."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from stream.broker.config import LOG4J, Address, server_properties
from stream.broker.exclusive import try_exclusive
from stream.broker.guarded import GuardedProcess
from stream.broker.jars import JarLock, ensure_jars
from stream.broker.java import java_command
from stream.broker.ports import LOOPBACK, free_ports, is_free, require_free
from stream.broker.probe import NotReady, require_ready
from stream.broker.storage import cluster_id, format_storage, new_id
from stream.clock import monotonic_seconds
from stream.errors import ConfigError, UnavailableError

_POLL_SECONDS = 0.05
_PORT_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class _Node:
    address: Address
    process: GuardedProcess


class EmbeddedKafka:
    """A KRaft cluster of ``nodes`` nodes (1 or 3): with 3, topics have three copies and need two of them in sync.

    ``data_dir`` None: a temporary folder, removed at the end. ``port`` 0: free ones; node n listens on port + n - 1
    otherwise. ``listeners``: further ones of a single node, such as ``SSL://127.0.0.1:9093``. Ends with this process,
    even when that is killed. Use it as a context manager, or start() and stop().
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        port: int = 0,
        nodes: int = 1,
        *,
        heap_mib: int = 512,
        extra_settings: Mapping[str, str] | None = None,
        listeners: Sequence[str] = (),
        java_options: Sequence[str] = (),
        start_within_seconds: float = 180.0,
        stop_within_seconds: float = 15.0,
        choose_port: str = "--port",
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="deskpulse-kafka-") if data_dir is None else None
        self._data_dir = Path(self._temporary.name) if self._temporary else Path(data_dir or "").resolve()
        self._port = port
        self._count = nodes
        self._heap_mib = heap_mib
        self._extra_settings = dict(extra_settings or {})
        self._listeners = tuple(listeners)
        self._java_options = tuple(java_options)
        self._start_within_seconds = start_within_seconds
        self._stop_within_seconds = stop_within_seconds
        self._choose_port = choose_port
        self._nodes: dict[int, _Node] = {}
        self._lock_descriptor = -1

    @property
    def bootstrap_servers(self) -> str:
        """The addresses for clients, separated by commas. Known once started."""
        return ",".join(f"{LOOPBACK}:{node.address.port}" for node in self._nodes.values())

    @property
    def data_dir(self) -> Path:
        """The folder with data, settings and logs of all nodes."""
        return self._data_dir

    def is_alive(self, node: int = 1) -> bool:
        """True while the node's process runs."""
        return node in self._nodes and self._nodes[node].process.is_alive

    def pid(self, node: int = 1) -> int:
        """The node's Java process; 0 when there is none."""
        return self._nodes[node].process.pid

    def log_file(self, node: int = 1) -> Path:
        """The node's log."""
        return self._nodes[node].process.log_file

    def start(self) -> None:
        """Start all nodes and return when they serve groups and transactions.

        UnavailableError: a port is taken, the data folder is in use, or Kafka does not come up (its log is quoted).
        """
        if self._nodes:
            raise UnavailableError(f"this broker was started already, on {self.bootstrap_servers}")
        self._require_ports()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._take_data_dir()
        try:
            self._start(ensure_jars())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End all nodes in order (a temporary broker: at once), give up the data folder. Harmless when not running."""
        for node in self._nodes.values():
            if self._temporary and not self._java_options:
                node.process.kill()
            else:
                node.process.ask_to_end()
        for node in self._nodes.values():
            node.process.wait()
        self._nodes = {}
        if self._lock_descriptor >= 0:
            os.close(self._lock_descriptor)
            self._lock_descriptor = -1
        if self._temporary:
            self._temporary.cleanup()

    def kill(self, node: int = 1) -> None:
        """End one node at once, as a crash would (SIGKILL); its data stays."""
        self._nodes[node].process.kill()

    def restart(self, node: int = 1) -> None:
        """Start a killed node again, on the same ports and data; one that still runs is ended in order first."""
        chosen = self._nodes[node]
        chosen.process.ask_to_end()
        chosen.process.wait()
        chosen.process.start(self._stop_within_seconds)
        self._await_ready([chosen])

    def __enter__(self) -> EmbeddedKafka:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _require_ports(self) -> None:
        if self._port:
            for port in range(self._port, self._port + self._count):
                require_free(port, "Apache Kafka", self._choose_port)

    def _take_data_dir(self) -> None:
        present = len(list(self._data_dir.glob("node-*")))
        if present not in (0, self._count):
            raise ConfigError(
                f"{self._data_dir} holds a broker of {present} nodes, not {self._count}: choose another folder"
            )
        file = self._data_dir / "in-use.lock"
        descriptor = try_exclusive(file)
        if descriptor is None:
            raise UnavailableError(
                f"the data folder {self._data_dir} is in use by another broker ({file.read_text().strip()}). "
                "End that one, or choose another folder"
            )
        self._lock_descriptor = descriptor

    def _start(self, lock: JarLock) -> None:
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            addresses = self._addresses()
            self._prepare(lock, addresses)
            os.truncate(self._lock_descriptor, 0)
            os.pwrite(self._lock_descriptor, f"on {self.bootstrap_servers}, process {os.getpid()}\n".encode(), 0)
            for node in self._nodes.values():
                node.process.start(self._stop_within_seconds)
            try:
                self._await_ready(list(self._nodes.values()))
                return
            except UnavailableError:
                ports = [port for one in addresses for port in (one.port, one.controller_port)]
                for node in self._nodes.values():
                    node.process.kill()
                # Between choosing free ports and taking them, another program may have taken one.
                if attempt == _PORT_ATTEMPTS or all(is_free(port) for port in ports):
                    raise
                self._require_ports()

    def _addresses(self) -> list[Address]:
        free = free_ports(2 * self._count)
        ports = list(range(self._port, self._port + self._count)) if self._port else free[: self._count]
        return [Address(1 + index, port, free[self._count + index]) for index, port in enumerate(ports)]

    def _prepare(self, lock: JarLock, addresses: Sequence[Address]) -> None:
        folders = {one.node: self._data_dir / f"node-{one.node}" for one in addresses}
        cluster = next((known for folder in folders.values() if (known := cluster_id(folder / "data"))), None)
        cluster = cluster or new_id()
        for one in addresses:
            folder = folders[one.node]
            data = folder / "data"
            if cluster_id(data) is None:
                format_storage(lock, data, one.node, cluster)
            (folder / "server.properties").write_text(
                server_properties(one, addresses, str(data), self._extra_settings, self._listeners)
            )
            (folder / "log4j2.properties").write_text(LOG4J)
            java = java_command(lock, self._heap_mib, folder / "log4j2.properties", *self._java_options)
            command = [*java, "kafka.Kafka", str(folder / "server.properties")]
            process = GuardedProcess(command, folder / "broker.log", hold=[self._lock_descriptor])
            self._nodes[one.node] = _Node(one, process)

    def _await_ready(self, nodes: Sequence[_Node]) -> None:
        deadline = monotonic_seconds() + self._start_within_seconds
        expected = sum(node.process.is_alive for node in self._nodes.values())
        for node in nodes:
            while True:
                try:
                    require_ready(node.address.port, expected)
                    break
                except NotReady as state:
                    self._give_up_if_hopeless(node, deadline, state)
                time.sleep(_POLL_SECONDS)

    def _give_up_if_hopeless(self, node: _Node, deadline: float, state: NotReady) -> None:
        name = f"Apache Kafka (node {node.address.node}, port {node.address.port})"
        if not node.process.is_alive:
            problem = f"{name} ended while starting, with code {node.process.exit_code}."
        elif monotonic_seconds() > deadline:
            problem = f"{name} was not ready within {self._start_within_seconds:g} s: {state.why}."
        else:
            return
        raise UnavailableError(f"{problem} The end of its log, {node.process.log_file}:\n{node.process.log_tail()}")
