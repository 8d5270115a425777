"""Bad input through the real pipeline: each kind a dead letter with its reason and its bytes, and nothing personal."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaProducer

from stream.edge.kafka.connection import admin_client
from stream.edge.kafka.topics import ensure_topics
from stream.replay.plan import Wanted, plan_replay
from stream.replay.results import final_content, log_ends
from stream.replay.waiting import Goal, dead_letters, require_complete, wait_until_counted
from stream.replay.workers import Workers, worker_command

if TYPE_CHECKING:
    from stream.broker.embedded import EmbeddedKafka

NAME = "Quarzella Zebrastein"
ADDRESS = "q.zebrastein@example.org"
TEXT = "my parcel never came and I am furious"
PERSONAL = (NAME, "Zebrastein", ADDRESS, "zebrastein@", TEXT, "furious")


def event(number: int, **changes: Any) -> dict[str, Any]:
    """A good event, changed; a value of None removes the field."""
    whole = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "/desk",
        "type": "support.ticket.created",
        "subject": f"T-{number}",
        "time": "2026-03-02T09:00:00Z",
        "data": {"channel": "email"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def line(number: int, **changes: Any) -> bytes:
    return json.dumps(event(number, **changes)).encode()


def answer(score: int) -> dict[str, Any]:
    return {"survey_id": "q", "kind": "csat", "score": score}


BAD: list[tuple[str, bytes]] = [
    ("not_json", b'{"specversion": "1.0", "id": '),
    ("not_an_object", b"null"),
    ("not_an_object", b'["support.ticket.created"]'),
    ("not_utf8", line(1).replace(b"/desk", b"/d\xe9sk")),
    ("wrong_type", line(2, data={"channel": 7})),
    ("wrong_type", line(3, subject=12)),
    ("missing_field", line(4, time=None)),
    ("missing_field", line(5, data={"chanel": "email"})),
    ("invalid_time", line(6, time="2026-03-02T09:00:00")),
    ("invalid_time", line(7, time="2026-03-02T09:00:00+25:00")),
    ("future_time", line(8, time="2999-01-01T00:00:00Z")),
    ("score_out_of_scale", line(9, type="support.survey.answered", data=answer(6))),
    ("invalid_value", line(10, id="x" * 100_000)),
    ("invalid_value", line(11, subject="s" * 100_000)),
    ("invalid_value", line(12, subject=ADDRESS)),
    ("invalid_value", line(13, type="support.ticket.status", data={"status": "exploded"})),
    ("too_large", line(14, filler="y" * 2_000_000)),
    ("too_late", line(15, time="2026-02-20T09:00:00Z")),
    ("ticket_full", line(16, id="one-too-many", subject="T-full")),
]
UNKNOWN = [line(20, type="support.ticket.teleported"), line(21, type="sales.order.placed", data=None)]
GOOD = [
    *(
        line(
            1000 + number,
            subject="T-full",
            type="support.ticket.status",
            data={"status": ("open", "solved")[number % 2]},
        )
        for number in range(100)
    ),
    line(50, data={"channel": ADDRESS, "team": "billing", "customer_name": NAME, "text": TEXT}, note=TEXT),
    line(
        51,
        subject="T-50",
        type="support.ticket.message",
        time="2026-03-02T09:10:00Z",
        data={"author": "agent", "public": True, "author_name": NAME, "body": f"{TEXT} {ADDRESS}"},
        **{"from": ADDRESS},
    ),
]
PERSONAL_BAD = [
    ("wrong_type", line(60, data={"channel": "email", "team": {"lead": NAME, "mail": ADDRESS}, "body": TEXT})),
    ("invalid_value", line(61, type="support.ticket.status", data={"status": TEXT})),
    ("missing_field", line(62, data={NAME: TEXT})),
    ("not_json", TEXT.encode()),
]


class Run:
    """A replay of all of the above with one partition, its topics kept."""

    def __init__(self, broker: EmbeddedKafka, folder: Path) -> None:
        self.folder, self.broker = folder, broker
        file = folder / "bad.jsonl"
        lines = [*GOOD, *(bad for _, bad in (*BAD, *PERSONAL_BAD)), *UNKNOWN]
        file.write_bytes(b"\n".join(lines) + b"\n\n   \n")
        self.sent = len(lines)
        limits = {"DESKPULSE_LIMITS__MAX_EVENTS_PER_TICKET": "10", "DESKPULSE_DEFINITIONS__REOPEN_HORIZON_DAYS": "7"}
        arguments = ["--broker", broker.bootstrap_servers, "--partitions", "1", "--keep", "--out", str(folder)]
        self.done = subprocess.run(
            [sys.executable, "-m", "stream", "replay", str(file), *arguments],
            env={**os.environ, **limits},
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(row) for row in (self.folder / name).read_bytes().splitlines()]


@pytest.fixture(scope="module")
def bad_run(broker: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(broker, tmp_path_factory.mktemp("bad"))


def original_of(row: dict[str, Any]) -> bytes:
    """The bytes that a dead letter carries; of a large one it has the beginning and the hash of what was sent."""
    if row["original_base64"] is not None:
        return base64.b64decode(row["original_base64"])
    sent = {hashlib.sha256(original).hexdigest(): original for _, original in BAD}[row["original_sha256"]]
    beginning = base64.b64decode(row["original_beginning_base64"])
    assert len(beginning) < len(sent)
    assert sent.startswith(beginning)
    return sent


def test_every_kind_of_bad_event_is_a_dead_letter_that_carries_its_bytes(bad_run: Run) -> None:
    assert bad_run.done.returncode == 0, bad_run.done.stderr
    letters = bad_run.rows("dead-letter.jsonl")
    found = Counter((row["reason"], original_of(row)) for row in letters)
    assert found == Counter([*BAD, *PERSONAL_BAD])
    assert all(row["original_bytes"] == len(original_of(row)) for row in letters)
    details = {row["reason"]: row["detail"] for row in letters}
    assert "chanel" in next(row["detail"] for row in letters if "did you mean" in row["detail"])
    assert "time" in details["invalid_time"]


def test_the_key_is_the_subject_wherever_that_can_be_read(bad_run: Run) -> None:
    keys = {
        original_of(row): row["key_base64"] and base64.b64decode(row["key_base64"]).decode()
        for row in bad_run.rows("dead-letter.jsonl")
    }
    by_reason = dict(zip((reason for reason, _ in BAD), (keys[original] for _, original in BAD), strict=True))
    assert by_reason["too_large"] == "T-14"
    assert by_reason["future_time"] == "T-8"
    assert by_reason["not_json"] is None
    assert keys[BAD[5][1]] is None
    assert keys[BAD[13][1]] is None  # too long to be a key


def test_unknown_types_are_counted_and_the_good_events_too(bad_run: Run) -> None:
    printed = bad_run.done.stdout
    rows = [row.strip().rsplit(maxsplit=1) for row in printed[printed.index("Records") :].splitlines()[4:]]
    counts = {name.strip(): int(number) for name, number in filter(None, rows)}
    assert counts["sent"] == bad_run.sent
    assert counts["of unknown type, skipped"] == len(UNKNOWN)
    assert counts["events counted"] == len(GOOD)
    assert counts["dead letters"] == len(BAD) + len(PERSONAL_BAD)
    reasons = Counter(reason for reason, _ in (*BAD, *PERSONAL_BAD))
    assert {reason: counts[reason] for reason in reasons} == reasons
    assert any(row["metric"] == "first_response_time" for row in bad_run.rows("metrics.jsonl"))


def test_nothing_personal_gets_anywhere(bad_run: Run) -> None:
    namespace = bad_run.done.stderr.partition("kept: topics ")[2].partition(".")[0]
    variables = {"DESKPULSE_TOPICS__PARTITIONS": "1"}
    settings = plan_replay(variables, None, Wanted(namespace, bad_run.broker.bootstrap_servers, False)).settings

    async def contents() -> list[dict[bytes, bytes]]:
        everything = [await final_content(settings, name) for name in ("changelog", "partials", "metrics", "facts")]
        async with admin_client(settings.kafka) as admin:
            await admin.delete_topics(list(settings.topic_names.values()))
        return everything

    topics = asyncio.run(contents())
    assert all(topics)
    details = "".join(row["detail"] for row in bad_run.rows("dead-letter.jsonl"))
    places = [
        *(b"".join(key + value for key, value in topic.items()) for topic in topics),
        *((bad_run.folder / name).read_bytes() for name in ("metrics.jsonl", "facts.jsonl", "worker-1.log")),
        bad_run.done.stdout.encode(),
        bad_run.done.stderr.encode(),
        details.encode(),
    ]
    for place in places:
        assert not [word for word in PERSONAL if word.lower().encode() in place.lower()]
    assert b'"channel":"redacted-' in (bad_run.folder / "facts.jsonl").read_bytes()
    assert base64.b64encode(TEXT.encode()) in (bad_run.folder / "dead-letter.jsonl").read_bytes()


def test_only_bad_input_comes_to_an_end_too(broker: EmbeddedKafka, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_bytes(b"{\n\nnull\n")
    arguments = ["replay", str(tmp_path / "bad.jsonl"), "--broker", broker.bootstrap_servers, "--out", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "stream", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "No numbers: no event was counted." in done.stdout
    assert (tmp_path / "metrics.jsonl").read_bytes() == b""
    assert len((tmp_path / "dead-letter.jsonl").read_bytes().splitlines()) == 2


def test_what_no_file_can_hold(broker: EmbeddedKafka, namespace: str, tmp_path: Path) -> None:
    """Null values, foreign keys and binary mode: records made by a producer of its own."""
    good = event(70)
    headers = [(f"ce_{name}", str(value).encode()) for name, value in good.items() if name != "data"]
    data = json.dumps(good["data"]).encode()
    records: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]] = [
        (b"T-71", None, []),
        (b"T-other", line(72), []),
        (b"T-70", data, headers),
        (b"T-73", b'{"channel": 5}', [*headers[:1], *[(n, v.replace(b"70", b"73")) for n, v in headers[1:]]]),
    ]
    wanted = Wanted(f"deskpulse-replay-{namespace}", broker.bootstrap_servers, False, partitions=1)
    plan = plan_replay(os.environ, None, wanted)
    settings = plan.settings

    async def run() -> tuple[dict[str, int], list[dict[str, Any]]]:
        await ensure_topics(settings, create=True)
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers)
        await producer.start()
        for key, value, ce_headers in records:
            await producer.send_and_wait(settings.topic_names["tickets"], value, key, partition=0, headers=ce_headers)
        await producer.stop()
        with Workers(worker_command(None), plan.environ, [tmp_path / "worker-1.log"], print) as crew:
            goal = Goal({"tickets": settings.topic_names["tickets"]}, await log_ends(settings, ("tickets",)))
            progress = await wait_until_counted(settings, goal, crew.check, lambda _: None)
            letters = await final_content(settings, "dead_letter")
        async with admin_client(settings.kafka) as admin:
            await admin.delete_topics(list(settings.topic_names.values()))
        return progress.tally, [json.loads(row) for row in letters.values()]

    tally, letters = asyncio.run(run())
    require_complete(len(records), tally)
    assert tally["events"] == 1
    assert dead_letters(tally) == {"key_mismatch": 1, "null_value": 1, "wrong_type": 1}
    originals = {row["reason"]: row["original_base64"] for row in letters}
    assert originals["null_value"] is None
    assert base64.b64decode(originals["key_mismatch"]) == line(72)
    assert base64.b64decode(originals["wrong_type"]) == b'{"channel": 5}'
