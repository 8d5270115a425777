"""`deskpulse replay` as a user runs it: the numbers are right, and the same in whatever order events come."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stream.compare.history import History
from stream.compare.settings import settings_of_side
from stream.domain.histogram import RELATIVE_ERROR
from stream.replay.compare import compare_metrics
from tests.data import generate
from tests.functional.expected import Group, expected, quantile
from tests.patience import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from stream.broker.embedded import EmbeddedKafka

Row = dict[str, Any]
Replay = Callable[..., subprocess.CompletedProcess[str]]

VARIANTS: dict[str, list[str]] = {
    "order": [],
    "shuffled": ["--shuffle", "7"],
    "duplicated": ["--shuffle", "8", "--duplicate", "0.33"],
    "two-workers": ["--duplicate", "0.33", "--workers", "2", "--partitions", "3"],
}
DURATIONS = (
    "first_response_time",
    "first_resolution_time",
    "full_resolution_time",
    "speed_of_answer",
    "time_to_abandon",
)


def command(broker: EmbeddedKafka, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "stream", "replay", "--broker", broker.bootstrap_servers, *map(str, arguments)]


@pytest.fixture(scope="module")
def runs(broker: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each variant of the replay of the desk's events: name to folder."""
    folder = tmp_path_factory.mktemp("replay")
    packed = folder / "desk.jsonl.gz"
    subprocess.run(["gzip", "-c", str(generate.FILE)], stdout=packed.open("wb"), check=True)
    for name, options in VARIANTS.items():
        file = packed if name == "shuffled" else generate.FILE
        compared: list[str | Path] = (
            ["--compare", with_a_wrong_number(folder / "order")] if name == "two-workers" else []
        )
        arguments = command(broker, file, "--out", folder / name, *options, *compared)
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert done.returncode == (1 if compared else 0), done.stderr
        assert "delete it by hand" not in done.stdout + done.stderr
        (folder / name / "printed.txt").write_text(done.stdout)
    return {name: folder / name for name in VARIANTS}


def rows_of(folder: Path, by: str) -> dict[tuple[str, str, str], Row]:
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_bytes().splitlines()]
    return {
        (row["metric"], row["definition"].partition("@")[0], "/".join(row["segment"].values())): row
        for row in rows
        if row["by"] == by and row["window"] in ("total", "now")
    }


def test_the_file_is_what_its_generator_writes() -> None:
    assert b"".join(generate.lines()) == generate.FILE.read_bytes()


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "order"])
def test_order_duplicates_workers_and_partitions_change_no_byte(runs: dict[str, Path], variant: str) -> None:
    assert compare_metrics(runs["order"] / "metrics.jsonl", runs[variant] / "metrics.jsonl") == []
    for name in ("facts.jsonl", "alerts.jsonl"):
        assert (runs["order"] / name).read_bytes() == (runs[variant] / name).read_bytes()


@pytest.mark.parametrize("by", ["all", "channel", "team"])
def test_events_counted_without_the_pipeline_give_the_same_rows(runs: dict[str, Path], by: str) -> None:
    history = History(settings_of_side({}, None, by))
    for line in generate.FILE.read_bytes().splitlines():
        history.fold(line, time.time_ns() // 1000)
    rows = {
        (row["metric"], row["definition"].partition("@")[0], "/".join(row["segment"].values())): row
        for key, row in history.rows().items()
        if key[2] == by
    }
    published = rows_of(runs["order"], by)
    for row in published.values():
        del row["revision"], row["watermark"]
    assert rows == published


@pytest.mark.parametrize("by", ["all", "channel", "team", "priority"])
def test_durations_are_right(runs: dict[str, Path], by: str) -> None:
    rows = rows_of(runs["order"], by)
    for segment, group in expected(generate.FILE, by).items():
        for metric in DURATIONS:
            row = next((row for key, row in rows.items() if key[0] == metric and key[2] == segment), None)
            spans = group.spans.get(metric, [])
            assert (row["count"] if row else 0) == len(spans), (metric, segment)
            if row and spans:
                assert Fraction(row["sum"]) == pytest.approx(sum(spans), abs=1e-9), (metric, segment)
                assert row["mean"] == pytest.approx(float(sum(spans) / len(spans)), rel=1e-12), (metric, segment)
                for name, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
                    exact = float(quantile(spans, q))
                    assert row["quantiles"][name] == pytest.approx(exact, rel=RELATIVE_ERROR, abs=1e-3), (metric, name)


@pytest.mark.parametrize("by", ["all", "channel", "team", "priority"])
def test_counts_ratios_and_levels_are_right(runs: dict[str, Path], by: str) -> None:
    rows = rows_of(runs["order"], by)

    def numbers(metric: str, definition: str, segment: str) -> tuple[int, int]:
        row = rows.get((metric, definition, segment), {})
        assert row.get("value") == (row["numerator"] / row["denominator"] if row.get("denominator") else None)
        return row.get("numerator", 0), row.get("denominator", 0)

    def value(metric: str, definition: str, segment: str) -> int:
        return int(rows.get((metric, definition, segment), {}).get("value", 0))

    groups: dict[str, Group] = expected(generate.FILE, by)
    assert {segment for _, _, segment in rows} == set(groups)
    for segment, group in groups.items():
        abandoned, answered = len(group.spans["time_to_abandon"]), len(group.spans["speed_of_answer"])
        good, bad, answers = group.counts["csat_good"], group.counts["csat_bad"], len(group.csat)
        assert numbers("abandonment", "abandoned_of_answered_and_abandoned", segment) == (
            abandoned,
            answered + abandoned,
        )
        assert numbers("csat", "csat_top_two_box", segment) == (good, answers)
        assert numbers("csat", "csat_good_bad", segment) == (good, good + bad)
        assert value("contacts_offered", "queue_visits", segment) == group.counts["contacts_offered"]
        assert value("contacts_left_queue", "left_otherwise", segment) == group.counts["contacts_left_queue"]
        assert value("open_tickets", "created_not_solved", segment) == group.counts["open"]
        assert value("waiting_contacts", "queued_not_left", segment) == group.counts["waiting"]
        assert value("lost_contacts", "waiting_too_long", segment) == group.counts["lost"]
        if answers:
            mean = 1 + 4 * sum(group.csat) / answers
            assert rows["csat", "csat_mean", segment]["mean"] == pytest.approx(float(mean), abs=4e-6)


def test_what_became_of_the_records_is_printed(runs: dict[str, Path]) -> None:
    lines = len(generate.FILE.read_bytes().splitlines())
    printed = (runs["duplicated"] / "printed.txt").read_text()
    counts = {
        words[0].strip(): int(words[-1].replace(",", ""))
        for line in printed[printed.index("Records") :].splitlines()
        if len(words := line.strip().rsplit(maxsplit=1)) == 2 and words[-1].replace(",", "").isdigit()
    }
    assert counts["events counted"] == lines
    assert counts["sent"] == lines + counts["duplicates"]
    assert 0.2 * lines < counts["duplicates"] < 0.45 * lines
    assert counts["dead letters"] == 0


def test_compare_tells_what_differs(runs: dict[str, Path]) -> None:
    printed = (runs["two-workers"] / "printed.txt").read_text()
    assert re.search(r"contacts_offered\|queue_visits@2\|all\|\|total: count [0-9]+ and 1\n", printed)
    assert "1 rows differ" in printed


def with_a_wrong_number(folder: Path) -> Path:
    """A copy of a replay's folder in which one number is another."""
    copy = folder.with_name("wrong")
    shutil.copytree(folder, copy)
    metrics = copy / "metrics.jsonl"
    lines = metrics.read_bytes().splitlines()
    place = next(i for i, line in enumerate(lines) if b'"queue_visits@2","by":"all"' in line and b'"total"' in line)
    count = b'"count":%d' % json.loads(lines[place])["count"]
    lines[place] = lines[place].replace(count, b'"count":1')
    metrics.write_bytes(b"\n".join(lines) + b"\n")
    return copy


def test_an_interrupt_leaves_neither_topics_nor_workers(broker: EmbeddedKafka, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(broker, "-", "--out", tmp_path / "out"), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    writer = process.stdin

    def go_on() -> None:
        with suppress(BrokenPipeError), writer as pipe:
            while True:
                pipe.write(generate.FILE.read_bytes())
                time.sleep(0.2)

    # Input without end: the replay cannot be over before it is interrupted.
    feeding = threading.Thread(target=go_on)
    feeding.start()
    log = tmp_path / "out" / "worker-1.log"

    def require_running() -> None:
        assert process.poll() is None, _read(log)

    wait_until(lambda: b"holding shards" in _read(log), "a worker at work", lambda: _read(log), require_running)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 130
    feeding.join()
    assert not [name for name in Path("/proc").glob("[0-9]*/cmdline") if bytes(log.parent) in _read(name)]
    assert not [name for name in topics_of(broker) if name.startswith("deskpulse-replay-")]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def topics_of(broker: EmbeddedKafka) -> list[str]:
    import asyncio

    from stream.edge.kafka.connection import admin_client
    from stream.settings import KafkaSettings

    async def listed() -> list[str]:
        async with admin_client(KafkaSettings(bootstrap_servers=broker.bootstrap_servers)) as admin:
            return list(await admin.list_topics())

    return asyncio.run(listed())
