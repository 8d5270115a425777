"""Deliveries over real HTTP: every handshake, every refusal, and that 2xx is said after Kafka and never before."""

from __future__ import annotations

import asyncio
import base64
import gzip
import logging

import orjson
import pytest

from stream.gateway.writer import TooLargeError
from tests.gateway.desk import OTHER_SECRET, SECRET, STRANGER, messages, told
from tests.gateway.kit import NOW_US, Running, running, section, until, with_gateway

SECOND_US = 1_000_000


@with_gateway()
async def test_a_genuine_delivery_is_answered_once_its_events_are_written(gateway: Running) -> None:
    answer = await gateway.post("acme", messages(1, 2))
    assert (answer.status, answer.body) == (202, b"")
    events = gateway.kafka.on("tickets.v1")
    assert [(event["id"], event["subject"], event["source"]) for event in events] == [
        ("4711-m1", "4711", "/desk/acme"),
        ("4711-m2", "4711", "/desk/acme"),
    ]
    assert {row.key for row in gateway.kafka.rows} == {b"4711"}
    numbers = await gateway.metrics()
    assert numbers["deliveries_total/acme/written"] == 1
    assert numbers["events_total/acme"] == 2
    assert numbers["last_written_timestamp_seconds/acme"] == NOW_US / 1e6
    assert numbers["answer_seconds_count/acme"] == 1


@with_gateway()
async def test_nothing_is_answered_while_kafka_has_not(gateway: Running) -> None:
    gateway.kafka.held = asyncio.Event()
    asked = asyncio.ensure_future(gateway.post("acme", messages(1)))
    await until(lambda: gateway.tally.waiting_deliveries == 1, "it waits")
    assert not asked.done()
    gateway.kafka.held.set()
    assert (await asked).status == 202


@with_gateway()
async def test_a_delivery_that_comes_again_gives_the_same_bytes(gateway: Running) -> None:
    await gateway.post("acme", messages(1))
    gateway.clock.advance(60)
    await gateway.post("acme", messages(1))
    first, second = gateway.kafka.rows
    assert first == second


@with_gateway(retry_after_seconds=17)
async def test_a_kafka_that_is_away_is_503_with_retry_after(gateway: Running) -> None:
    gateway.kafka.away = True
    answer = await gateway.post("acme", messages(1))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "17")
    gateway.kafka.away = False
    assert (await gateway.post("acme", messages(1))).status == 202
    numbers = await gateway.metrics()
    assert (numbers["deliveries_total/acme/away"], numbers["deliveries_total/acme/written"]) == (1, 1)


@with_gateway()
async def test_what_kafka_had_not_is_no_repetition(gateway: Running) -> None:
    gateway.kafka.away = True
    assert (await gateway.post("acme", messages(1))).status == 503
    gateway.kafka.away = False
    assert (await gateway.post("acme", messages(1))).status == 202
    assert len(gateway.kafka.rows) == 1


@with_gateway()
async def test_a_record_that_kafka_does_not_take_is_413(gateway: Running) -> None:
    gateway.kafka.failure = TooLargeError()
    assert (await gateway.post("acme", messages(1))).status == 413


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_looks_whether_somebody_is_there_hears_yes(method: str) -> None:
    @with_gateway()
    async def look(gateway: Running) -> None:
        answer = await gateway.ask(method, "/hooks/acme")
        assert (answer.status, answer.body) == (200, b"")
        assert (await gateway.ask(method, "/hooks/other")).status == 404
        gateway.kafka.away = True
        assert (await gateway.ask(method, "/hooks/acme")).status == 200

    look()


@with_gateway()
async def test_handshakes_are_signed_and_answered_and_write_nothing(gateway: Running) -> None:
    challenge = await gateway.post("acme", b"{}", x_desk_challenge="dance")
    assert (challenge.status, challenge.body) == (200, b"dance")
    assert challenge.headers["Content-Type"].startswith("text/plain")
    hello = await gateway.post("acme", told("hello", word="dolly"))
    assert (hello.status, hello.body) == (200, b"dolly")
    assert (await gateway.post("acme", told("ping"))).status == 202
    assert (await gateway.post("acme", b"{}", secret=STRANGER, x_desk_challenge="dance")).status == 401
    assert not gateway.kafka.rows
    numbers = await gateway.metrics()
    assert numbers["deliveries_total/acme/handshake"] == 2
    assert (numbers["deliveries_total/acme/nothing"], numbers["passed_over_total/acme/ping"]) == (1, 1)


@with_gateway()
async def test_strangers_are_told_nothing(gateway: Running) -> None:
    genuine = messages(1)
    refused = {
        "wrong_signature": await gateway.post("acme", genuine, secret=STRANGER),
        "unsigned": await gateway.ask("POST", "/hooks/acme", genuine),
        "no_timestamp": await gateway.ask(
            "POST", "/hooks/acme", genuine, x_deskpulse_signature="sha256=" + "0" * 64, x_deskpulse_timestamp="now"
        ),
        "stale": await gateway.post("acme", genuine, at_us=NOW_US - 301 * SECOND_US),
    }
    for answer in refused.values():
        assert (answer.status, answer.json()) == (401, {"error": "not accepted"})
    assert not gateway.kafka.rows
    numbers = await gateway.metrics()
    assert {outcome: numbers[f"deliveries_total/acme/{outcome}"] for outcome in refused} == dict.fromkeys(refused, 1)


@with_gateway()
async def test_a_changed_body_is_a_strangers(gateway: Running) -> None:
    body = messages(1)
    signature = "sha256=" + "ab" * 32
    answer = await gateway.post("acme", body, x_deskpulse_signature=signature)
    assert answer.status == 401


@with_gateway(section(secrets=[SECRET, OTHER_SECRET]))
async def test_any_of_the_secrets_will_do(gateway: Running) -> None:
    assert (await gateway.post("acme", messages(1))).status == 202
    assert (await gateway.post("acme", messages(2), secret=OTHER_SECRET)).status == 202
    assert (await gateway.post("acme", messages(3), secret=STRANGER)).status == 401


@with_gateway(section(tolerance_seconds=10), section("other", scheme="github"))
async def test_a_replay_is_known_within_the_tolerance_and_refused_after_it(gateway: Running) -> None:
    body = messages(1)
    assert (await gateway.post("acme", body, at_us=NOW_US)).status == 202
    assert (await gateway.post("acme", body, at_us=NOW_US)).status == 202
    assert len(gateway.kafka.rows) == 1
    gateway.clock.advance(11)
    assert (await gateway.post("acme", body, at_us=NOW_US)).status == 401
    numbers = await gateway.metrics()
    assert (numbers["deliveries_total/acme/repeated"], numbers["deliveries_total/acme/stale"]) == (1, 1)


@with_gateway(section(scheme="github"))
async def test_the_vendors_number_of_a_delivery_tells_a_repetition_where_no_time_does(gateway: Running) -> None:
    for number, expected in (("d-1", 1), ("d-1", 1), ("d-2", 2)):
        answer = await gateway.post("acme", messages(1), scheme="github", x_desk_delivery=number)
        assert (answer.status, len(gateway.kafka.rows)) == (202, expected)
    await gateway.post("acme", messages(1), scheme="github")
    await gateway.post("acme", messages(1), scheme="github")
    assert len(gateway.kafka.rows) == 4


@with_gateway()
async def test_a_doorbell_rings_each_time(gateway: Running) -> None:
    for _ in range(2):
        assert (await gateway.post("acme", told("changed", ticket=7, text="secret words"))).status == 202
    assert [(row.topic, row.key) for row in gateway.kafka.rows] == [("deskpulse-doorbells", b"acme 7")] * 2
    assert gateway.kafka.on("doorbells") == [{"connect": "acme", "ticket": "7"}] * 2
    numbers = await gateway.metrics()
    assert (numbers["doorbells_total/acme"], numbers["events_total/acme"]) == (2, 0)


@with_gateway()
async def test_what_is_broken_is_a_dead_letter_with_the_vendors_id_and_the_rest_is_written(gateway: Running) -> None:
    whole = orjson.loads(messages(1, 2))
    del whole["messages"][0]["at"]
    body = orjson.dumps(whole)
    assert (await gateway.post("acme", body)).status == 202
    assert [event["id"] for event in gateway.kafka.on("tickets.v1")] == ["4711-m2"]
    (letter,) = gateway.kafka.on("dead-letter.v1")
    assert (letter["reason"], letter["record"], letter["topic"]) == ("invalid_value", "message 1", "/hooks/acme")
    assert letter["detail"] == "at is missing: the time of the message"
    assert (letter["original_base64"], letter["original_bytes"]) == (None, len(body))
    numbers = await gateway.metrics()
    assert (numbers["deliveries_total/acme/broken"], numbers["dead_letters_total/acme"]) == (1, 1)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'"\\ud800'])
def test_what_is_no_json_is_400_and_a_dead_letter(body: bytes) -> None:
    @with_gateway()
    async def send(gateway: Running) -> None:
        answer = await gateway.post("acme", body)
        assert (answer.status, answer.json()) == (400, {"error": "the body is not JSON"})
        (letter,) = gateway.kafka.on("dead-letter.v1")
        assert (letter["reason"], letter["detail"]) == ("not_json", "the body is not JSON")

    send()


def test_a_defect_of_a_translator_is_a_dead_letter_and_says_no_words(caplog: pytest.LogCaptureFixture) -> None:
    @with_gateway()
    async def send(gateway: Running) -> None:
        with caplog.at_level(logging.DEBUG):
            assert (await gateway.post("acme", told("defect", text="Mrs Smith is angry"))).status == 202
        (letter,) = gateway.kafka.on("dead-letter.v1")
        assert (letter["reason"], letter["detail"]) == ("internal_error", "KeyError while it was read: a defect")

    send()
    assert "Smith" not in caplog.text
    assert "KeyError at desk.py:" in caplog.text


def test_a_defect_of_the_gateway_is_503(caplog: pytest.LogCaptureFixture) -> None:
    @with_gateway()
    async def send(gateway: Running) -> None:
        gateway.kafka.failure = RuntimeError("Mrs Smith")
        answer = await gateway.post("acme", messages(1))
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert (await gateway.metrics())["deliveries_total/acme/failed"] == 1

    send()
    assert "Smith" not in caplog.text
    assert "RuntimeError at kit.py:" in caplog.text


@with_gateway(section(max_body_bytes=2000))
async def test_a_body_is_bounded_however_it_is_announced(gateway: Running) -> None:
    fits = messages(1, words="x" * (2000 - len(messages(1, words=""))))
    assert len(fits) == 2000
    assert (await gateway.post("acme", fits)).status == 202
    assert (await gateway.post("acme", fits + b" ")).status == 413
    request = (
        b"POST /hooks/acme HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
        + b"3e8\r\n"
        + b" " * 1000
        + b"\r\n"
    )
    for rest in (b"3e8\r\n" + b" " * 1000 + b"\r\n0\r\n\r\n", b"3e9\r\n" + b" " * 1001 + b"\r\n0\r\n\r\n"):
        status = await raw(gateway, request + rest)
        assert status == (401 if rest.startswith(b"3e8") else 413)


@with_gateway(section(max_body_bytes=1_048_576))
async def test_a_large_body_that_comes_with_its_header_is_read(gateway: Running) -> None:
    body = messages(1, words="x" * 1_000_000)
    answer = await gateway.post("acme", body)
    assert answer.status == 202, answer


async def raw(gateway: Running, request: bytes) -> int:
    """Status of the answer to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(request)
    await writer.drain()
    head = await reader.readline()
    writer.close()
    return int(head.split()[1])


@with_gateway()
async def test_a_packed_body_is_refused_as_its_signature_is_over_what_was_sent(gateway: Running) -> None:
    answer = await gateway.post("acme", gzip.compress(messages(1)), Content_Encoding="gzip")
    assert answer.status == 415
    assert not gateway.kafka.rows


@with_gateway(body_timeout_seconds=0.1)
async def test_a_body_that_does_not_come_is_408(gateway: Running) -> None:
    head = b"POST /hooks/acme HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{"
    assert await raw(gateway, head) == 408
    assert (await gateway.metrics())["deliveries_total/acme/too_slow"] == 1


@with_gateway(section(max_deliveries_per_second=0.2), section("other"))
async def test_each_hook_has_a_rate_of_its_own_and_strangers_do_not_use_it_up(gateway: Running) -> None:
    for _ in range(5):
        assert (await gateway.post("acme", messages(1), secret=STRANGER)).status == 401
    for number, status in ((1, 202), (2, 202), (3, 429)):
        answer = await gateway.post("acme", messages(number))
        assert answer.status == status
    assert answer.headers["Retry-After"] == "30"
    assert (await gateway.post("other", messages(1))).status == 202
    assert (await gateway.metrics())["deliveries_total/acme/too_many"] == 1


@with_gateway(max_waiting_deliveries=2)
async def test_what_waits_is_bounded(gateway: Running) -> None:
    gateway.kafka.held = asyncio.Event()
    waiting = [asyncio.ensure_future(gateway.post("acme", messages(number))) for number in (1, 2)]
    await until(lambda: gateway.tally.waiting_deliveries == 2, "two wait")
    answer = await gateway.post("acme", messages(3))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    gateway.kafka.held.set()
    assert [one.status for one in await asyncio.gather(*waiting)] == [202, 202]
    assert (gateway.tally.waiting_deliveries, gateway.tally.waiting_bytes) == (0, 0)


@with_gateway(section(max_body_bytes=2_000_000), max_waiting_bytes=1_048_576)
async def test_bytes_that_wait_are_bounded(gateway: Running) -> None:
    assert (await gateway.post("acme", messages(1, words="x" * 1_100_000))).status == 503
    assert gateway.tally.waiting_bytes == 0
    assert (await gateway.post("acme", messages(1))).status == 202


@with_gateway()
async def test_at_its_end_what_has_begun_is_answered_and_what_is_new_is_refused(gateway: Running) -> None:
    gateway.kafka.held = asyncio.Event()
    begun = asyncio.ensure_future(gateway.post("acme", messages(1)))
    await until(lambda: gateway.tally.waiting_deliveries == 1, "one waits")
    gateway.reception.ending = True
    assert not await gateway.reception.drained(0.01)
    answer = await gateway.post("acme", messages(2))
    assert (answer.status, answer.headers["Retry-After"], answer.headers["Connection"]) == (503, "30", "close")
    assert (await gateway.ask("GET", "/readyz", port=gateway.metrics_port)).json() == {
        "ready": False,
        "reasons": ["it ends"],
    }
    gateway.kafka.held.set()
    assert (await begun).status == 202
    assert await gateway.reception.drained(10)


@with_gateway(
    section(scheme="secret_header"), section("own", vendor="cloudevents", scheme="basic", secrets=["a:secret12"])
)
async def test_what_is_not_signed_may_bring_a_secret(gateway: Running) -> None:
    assert (await gateway.ask("POST", "/hooks/acme", messages(1), x_webhook_secret=SECRET)).status == 202
    assert (await gateway.ask("POST", "/hooks/acme", messages(1), x_webhook_secret=STRANGER)).status == 401
    login = base64.b64encode(b"a:secret12").decode()
    answer = await gateway.ask(
        "POST", "/hooks/own", b"[]", authorization=f"Basic {login}", content_type="application/json"
    )
    assert (answer.status, answer.json()) == (200, {"written": 0})


@with_gateway(section(scheme="secret_address", secrets=["a secret & more=1"]))
async def test_a_secret_may_stand_in_the_address(gateway: Running) -> None:
    for address, status in (("secret=a+secret+%26+more%3D1", 202), ("secret=a", 401), ("", 401)):
        assert (await gateway.ask("POST", f"/hooks/acme?x=1&{address}", messages(1))).status == status


@with_gateway()
async def test_other_addresses_and_methods_are_told_apart(gateway: Running) -> None:
    assert (await gateway.post("other", messages(1))).status == 404
    assert (await gateway.ask("POST", "/", b"{}")).status == 404
    put = await gateway.ask("PUT", "/hooks/acme", b"{}")
    assert (put.status, put.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert (await gateway.ask("GET", "/metrics")).status == 404
    assert (await gateway.ask("GET", "/healthz")).json() == {"healthy": True, "reason": None}
    for port in (gateway.port, gateway.metrics_port):
        assert (await gateway.ask("GET", "/readyz", port=port)).status == 200
    gateway.kafka.trouble = "Kafka is on holiday"
    ready = await gateway.ask("GET", "/readyz")
    assert (ready.status, ready.json()["reasons"]) == (503, ["Kafka is on holiday"])
    assert (await gateway.metrics())["can_write"] == 0


@with_gateway()
async def test_every_answer_is_strict_and_names_no_server(gateway: Running) -> None:
    for answer in (await gateway.post("acme", messages(1)), await gateway.ask("GET", "/nowhere")):
        assert "Server" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_kinds_are_bounded_and_cleaned() -> None:
    async def send() -> dict[str, float]:
        async with running() as gateway:
            for number in range(60):
                await gateway.post("acme", told(f"kind {number}"))
            await gateway.post("acme", told("anna@example.org"))
            return await gateway.metrics()

    kinds = {name: value for name, value in asyncio.run(send()).items() if name.startswith("passed_over_total/")}
    assert len(kinds) == 51
    assert kinds["passed_over_total/acme/other"] == 11
    assert not any("@" in name for name in kinds)
