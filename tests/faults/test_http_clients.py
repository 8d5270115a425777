"""Clients that misbehave, against a worker with 1,024 descriptors: it is seen, it counts, it takes shards."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.settings import Settings
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.patience import PATIENCE_SECONDS

DESCRIPTORS = 1024
FLOOD = 2000
HALF = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: "
STREAM = b"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(autouse=True)
def many_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FLOOD + 500:
        pytest.skip("this machine does not let a test open so many connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FLOOD + 500), hard))


@contextmanager
def few_descriptors(variables: dict[str, str], log: Path) -> Iterator[RealWorker]:
    with RealWorker(variables, log) as worker:
        resource.prlimit(worker.process.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        yield worker


@contextmanager
def clients(port: int, count: int, sent: bytes, source: str = "127.0.0.1") -> Iterator[list[socket.socket]]:
    """Connections that send so much, and read nothing."""
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            one = socket.socket()
            opened.append(one)
            one.settimeout(PATIENCE_SECONDS)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.bind((source, 0))
            try:
                one.connect(("127.0.0.1", port))
                one.sendall(sent)
            except ConnectionError:
                continue  # ended already, for a newer one
        yield opened
    finally:
        for one in opened:
            one.close()


def count_one_more(settings: Settings, worker: RealWorker, ticket: str) -> None:
    def opened() -> float:
        return sum(worker.samples("open_tickets", by="all", window="now"))

    before = opened()
    send(settings, [event(ticket, "ticket.created", 1, channel="phone")])
    worker.wait_until(lambda: opened() == before + 1, "the next event is counted")


def test_half_sent_requests_blind_nobody_and_a_rebalance_under_them_ends_nobody(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="4")
    settings = with_topics(variables)
    with few_descriptors(variables, tmp_path / "first.log") as worker:
        worker.wait_ready()
        with clients(worker.port, FLOOD, HALF):
            assert worker.health() == (200, "")
            count_one_more(settings, worker, "under the flood")
            assert worker.samples("http_connections")[0] <= DESCRIPTORS // 2
            with few_descriptors(variables, tmp_path / "second.log") as second:
                second.wait_ready()
                worker.wait_until(lambda: worker.samples("worker_shards") == [2], "the shards are shared out")
            worker.wait_until(lambda: worker.samples("worker_shards") == [4], "the shards are back")
            assert worker.health() == (200, "")
        assert worker.process.poll() is None, worker.log()


def test_boards_that_are_never_read_leave_others_their_places(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="2")
    with_topics(variables)
    with few_descriptors(variables, tmp_path / "worker.log") as worker:
        worker.wait_ready()
        with clients(worker.port, 200, STREAM):
            worker.wait_until(lambda: worker.samples("http_streams") == [50], "the boards of one address are open")
            with clients(worker.port, 1, STREAM, source="127.0.0.2") as (other,):
                assert other.recv(12) == b"HTTP/1.1 200"
            assert worker.health() == (200, "")
