from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.broker.embedded import EmbeddedKafka
from stream.broker.ports import free_ports
from stream.broker.probe import NotReady, require_ready
from stream.errors import ConfigError, UnavailableError
from tests.patience import FOR_EVER_SECONDS, PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.broker


async def _transact(servers: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, transactional_id=f"{topic}-writer")
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def _create(servers: str, topic: str, copies: int = 1) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, copies)])
    finally:
        await admin.close()


async def _read(servers: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    values: list[bytes] = []
    try:
        # Without a group, a subscription to a topic that a broker just started does not know yet waits for minutes.
        consumer.assign([TopicPartition(topic, 0)])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(values) < count:
                values.append((await consumer.getone()).value)
    except TimeoutError:
        pass  # what is missing shows in the comparison
    finally:
        await consumer.stop()
    return values


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_started_means_that_transactions_are_served(broker: EmbeddedKafka, namespace: str) -> None:
    async def write_and_read() -> list[bytes]:
        await _create(broker.bootstrap_servers, namespace)
        await _transact(broker.bootstrap_servers, namespace, b"hello")
        return await _read(broker.bootstrap_servers, namespace, 1)

    assert asyncio.run(write_and_read()) == [b"hello"]


def test_a_message_of_15_mib_is_accepted(broker: EmbeddedKafka, namespace: str) -> None:
    size = 15 * 1024 * 1024

    async def write() -> int:
        await _create(broker.bootstrap_servers, namespace)
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, max_request_size=size + 1000)
        await producer.start()
        try:
            return int((await producer.send_and_wait(namespace, bytes(size))).offset)
        finally:
            await producer.stop()

    assert asyncio.run(write()) == 0


def test_a_port_where_nothing_listens_is_not_ready() -> None:
    with pytest.raises(NotReady) as caught:
        require_ready(free_ports(1)[0])
    assert "refused" in caught.value.why


def test_a_server_that_says_nothing_is_not_ready() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(NotReady):
            require_ready(mute.getsockname()[1], timeout_seconds=0.2)


def test_data_survives_a_stop_a_kill_and_another_port(tmp_path: Path) -> None:
    with EmbeddedKafka(tmp_path / "data") as first:
        asyncio.run(_create(first.bootstrap_servers, "kept"))
        asyncio.run(_transact(first.bootstrap_servers, "kept", b"one"))
    with EmbeddedKafka(tmp_path / "data", port=free_ports(1)[0]) as second:
        servers = second.bootstrap_servers
        asyncio.run(_transact(servers, "kept", b"two"))
        second.kill()
        assert not second.is_alive()
        second.restart()
        assert second.bootstrap_servers == servers
        # A commit that the crash cut short stays invisible until its producer, by its transactional id, comes back.
        asyncio.run(_transact(servers, "kept", b"three"))
        assert asyncio.run(_read(servers, "kept", 3)) == [b"one", b"two", b"three"]


def test_a_data_folder_in_use_is_refused_and_free_again_afterwards(tmp_path: Path) -> None:
    with EmbeddedKafka(tmp_path) as first:
        address = first.bootstrap_servers
        with pytest.raises(UnavailableError, match=rf"data folder .* is in use by another broker \(on {address}, proc"):
            EmbeddedKafka(tmp_path).start()
    with EmbeddedKafka(tmp_path) as second:
        assert second.is_alive()


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"port {port} .*wanted for Apache Kafka, is taken.*KAFKA_PORT="):
            EmbeddedKafka(tmp_path, port, choose_port="make demo KAFKA_PORT=...").start()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_start_quotes_the_log_and_leaves_nothing(tmp_path: Path) -> None:
    broken = EmbeddedKafka(tmp_path, extra_settings={"num.io.threads": "0"})
    with pytest.raises(
        UnavailableError, match=r"ended while starting, with code 1\.[\s\S]*broker\.log:[\s\S]*num\.io\.threads"
    ):
        broken.start()
    assert not broken.is_alive()
    with EmbeddedKafka(tmp_path) as repaired:
        assert repaired.is_alive()


def test_the_data_of_one_node_is_not_opened_as_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "node-1").mkdir()
    with pytest.raises(ConfigError, match="holds a broker of 1 nodes, not 3"):
        EmbeddedKafka(tmp_path, nodes=3).start()


def test_a_temporary_broker_leaves_no_folder() -> None:
    with EmbeddedKafka() as temporary:
        folder = temporary.data_dir
        assert folder.exists()
    assert not folder.exists()


def test_the_broker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from stream.broker.embedded import EmbeddedKafka\n"
        "kafka = EmbeddedKafka(Path(sys.argv[1])); kafka.start(); print(kafka.pid(), flush=True)\n"
        f"time.sleep({FOR_EVER_SECONDS})"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout as said:
        pid = int(said.readline())
    assert _is_running(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not _is_running(pid), "the end of the broker, whose parent is gone")


def test_a_cluster_goes_on_without_one_node_and_takes_it_back() -> None:
    with EmbeddedKafka(nodes=3, heap_mib=256) as cluster:
        servers = cluster.bootstrap_servers
        assert len(servers.split(",")) == 3
        asyncio.run(_create(servers, "copied", copies=3))
        asyncio.run(_transact(servers, "copied", b"three alive"))
        cluster.kill(2)
        asyncio.run(_transact(servers, "copied", b"two alive"))
        cluster.restart(2)
        asyncio.run(_transact(servers, "copied", b"three again"))
        assert asyncio.run(_read(servers, "copied", 3)) == [b"three alive", b"two alive", b"three again"]
