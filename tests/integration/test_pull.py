"""`deskpulse pull` as a process, against a real Kafka and a vendor's API on a real port: killed, limited, rung."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from stream.broker.embedded import EmbeddedKafka
from stream.connect.doorbell import Doorbell
from stream.domain.log import Insertion
from stream.edge.kafka.loading import read_to, stable_end
from stream.settings import CONNECT_TOPICS, Settings
from tests.connect.kit import by_id, log_of
from tests.connect.zendesk_account import PLANTED, iso
from tests.edge.authority import Authority
from tests.integration.running import environment, with_topics
from tests.patience import PATIENCE_SECONDS
from tests.pull import fake_chatwoot, fake_zendesk
from tests.pull.fake_chatwoot import FakeChatwoot, chatwoot_server
from tests.pull.fake_server import TOKEN
from tests.pull.fake_zendesk import USER, FakeZendesk, zendesk_server
from tests.pull.lying_server import (
    LyingServer,
    byte_by_byte,
    closed_in_the_middle,
    gzip_bomb,
    no_gzip,
    no_http,
    truncated_gzip,
    whole,
)
from tests.pull.test_feeds import everything_of_chatwoot, everything_of_zendesk

SINCE = iso(-100)
KILLS = 2
BEYOND = iso(1 << 25)
"""The account has ended long before."""


def variables(
    broker: EmbeddedKafka, namespace: str, address: str, vendor: str = "zendesk", **others: str
) -> dict[str, str]:
    """``others``: addresses of further systems, by name."""
    more = {f"TOPICS__{logical.upper()}": f"{namespace}.{logical}" for logical in CONNECT_TOPICS}
    more |= section("ACME", address, vendor)
    for name, other in others.items():
        more |= section(name, other)
    return environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="2", **more)


def section(name: str, address: str, vendor: str = "zendesk") -> dict[str, str]:
    """A connected system."""
    found = {
        "VENDOR": vendor,
        "SOURCE": "/zendesk/acme" if vendor == "zendesk" else "/chatwoot/support.example.org/3",
        "API_URL": address,
        "API_USER": USER if vendor == "zendesk" else "",
        "API_TOKEN": TOKEN,
        "API_REQUESTS_PER_MINUTE": "600000",
        "POLL_SECONDS": "0.1",
    }
    return {f"CONNECT__{name}__{key}": value for key, value in found.items()}


def pull(chosen: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stream", "pull", "--once", *arguments]
    return subprocess.run(
        command, env={**os.environ, **chosen}, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def killed_and_finished(chosen: dict[str, str], point: str) -> subprocess.CompletedProcess[str]:
    """Pull, killed in its second transaction some times, and then to the end."""
    for _ in range(KILLS):
        ended = pull(chosen, "--since", SINCE, "--die-at", point, "2")
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    ended = pull(chosen, "--since", SINCE)
    assert ended.returncode == 0, ended.stderr
    return ended


def events_in(settings: Settings) -> list[dict[str, Any]]:
    """All committed events of both source topics."""

    async def read() -> list[dict[str, Any]]:
        found = []
        for logical in ("tickets", "surveys"):
            topic = settings.topic_names[logical]
            for partition in range(settings.topics.partitions):
                end = await stable_end(settings.kafka, topic, partition)
                async for records in read_to(settings.kafka, topic, partition, end):
                    found += [json.loads(record.value) for record in records]
        return found

    return asyncio.run(read())


def dead_letters_in(settings: Settings) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        found = []
        for partition in range(settings.topics.partitions):
            topic = settings.topic_names["dead_letter"]
            end = await stable_end(settings.kafka, topic, partition)
            async for records in read_to(settings.kafka, topic, partition, end):
                found += [json.loads(record.value) for record in records]
        return found

    return asyncio.run(read())


def ring(settings: Settings, *bells: Doorbell) -> None:
    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=list(settings.kafka.addresses), acks="all")
        await producer.start()
        try:
            for bell in bells:
                await producer.send_and_wait(settings.topic_names["doorbells"], bell.encode(), bell.key)
        finally:
            await producer.stop()

    asyncio.run(send())


@pytest.mark.parametrize("point", ["in_transaction", "committed"])
def test_killed_again_and_again_nothing_is_lost_and_nothing_written_twice(
    broker: EmbeddedKafka, namespace: str, point: str
) -> None:
    answers = FakeZendesk(fake_zendesk.large_account(5))
    with zendesk_server(answers, ("ok", "error", "limit", "ok", "cut", "ok")) as server:
        chosen = variables(broker, namespace, server.address)
        settings = with_topics(chosen)
        ended = killed_and_finished(chosen, point)
    found = events_in(settings)
    assert by_id(found) == everything_of_zendesk(answers)
    became = log_of(found)[1]
    assert (became[Insertion.ADDED], became[Insertion.CONFLICT]) == (len(by_id(found)), 0)
    # A page begins in the second in which the last one ended, and the list with its last page when it is read again: by
    # how many of the processes depends on which list was read first.
    times = Counter(event["id"] for event in found if event["type"].startswith("support.ticket."))
    asked = Counter(query["start_time"] for path, query in server.requests if path.endswith("/ticket_events.json"))
    assert max(times.values()) <= max(asked.values()) + 1
    assert not [text for text in PLANTED if text in json.dumps(found) + ended.stderr + ended.stdout]
    assert TOKEN not in ended.stderr


def test_chatwoot_killed_again_and_again(broker: EmbeddedKafka, namespace: str) -> None:
    answers = FakeChatwoot(fake_chatwoot.large_account(6))
    with chatwoot_server(answers, ("ok", "ok", "error", "limit", "ok", "hang up")) as server:
        chosen = variables(broker, namespace, server.address + fake_chatwoot.PREFIX, "chatwoot")
        settings = with_topics(chosen)
        killed_and_finished(chosen, "in_transaction")
    found = events_in(settings)
    assert by_id(found) == everything_of_chatwoot(answers)
    assert sum(log_of(found)[1].values()) == len(found)


def test_tickets_that_rang_are_fetched_once_and_the_others_are_not(broker: EmbeddedKafka, namespace: str) -> None:
    answers = FakeZendesk(fake_zendesk.large_account(3))
    with zendesk_server(answers, ("ok", "error")) as server:
        chosen = variables(broker, namespace, server.address)
        settings = with_topics(chosen)
        ring(
            settings,
            *[Doorbell("acme", "1")] * 3,
            Doorbell("another", "2"),
            Doorbell("acme", "101"),
            Doorbell("acme", "99999"),
        )
        first = pull(chosen, "--since", BEYOND)
        assert first.returncode == 0, first.stderr
        wanted = {
            name: event for name, event in everything_of_zendesk(answers).items() if name.startswith(("1-", "101-"))
        }
        assert {name: event for name, event in by_id(events_in(settings)).items() if "-" in name} == wanted
        fetched = [path for path, _ in server.requests if path.endswith("/audits.json")]
        assert {path.split("/")[4] for path in fetched} == {"1", "101", "99999"}
        server.requests.clear()
        assert pull(chosen, "--since", BEYOND).returncode == 0
        assert not [path for path, _ in server.requests if path.endswith("/audits.json")]
        ring(settings, Doorbell("acme", "2"))
        assert pull(chosen, "--since", BEYOND).returncode == 0
    assert {event["subject"] for event in events_in(settings)} == {"1", "101", "2"}


def test_what_cannot_be_read_is_a_dead_letter_once(broker: EmbeddedKafka, namespace: str) -> None:
    answers = FakeZendesk(fake_zendesk.large_account(1))
    answers.known_users -= {900}
    with zendesk_server(answers) as server:
        chosen = variables(broker, namespace, server.address)
        settings = with_topics(chosen)
        ended = pull(chosen, "--since", SINCE)
        assert ended.returncode == 0, ended.stderr
    letters = dead_letters_in(settings)
    records = [letter["record"] for letter in letters]
    assert "comment 1000 of ticket 1" in records
    assert len(records) == len(set(records))
    assert {letter["topic"] for letter in letters} == {"/pull/acme"}
    assert "not readable" in ended.stderr


def test_a_second_process_takes_over(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    answers = FakeZendesk(fake_zendesk.large_account(2))
    with zendesk_server(answers) as server:
        chosen = variables(broker, namespace, server.address)
        settings = with_topics(chosen)
        log = tmp_path / "first.log"
        with log.open("w") as out:
            command = [sys.executable, "-m", "stream", "pull", "--since", SINCE]
            first = subprocess.Popen(command, env={**os.environ, **chosen}, stderr=out)
        try:
            deadline = PATIENCE_SECONDS
            while not server.requests and deadline > 0:
                with pytest.raises(subprocess.TimeoutExpired):
                    first.wait(0.1)
                deadline -= 0.1
            second = pull(chosen, "--since", SINCE)
            assert second.returncode == 0, second.stderr
            # It notices with the next thing that it has to write.
            ring(settings, Doorbell("acme", "1"))
            assert first.wait(PATIENCE_SECONDS) == 3
        finally:
            first.kill()
    assert "another process pulls acme now" in log.read_text()
    assert by_id(events_in(settings)) == everything_of_zendesk(answers)


def test_ended_by_a_signal_it_ends_well(broker: EmbeddedKafka, namespace: str) -> None:
    with zendesk_server(FakeZendesk(fake_zendesk.large_account(1))) as server:
        chosen = variables(broker, namespace, server.address)
        with_topics(chosen)
        command = [sys.executable, "-m", "stream", "pull", "--since", SINCE]
        running = subprocess.Popen(command, env={**os.environ, **chosen}, stderr=subprocess.PIPE, text=True)
        deadline = PATIENCE_SECONDS
        while not server.requests and deadline > 0:
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(0.1)
            deadline -= 0.1
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 0, told
    assert "acme: ticket_events:" in told


def test_systems_that_lie_are_told_and_tried_again_and_the_others_go_on(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    nothing = whole(b'{"ticket_events": [], "satisfaction_ratings": [], "end_of_stream": true}')
    lies = [truncated_gzip(), gzip_bomb(1000), closed_in_the_middle(), whole(b"", "302 Found", Location="/"), no_gzip()]
    lies += [whole(b"{}", "400 Bad Request"), whole(b'{"ticket_events": [NaN]}'), no_http()]
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*Authority(tmp_path).issue("server"))
    answers = FakeZendesk(fake_zendesk.large_account(5))
    with (
        LyingServer(*lies, nothing) as lying,
        LyingServer(nothing, tls=tls) as untrusted,
        LyingServer(byte_by_byte()) as slow,
        zendesk_server(answers) as honest,
    ):
        others = {"LYING": lying.address, "UNTRUSTED": untrusted.address, "SLOW": slow.address}
        chosen = variables(broker, namespace, honest.address, **others)
        settings = with_topics(chosen)
        log = tmp_path / "pull.log"
        with log.open("w") as out:
            command = [sys.executable, "-m", "stream", "pull", "--since", SINCE]
            running = subprocess.Popen(command, env={**os.environ, **chosen}, stderr=out)
        try:
            deadline = time.monotonic() + 60
            while by_id(events_in(settings)) != everything_of_zendesk(answers) or lying.asked < len(lies) + 2:
                assert time.monotonic() < deadline, log.read_text()
                with pytest.raises(subprocess.TimeoutExpired):
                    running.wait(0.5)
            most_kib = int(re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{running.pid}/status").read_text())[0])
            running.send_signal(signal.SIGTERM)
            assert running.wait(PATIENCE_SECONDS) == 0
        finally:
            running.kill()
    told = log.read_text()
    assert re.search(r"lying: ticket_events: 0 events, \d failures?", told)
    assert re.search(r"untrusted ticket_events: no answer.*, again in \d+ s", told)
    assert TOKEN not in told
    assert most_kib < 600 << 10
