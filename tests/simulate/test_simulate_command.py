"""`deskpulse simulate`: options, files, and what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stream.cli.simulate import simulate_command
from stream.cli.simulate_progress import progress_line
from stream.cli.spans import span_us, spike, time_us
from stream.simulate.arrivals import Spike
from stream.simulate.emit import Ticket, told
from stream.simulate.tally import Tally


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(simulate_command, arguments)


def test_a_file_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    contents = []
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        result = simulate("--out", str(tmp_path / name), "--duration", "3h", "--rate", "5", "--late", "0.1")
        assert result.exit_code == 0, result.output
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def test_lines_are_events_from_start_to_end_of_the_duration(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = simulate("--out", str(out), "--start", "2026-03-02T09:30:00+01:00", "--duration", "1h30m", "--rate", "5")
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert f"{len(lines):,} events written to {out}" in result.stderr
    assert all("2026-03-02T08:30" <= line["time"] < "2026-03-02T10:00" for line in lines)


def test_tickets_have_attributes_where_they_are_asked_for_and_nothing_else_changes(tmp_path: Path) -> None:
    bare, branded = tmp_path / "bare.jsonl", tmp_path / "branded.jsonl"
    usual = ("--duration", "2h", "--rate", "5", "--duplicates", "0.1")
    assert simulate("--out", str(bare), *usual).exit_code == 0
    chosen = ("--attribute", "brand=acme, zeta", "--attribute", "region=eu")
    assert simulate("--out", str(branded), *usual, *chosen).exit_code == 0
    events = [[json.loads(line) for line in path.read_text().splitlines()] for path in (bare, branded)]
    given: dict[str, set[str]] = {}
    for event in events[1]:
        if event["type"] == "support.ticket.created":
            attributes = event["data"].pop("attributes")
            assert attributes["region"] == "eu"
            given.setdefault(event["subject"], set()).add(attributes["brand"])
    assert events[0] == events[1]
    assert all(len(brands) == 1 for brands in given.values())
    assert set().union(*given.values()) == {"acme", "zeta"}


def test_customers_are_in_a_file_where_the_settings_count_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare, counted = tmp_path / "bare.jsonl", tmp_path / "counted.jsonl"
    usual = ("--duration", "2h", "--rate", "5")
    assert simulate("--out", str(bare), *usual).exit_code == 0
    monkeypatch.setenv("DESKPULSE_CUSTOMERS__ENABLED", "true")
    monkeypatch.setenv("DESKPULSE_CUSTOMERS__CURRENCY", "CHF")
    assert simulate("--out", str(counted), *usual).exit_code == 0
    events = [json.loads(line) for line in counted.read_text().splitlines()]
    customers = [event for event in events if event["type"].startswith("support.customer.")]
    rest = [event for event in events if event not in customers]
    assert rest == [json.loads(line) for line in bare.read_text().splitlines()]
    assert {event["data"]["currency"] for event in customers if "currency" in event["data"]} == {"CHF"}


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    # Not /dev/null itself: where tests run as root, a failure would cost the machine its /dev/null.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert simulate("--out", str(pipe), "--duration", "1m", "--rate", "60").exit_code == 0
        assert pipe.is_fifo()
        assert os.read(reader, 10) == b'{"specvers'
    finally:
        os.close(reader)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_link_keeps_pointing_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    assert simulate("--out", str(tmp_path / "link.jsonl"), "--duration", "1m").exit_code == 0
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "real.jsonl").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--attribute", "brand"], "'brand' is not an attribute: write NAME=VALUE,VALUE"),
        (["--attribute", "team=a"], "'team=a' is not an attribute"),
        (["--attribute", "Product Line=a"], "is not an attribute"),
        (["--live", "--out", "x.jsonl"], "goes with neither --start nor --out"),
        (["--speed", "60"], "--speed needs --start and Kafka"),
        (["--out", "x.jsonl", "--speed", "0"], "--speed needs --start and Kafka"),
        (["--out", "x.jsonl", "--bootstrap-servers", "a:1"], "give one of them"),
        (["--out", "x.jsonl", "--duration", "2 weeks"], "write 90s, 10m, 1h30m or 30d"),
        (["--out", "x.jsonl", "--start", "2026-01-05T09:00:00"], "is not a time with a zone"),
        (["--out", "x.jsonl", "--spike", "3@10m"], "write MAGNITUDE@OFFSET+LENGTH"),
        (["--out", "x.jsonl", "--bad", "2"], "not in the range 0<=x<=1"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_what_to_write(arguments: list[str], message: str) -> None:
    result = simulate(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_spans_times_and_spikes_are_read() -> None:
    assert span_us("90s") == 90_000_000
    assert span_us("1h30m") == 5_400_000_000
    assert span_us("1.5d") == 129_600_000_000
    assert time_us("2026-01-05T00:00:00Z") == time_us("2026-01-05T01:00:00+01:00") == 1_767_571_200_000_000
    assert spike("3@10m+5m") == Spike(3.0, 600_000_000, 900_000_000)
    assert spike("0.5@0s+1h") == Spike(0.5, 0, 3_600_000_000)


def test_the_progress_line_tells_waiting_and_abandoned() -> None:
    tally = Tally()
    ticket = Ticket("T-1", "C-1", "phone", "support", "normal")
    # Eight in the queue: three answered, one gave up, one took a callback.
    steps = ["queued"] * 8 + ["answered"] * 3 + ["abandoned", "left_queue"]
    list(tally.watch(told(ticket, 1_767_571_200_000_000, f"ticket.{kind}", {}) for kind in steps))
    assert progress_line(tally, 1234, 56.7) == (
        "2026-01-05T00:00:00Z  1,234 events (57/s)  waiting 3  abandoned 1 (25.0%)"
    )
    assert progress_line(Tally(), 0, 0).endswith("waiting 0  abandoned 0")
