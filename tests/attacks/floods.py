"""Siblings: well-formed or nearly so, but without end."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.attacks.attack import Attack
from tests.attacks.records import Record, envelope, event, record, with_raw
from tests.attacks.stand import Stand


def _unknown_types(count: int) -> Iterator[Record]:
    for number in range(count):
        yield record("U-1", "ticket.unknown", json.dumps(envelope("U-1", f"ticket.unknown{number}")).encode())


def _twins(count: int) -> Iterator[Record]:
    yield event("TWIN", "ticket.created", 100, channel="phone")
    for number in range(count):
        data = {"author": ("customer", "agent", "bot")[number % 3], "public": True, "sentiment": number % 100 / 100}
        content = envelope("TWIN", "ticket.message", number % 90, id="the-same", data=data)
        yield record("TWIN", "ticket.message", json.dumps(content).encode())


def _one_ticket(count: int) -> Iterator[Record]:
    yield event("FULL", "ticket.created", 100, channel="phone")
    for number in range(count):
        yield event("FULL", "ticket.message", number % 90, author="customer", public=True)


def _one_ticket_full(stand: Stand) -> str:
    counted_only = stand.fates().get("not_kept", 0)
    assert counted_only, f"none too many: {stand.fates()}"
    return f"{counted_only} counted, and not kept"


def _clocks() -> Iterator[Record]:
    times = (
        "1970-01-01T00:00:00Z",
        "1989-12-31T23:59:59Z",
        "1990-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "2016-12-31T23:59:60Z",
        "2026-01-01T00:00:00+23:59",
        "2026-01-01T00:00:00-24:00",
        "2026-02-30T00:00:00Z",
        "٢٠٢٦-01-01T00:00:00Z",
    )
    for index, moment in enumerate(times):
        yield _timed(f"CLOCK-{index}", moment)
    for skew in (-590, -599, -601, -3600, -86_400 * 365 * 20, 86_400 * 29, 86_400 * 400, 86_400 * 3650):
        name = f"SKEW-{skew}"
        yield event(name, "ticket.created", skew, channel="phone")
        yield event(name, "ticket.queued", skew + 10)
        yield event(name, "ticket.answered", skew + 5_000)
        yield event(name, "ticket.status", skew - 7, status="solved")


def _timed(name: str, moment: str) -> Record:
    return record(
        name,
        "ticket.created",
        json.dumps(envelope(name, "ticket.created", time=moment, data={"channel": "a"})).encode(),
    )


def _surveys(count: int) -> Iterator[Record]:
    for number in range(count):
        name = f"S-{number % 50}"
        yield event(
            name, "survey.answered", number % 60, survey_id=f"s{number % 1000}", kind="csat", score=1 + number % 5
        )


def _queues(count: int) -> Iterator[Record]:
    for number in range(count):
        name = f"Q-{number % 2000}"
        if number < 2000:
            yield event(name, "ticket.created", 100, channel="phone", team=f"team{number % 20}")
        yield event(
            name,
            "ticket.queued" if number // 2000 % 2 == 0 else "ticket.left_queue",
            90 - number / count * 80,
            reason="overflow",
        )


def _binary() -> Iterator[Record]:
    good = {
        "ce_specversion": b"1.0",
        "ce_id": b"1",
        "ce_source": b"/attack",
        "ce_type": b"support.ticket.created",
        "ce_subject": b"BIN",
        "ce_time": b"2026-01-01T00:00:00Z",
    }
    for name in good:
        for value in (b"", b"\xff\xfe", b"x" * 200_000, "\u0301".encode() * 50_000, b"\0", b"a@b.example"):
            yield Record("tickets", b"BIN", b'{"channel":"phone"}', tuple({**good, name: value}.items()))
        yield Record("tickets", b"BIN", b"{}", tuple((one, value) for one, value in good.items() if one != name))
    for kind in (b"application/cloudevents", b"application/cloudevents-batch+json", b"\xff", b"x" * 100_000):
        yield Record("tickets", b"BIN", b"[]", (*good.items(), ("content-type", kind)))
    yield Record("tickets", b"BIN", b"{}", tuple(good.items()) * 2000)
    yield Record("tickets", b"BIN", b"{}", tuple((f"ce_{number}", b"x") for number in range(20_000)))
    yield Record("tickets", b"BIN", b"[" * 400_000, tuple(good.items()))
    yield Record("tickets", b"BIN", None, tuple(good.items()))


def _odd_records() -> Iterator[Record]:
    for key in (None, b"", b"\xff\xfe", b"k" * 100_000, "\u202e".encode()):
        for value in (None, b"", b"null", b"0", b"[]", b'"', b"\xef\xbb\xbf{}", b"\0" * 1000, b"{}{}"):
            yield Record("tickets", key, value, partition=0)
            yield Record("surveys", key, value, partition=1)


def _shapes() -> Iterator[Record]:
    deep = "[" * 400_000 + "]" * 400_000
    for raw in (
        deep,
        "[" * 900_000,
        '{"a":' * 150_000 + "1" + "}" * 150_000,
        "{" + ",".join(f'"k{number}":{number}' for number in range(80_000)) + "}",
        "{" + ",".join('"channel":"phone"' for _ in range(50_000)) + "}",
        "[" + ",".join("1" for _ in range(400_000)) + "]",
        '"' + "\\u0041" * 150_000 + '"',
        "1" * 900_000,
        "0." + "1" * 900_000,
        "1e" + "9" * 900_000,
    ):
        yield with_raw("SHAPE", "ticket.created", raw, data="RAW")
        yield with_raw("SHAPE", "ticket.created", raw, data={"channel": "phone"}, extension="RAW")
        yield with_raw("SHAPE", "ticket.created", raw, data={"channel": "phone", "team": "RAW"})


def _misrouted(count: int) -> Iterator[Record]:
    for number in range(count):
        one = event(f"M-{number % 10}", "ticket.message", 50, author="agent", public=True)
        yield one._replace(partition=number % 2)
        yield event(f"M-{number % 10}", "ticket.created", 60, channel="phone")._replace(logical="surveys", partition=1)


ATTACKS = (
    Attack(
        "types",
        "100 thousand events of as many unknown types",
        lambda stand: stand.send(_unknown_types(100_000)),
        long=True,
    ),
    Attack(
        "twins",
        "50 thousand events with one id and different contents",
        lambda stand: stand.send(_twins(50_000)),
        long=True,
    ),
    Attack(
        "fat-ticket",
        "one ticket with 20 thousand events",
        lambda stand: stand.send(_one_ticket(20_000)),
        _one_ticket_full,
        long=True,
    ),
    Attack("clocks", "events from 1970 to 9999, and ten years askew", lambda stand: stand.send(_clocks()), long=True),
    Attack("surveys", "20 thousand answers to 50 tickets", lambda stand: stand.send(_surveys(20_000)), long=True),
    Attack(
        "queues",
        "2000 tickets that enter and leave queues 20 thousand times",
        lambda stand: stand.send(_queues(20_000)),
        long=True,
    ),
    Attack("binary", "binary mode with headers of every bad kind", lambda stand: stand.send(_binary()), long=True),
    Attack("odd", "tombstones, empty values, keys that are none", lambda stand: stand.send(_odd_records()), long=True),
    Attack(
        "shapes",
        "400 thousand brackets, 80 thousand fields, numbers of 900 thousand digits",
        lambda stand: stand.send(_shapes()),
        long=True,
    ),
    Attack(
        "misrouted",
        "events in partitions and topics that are not theirs",
        lambda stand: stand.send(_misrouted(500)),
        long=True,
    ),
)
