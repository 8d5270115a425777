"""Every benchmark runs, on next to nothing: what it measures means nothing here, that it measures all it names does."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from stream.metrics import METRICS
from stream.settings import load_settings
from tests.bench import bench_simple
from tests.bench.bench_full import whole_catalogue
from tests.bench.benchmark import Benchmark
from tests.bench.builds import ROOT
from tests.bench.page import page
from tests.bench.peers.catalogue import PEERS
from tests.bench.peers.environments import MissingError, python_of
from tests.bench.simple_job import Expected
from tests.bench.sizing import FULL
from tests.bench.spikes.cold_start import report
from tests.bench.suite import ALONE, MODULES, benchmark_of, merged, size_after
from tests.bench.targets import TARGETS
from tests.patience import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from stream.broker.embedded import EmbeddedKafka

ALL = [*MODULES, *ALONE]


def modules(*, needs_broker: bool) -> list[str]:
    return [module for module in ALL if benchmark_of(module).needs_broker == needs_broker]


def run_tiny(module: str, broker: str, folder: Path) -> dict[str, Any]:
    """As the suite runs it."""
    out = folder / "out.json"
    command = [sys.executable, "-m", f"tests.bench.{module}", "--size", "tiny", "--broker", broker, "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def check(benchmark: Benchmark, found: dict[str, Any]) -> None:
    assert set(benchmark.keys) <= found.keys()
    assert list(benchmark.section(found))


@pytest.mark.parametrize("module", modules(needs_broker=False))
def test_without_a_broker(module: str, tmp_path: Path) -> None:
    check(benchmark_of(module), run_tiny(module, "", tmp_path))


@pytest.mark.parametrize("module", modules(needs_broker=True))
def test_on_a_broker(module: str, broker: EmbeddedKafka, tmp_path: Path) -> None:
    found = run_tiny(module, broker.bootstrap_servers, tmp_path)
    check(benchmark_of(module), found)
    assert not [peer for peer in found.get("peers", {}).values() if "failed" in peer]


@pytest.mark.broker
def test_what_an_installation_needs() -> None:
    few = ["--tickets", "20", "--events", "200", "--patience", "1", "--only", FULL]
    command = [sys.executable, "-m", "tests.bench.sizing", *few]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    first = [line.split(" |")[0] for line in done.stdout.splitlines()]
    assert {f"| open, {FULL}", f"| settled, {FULL}", "| changelog", f"| {FULL}"} <= {*first}


def test_no_benchmark_is_left_out_of_the_suite() -> None:
    assert sorted(ALL) == sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))


def test_every_named_number_has_one_place() -> None:
    names = [key for module in MODULES for key in benchmark_of(module).keys]
    assert len(names) == len(set(names))


def test_the_detectors_false_alarms_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    report("poisson", 5.0, "wave", 0.02, [1])
    assert "alerts" in capsys.readouterr().out


def test_the_whole_catalogue_is_every_metric(tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.toml"
    file.write_text(whole_catalogue())
    chosen = load_settings({}, file).metrics
    assert {name for name, metric in chosen.items() if metric.enabled} == {
        metric.name for metric in METRICS if metric.subject == "ticket"
    }


def test_a_contestant_that_is_held_ends_with_the_benchmark_that_is_killed() -> None:
    program = """
import sys, time
from tests.bench.contestant import Contestant
held = Contestant("held", [sys.executable, "-c", "import time; time.sleep(3600)"])
held.pause()
print(held.pid, flush=True)
time.sleep(3600)
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as benchmark:
        assert benchmark.stdout is not None
        pid = int(benchmark.stdout.readline())
        assert is_there(pid)
        benchmark.kill()
    wait_until(lambda: not is_there(pid), "the contestant's end")


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def numbers(**named: Any) -> dict[str, Any]:
    about = {"machine": "m", "memory_gib": 1, "system": "s", "python": "3", "packages": {}, "commit": "c", "parts": {}}
    run = {"compiled": False, "size": "tiny", "took_seconds": 60, "load_before": 0.1, "began": "2026-03-10T09:00:00Z"}
    return about | run | named


def test_a_part_that_failed_or_is_missing_leaves_the_page_whole() -> None:
    text = page(numbers(parts={"full": {"failed": "ended with 1"}}), "notes")
    assert "*full* failed in this run: ended with 1." in text
    assert text.count("not measured in this run") == len(TARGETS)


def test_the_page_says_when_others_had_part_of_the_machine() -> None:
    assert "shared with other work" not in page(numbers(), "")
    assert "shared with other work" in page(numbers(load_before=3.5), "")


def test_a_run_that_takes_long_measures_the_rest_with_less() -> None:
    assert [size_after("full", seconds) for seconds in (0, 600, 1199, 1500)] == ["full", "full", "quick", "quick"]
    assert [size_after(size, 4000) for size in ("tiny", "quick")] == ["tiny", "quick"]


def test_the_page_says_what_was_measured_with_less() -> None:
    assert "size `quick`: codec, gateway." in page(numbers(shortened=["codec", "gateway"]), "")
    assert "longer than planned" not in page(numbers(shortened=[]), "")


def peer(**more: Any) -> dict[str, Any]:
    return {"title": "t", "version": "1", "guarantee": "g", "events": 100_000, "rounds": 5} | more


def test_slow_peers_get_less_and_the_table_says_so() -> None:
    sizes = {one.name: one.size(100_000, 5) for one in PEERS}
    assert sizes["simple"] == sizes["raw_changelog"] == (100_000, 5)
    assert sizes["plain_faust"] == (5_000, 3)
    slow = peer(title="Faust", events=5_000, rounds=3, eps=764, cpu_us=900.0)
    lines = list(benchmark_of("bench_simple").section({"peers": {"a": slow}, "raw_changelog_eps": 7640}))
    assert lines[-1] == "| Faust | 1 | g | 764 | 3 of 5,000 | 0.1 | 900 |"


def test_a_peer_that_hangs_is_on_the_page_as_failed() -> None:
    part = {"peers": {"a": peer(failed="x: 3 of 9 minutes")}, "raw_changelog_eps": 1, "plain_faust_eps": None}
    assert "| failed: x: 3 of 9 minutes |" in list(benchmark_of("bench_simple").section(part))[-1]
    assert "not measured in this run" in page(numbers(parts={"simple": part}, full_eps=5, plain_faust_eps=None), "")


@pytest.mark.parametrize("error", [AssertionError("9 minutes"), RuntimeError("ended"), OSError("no file")])
def test_a_peer_that_fails_stops_nobody_and_ours_stops_the_benchmark(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(bench_simple, "_rounds", fail)
    found = asyncio.run(bench_simple._measure("", 10, 1, make=False, only="plain_faust"))
    assert found["peers"]["plain_faust"]["failed"] == str(error)
    assert found["plain_faust_eps"] is None
    with pytest.raises(type(error)):
        asyncio.run(bench_simple._measure("", 10, 1, make=False, only="simple"))


def test_targets_are_judged_on_their_own_side() -> None:
    text = page(numbers(full_pure_ratio=0.2, full_all_ratio=0.1, windows_cpu_ratio=1.3, open_tickets_cpu_ratio=1.1), "")
    met = {line.split(" | ")[0][2:]: line.split(" | ")[3][:-2] for line in text.splitlines() if line.startswith("| ")}
    assert met["full job, not compiled, to the bare loop"] == "yes"
    assert met["full job, whole catalogue on, to the bare loop"] == "**no**"
    assert met["cost of an event, 12 windows to 3"] == "**no**"
    assert met["cost of an event, most open tickets to 10 thousand"] == "yes"


def test_numbers_of_all_parts_stand_on_one_level() -> None:
    found = merged({"full": {"full_eps": 7, "raw_eps": 9}, "windows": {"windows_cpu_ratio": 1.0}})
    assert (found["full_eps"], found["raw_eps"], found["windows_cpu_ratio"]) == (7, 9, 1.0)
    assert found["parts"]["full"]["full_eps"] == 7


def _event(ticket: str, kind: str, second: int, **data: str) -> tuple[str, bytes, bytes]:
    event = {"type": f"support.{kind}", "subject": ticket, "time": f"2026-03-10T09:00:{second:02d}.500Z", "data": data}
    return "source", ticket.encode(), json.dumps(event).encode()


def test_the_simple_job_counts_first_answers_by_the_tickets_channel() -> None:
    expected = Expected()
    expected.add(
        [
            _event("a", "ticket.created", 1, channel="email"),
            _event("b", "ticket.created", 2, channel="phone"),
            _event("a", "ticket.message", 3, author="customer"),
            _event("a", "ticket.message", 4, author="agent"),
            _event("a", "ticket.message", 9, author="agent"),
            _event("b", "ticket.answered", 12),
        ]
    )
    minute = 29552220
    assert expected.minutes == {("email", minute): (1, 3000), ("phone", minute): (1, 10_000)}


PINNED = sorted(path.stem for path in (Path(__file__).parent / "peers").glob("*.txt"))


@pytest.mark.parametrize("name", PINNED)
def test_every_package_of_a_peer_is_pinned(name: str) -> None:
    lines = (Path(__file__).parent / "peers" / f"{name}.txt").read_text().splitlines()
    assert lines
    assert all("==" in line for line in lines)


def test_a_missing_environment_says_how_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench.peers.environments._FOLDER", tmp_path)
    with pytest.raises(MissingError, match="make bench"):
        python_of("quix", make=False)


def test_peers_have_names_of_their_own_and_say_what_they_promise() -> None:
    assert len({peer.name for peer in PEERS}) == len(PEERS)
    assert all(peer.guarantee and peer.version() for peer in PEERS)
