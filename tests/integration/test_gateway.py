"""A real gateway before a real Kafka: what was acknowledged is in the topic, whatever ends in between."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import threading
from pathlib import Path

import aiohttp
import orjson
import pytest

from stream.broker.embedded import EmbeddedKafka
from stream.broker.ports import free_ports
from stream.clock import SystemClock
from stream.connect.verify.request import HookRequest
from stream.connect.verify.schemes import SCHEMES
from stream.connect.verify.signer import sign
from stream.demo.plan import DemoPlan, child_environment, hook_command
from stream.settings import Settings
from tests.faults.content import read_all
from tests.integration.gateways import HOOK_SECRET, OWN_HOOK, RealGateway, Sent, deliver, message
from tests.integration.running import RealWorker, environment, with_topics
from tests.patience import PATIENCE_SECONDS, wait_until

MANY = 10_000_000


def ids(settings: Settings, logical: str = "tickets") -> list[str]:
    """Ids of the events on a topic, each as often as it is there."""
    return [json.loads(entry.value or b"{}").get("id", "") for entry in asyncio.run(read_all(settings, logical))]


def test_events_arrive_and_show_in_the_numbers(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **OWN_HOOK)
    settings = with_topics(variables)
    with (
        RealGateway(variables, tmp_path / "gateway.log") as gateway,
        RealWorker(variables, tmp_path / "worker.log") as worker,
    ):
        gateway.wait_ready()
        sent = asyncio.run(deliver(gateway.ports[0], range(30)))
        assert set(sent.by_status) == {200}
        assert sorted(ids(settings)) == sorted(sent.acknowledged)
        # Of events that the answer was lost of, and that came again, each is counted once.
        asyncio.run(deliver(gateway.ports[0], range(10)))
        worker.wait_ready()
        worker.wait_until(lambda: worker.samples("open_tickets", by="all") == [30], "30 open tickets")
        worker.wait_until(lambda: worker.samples("pipeline_duplicates_total") == [10], "10 duplicates")
        status, page = asyncio.run(gateway.get("/metrics"))
        assert (status, b'deskpulse_gateway_events_total{hook="own"} 40.0' in page) == (200, True)
        assert gateway.end(signal.SIGTERM) == 0


def test_the_demos_curl_works(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    plan = DemoPlan(tmp_path, 1, 1, 60.0, gateway_port=port, hook_secret=HOOK_SECRET)
    variables = {**child_environment({}, plan), **environment(broker.bootstrap_servers, namespace)}
    settings = with_topics(variables)
    with RealGateway(variables, tmp_path / "gateway.log", port=port) as gateway:
        gateway.wait_ready()
        done = subprocess.run(["sh", "-c", hook_command(plan)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("HTTP/1.1 200"), done.stdout
    assert done.stdout.endswith('{"written":2}\n'), done.stdout
    kinds = [json.loads(entry.value or b"")["type"] for entry in asyncio.run(read_all(settings, "tickets"))]
    assert sorted(kinds) == ["support.ticket.created", "support.ticket.queued"]


def test_a_gateway_waits_for_kafka_and_loses_nothing_while_it_is_away(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    variables = environment(f"127.0.0.1:{port}", "away", **OWN_HOOK, GATEWAY__ANSWER_WITHIN_SECONDS="1")
    with RealGateway(variables, tmp_path / "gateway.log") as gateway:
        hooks = gateway.ports[0]
        early = asyncio.run(deliver(hooks, range(5)))
        assert (set(early.by_status), early.retry_after) == ({503}, {"30"})
        status, body = asyncio.run(gateway.get("/readyz"))
        assert (status, json.loads(body)["ready"]) == (503, False)
        with EmbeddedKafka(data_dir=tmp_path / "kafka", port=port) as kafka:
            settings = with_topics(variables)
            gateway.wait_ready()
            sent = asyncio.run(deliver(hooks, range(100, 200)))
            assert len(sent.acknowledged) == 100
            kafka.kill()
            refused = asyncio.run(deliver(hooks, range(200, 240)))
            assert (set(refused.by_status), refused.retry_after) == ({503}, {"30"})
            kafka.restart()
            numbers = itertools.count(300)

            def taken() -> bool:
                asyncio.run(deliver(hooks, [next(numbers)], sent, at_once=1))
                return len(sent.acknowledged) > 100

            wait_until(taken, "it takes deliveries again", gateway.log)
            asyncio.run(deliver(hooks, range(1000, 1050), sent))
            asyncio.run(deliver(hooks, refused.by_status[503], sent))
            found = ids(settings)
            assert sent.acknowledged <= set(found)
            assert {f"m-{number}" for number in refused.by_status[503]} <= set(found)
            assert gateway.end(signal.SIGTERM) == 0


def test_a_gateway_that_is_killed_has_lost_nothing_that_it_acknowledged(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **OWN_HOOK)
    settings = with_topics(variables)
    sent = Sent()
    with RealGateway(variables, tmp_path / "gateway.log") as gateway:
        gateway.wait_ready()
        port = gateway.ports[0]
        sending = threading.Thread(
            target=lambda: asyncio.run(
                deliver(port, range(MANY), sent, at_once=50, go_on=lambda: gateway.process.poll() is None)
            )
        )
        sending.start()
        wait_until(lambda: len(sent.by_status.get(200, ())) > 300, "some are acknowledged", gateway.log)
        gateway.process.send_signal(signal.SIGKILL)
        sending.join(PATIENCE_SECONDS)
        assert gateway.process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert sent.by_status.get(0), "nothing was under way when it was killed"
    assert sent.acknowledged <= set(ids(settings))


def test_a_gateway_that_ends_answers_what_it_has(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **OWN_HOOK)
    settings = with_topics(variables)
    sent = Sent()
    with RealGateway(variables, tmp_path / "gateway.log") as gateway:
        gateway.wait_ready()
        port = gateway.ports[0]
        sending = threading.Thread(
            target=lambda: asyncio.run(
                deliver(port, range(MANY), sent, at_once=30, go_on=lambda: gateway.process.poll() is None)
            )
        )
        sending.start()
        wait_until(lambda: len(sent.by_status.get(200, ())) > 300, "some are acknowledged", gateway.log)
        assert gateway.end(signal.SIGTERM) == 0
        sending.join(PATIENCE_SECONDS)
        assert "ending:" in gateway.log()
    found = ids(settings)
    assert sent.acknowledged <= set(found)
    # Everything that reached Kafka was acknowledged: nobody hears "no answer" for what was taken.
    assert set(found) <= sent.acknowledged | {f"m-{number}" for number in sent.by_status.get(503, ())}
    assert set(sent.by_status) <= {200, 503, 0}


@pytest.mark.parametrize("missing", ["topics", "secret"])
def test_what_is_wrong_stops_it_at_the_start(
    missing: str, broker: EmbeddedKafka, namespace: str, tmp_path: Path
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, **OWN_HOOK)
    if missing == "secret":
        variables["DESKPULSE_CONNECT__OWN__SECRETS"] = ""
    with RealGateway(variables, tmp_path / "gateway.log") as gateway:
        assert gateway.process.wait(PATIENCE_SECONDS) == 2
    told = {"topics": "Run `deskpulse topics --create`", "secret": "connect.own.secrets (not set)"}
    assert told[missing] in gateway.log()


def test_secrets_are_changed_without_a_gap(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.write_text("the old secret of the tests\n")
    variables = environment(
        broker.bootstrap_servers, namespace, CONNECT__OWN__VENDOR="cloudevents", CONNECT__OWN__SECRETS_FILE=str(secrets)
    )
    settings = with_topics(variables)
    with RealGateway(variables, tmp_path / "gateway.log") as gateway:
        gateway.wait_ready()
        port = gateway.ports[0]
        assert set(asyncio.run(deliver(port, [1])).by_status) == {401}
        secrets.write_text(f"the old secret of the tests\n{HOOK_SECRET}\n")
        wait_until(lambda: 200 in asyncio.run(deliver(port, [2])).by_status, "the new secret", gateway.log)
        secrets.write_text("another one, and not that\n")
        wait_until(lambda: 401 in asyncio.run(deliver(port, [3])).by_status, "the old one is gone", gateway.log)
        assert "secret of the tests" not in gateway.log()
    assert set(ids(settings)) - {"m-3"} == {"m-2"}


PLANTED = ("Mrs Appleby", "appleby@example.org", "+44 20 7946 0018", "my card is 4929", "10.11.12.13")


def _everywhere(content: object) -> object:
    """A payload with a person's data wherever there is a text."""
    if isinstance(content, dict):
        more = {f"x_{number}": text for number, text in enumerate(PLANTED)}
        return {name: _everywhere(value) for name, value in content.items()} | more
    return content


def test_no_persons_data_leaves_a_delivery(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    variables = environment(
        broker.bootstrap_servers,
        namespace,
        **OWN_HOOK,
        CONNECT__DESK__VENDOR="zendesk",
        CONNECT__DESK__SECRETS=HOOK_SECRET,
    )
    settings = with_topics(variables)
    scheme = SCHEMES["zendesk"]
    answers = []
    with RealGateway(variables, tmp_path / "gateway.log") as gateway:
        gateway.wait_ready()
        own = _everywhere(message(1))
        bodies = [
            (
                "desk",
                {"type": "zen:event-type:ticket.comment_added", "subject": "zen:ticket:4711", "detail": {"id": "4711"}},
            ),
            (
                "desk",
                {"type": "zen:event-type:ticket.marked_as_spam", "time": "2026-11-27T09:00:00Z", "detail": {"id": "7"}},
            ),
            ("desk", {"type": "zen:event-type:ticket.marked_as_spam", "time": PLANTED[0], "detail": {"id": "7"}}),
            ("desk", {"type": PLANTED[1], "detail": {"id": "4711"}}),
            ("desk", {"detail": {"id": "4711"}}),
            ("desk", PLANTED[3]),
            ("own", own),
            ("own", {**message(2), "time": PLANTED[0]}),
            ("own", {**message(3), "subject": PLANTED[1]}),
            ("own", {**message(4), "type": "support.ticket.created", "data": {"channel": {"name": PLANTED[2]}}}),
            ("own", {**message(5), "source": f"/{PLANTED[4]} {PLANTED[0]}"}),
            ("own", PLANTED[3]),
        ]
        for hook, content in bodies:
            for body in (orjson.dumps(_everywhere(content)), orjson.dumps(_everywhere(content))[:-1]):
                request = HookRequest("POST", "", {}, body)
                headers = (
                    dict(sign(scheme, request, HOOK_SECRET, SystemClock().now_us()).headers) if hook == "desk" else {}
                )
                answers.append(asyncio.run(_post(gateway.ports[0], hook, body, headers)))
        page = asyncio.run(gateway.get("/metrics"))[1].decode()
        assert gateway.end(signal.SIGTERM) == 0
        log = gateway.log()
    topics = {logical: asyncio.run(read_all(settings, logical)) for logical in ("tickets", "dead_letter", "doorbells")}
    assert {logical: bool(entries) for logical, entries in topics.items()} == dict.fromkeys(topics, True)
    everything = "\n".join([log, page, *answers, *(repr(entry) for entries in topics.values() for entry in entries)])
    left = [text for text in PLANTED if text.lower() in everything.lower()]
    assert not left, everything


async def _post(port: int, hook: str, body: bytes, headers: dict[str, str]) -> str:
    own = {"X-Webhook-Secret": HOOK_SECRET, "Content-Type": "application/json", **headers}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/hooks/{hook}", data=body, headers=own) as answer,
    ):
        return f"{answer.status} {dict(answer.headers)} {(await answer.read()).decode()}"
