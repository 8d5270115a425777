from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from stream.errors import UnavailableError
from stream.replay.workers import MOST_RESTARTS, Workers, tail, worker_command
from tests.patience import PATIENCE_SECONDS


def crew(tmp_path: Path, code: str, said: list[str]) -> Workers:
    return Workers([sys.executable, "-c", code], os.environ, [tmp_path / "worker-1.log"], said.append)


def wait_for_end(workers: Workers) -> None:
    workers._processes[0].wait(PATIENCE_SECONDS)


def test_the_command_is_that_of_a_user() -> None:
    assert worker_command(None)[1:] == ["-m", "stream", "worker"]
    assert worker_command(Path("s.toml"))[1:] == ["-m", "stream", "worker", "--config", "s.toml"]


@pytest.mark.parametrize(("ending", "code"), [("os._exit(70)", 70), ("os.kill(os.getpid(), 9)", 137)])
def test_one_that_ends_itself_or_is_killed_is_started_again_a_few_times(tmp_path: Path, ending: str, code: int) -> None:
    said: list[str] = []
    with crew(tmp_path, f"import os; print('working', flush=True); {ending}", said) as workers:
        for _ in range(MOST_RESTARTS):
            wait_for_end(workers)
            workers.check()
        wait_for_end(workers)
        with pytest.raises(UnavailableError, match=rf"(?s)worker 1 ended 6 times \(exit code {code}\).*working"):
            workers.check()
    assert workers.restarts == [MOST_RESTARTS]
    assert said[0].startswith(f"worker 1 ended with exit code {code} and is started again")
    assert (tmp_path / "worker-1.log").read_text().count("working") == MOST_RESTARTS + 1


def test_one_that_refuses_to_run_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with crew(tmp_path, "raise SystemExit('bad setting')", []) as workers:
        wait_for_end(workers)
        with pytest.raises(UnavailableError, match=r"(?s)worker 1 ended with exit code 1.*bad setting"):
            workers.check()


def test_running_ones_are_left_alone_and_end_with_the_context(tmp_path: Path) -> None:
    (tmp_path / "worker-1.log").write_text("of an earlier replay\n")
    with crew(tmp_path, "import time; print('up', flush=True); time.sleep(600)", []) as workers:
        workers.check()
        process = workers._processes[0]
        assert process.poll() is None
    assert process.poll() is not None
    assert "earlier" not in (tmp_path / "worker-1.log").read_text()


def test_the_end_of_a_log(tmp_path: Path) -> None:
    assert tail(tmp_path / "gone") == "(no log)"
    (tmp_path / "log").write_bytes(b"".join(b"%d\n" % number for number in range(9)) + b"\xff\n")
    assert tail(tmp_path / "log").splitlines() == ["5", "6", "7", "8", "\N{REPLACEMENT CHARACTER}"]
