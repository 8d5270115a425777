from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stream.broker import watchdog
from tests.patience import FOR_EVER_SECONDS, PATIENCE_SECONDS, wait_until

PYTHON = sys.executable
SLEEPS = [PYTHON, "-c", f"import time; print('up', flush=True); time.sleep({FOR_EVER_SECONDS})"]
IGNORES_TERM = [
    PYTHON,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    f"print('up', flush=True); time.sleep({FOR_EVER_SECONDS})",
]
PARENT = f"""
import subprocess, sys, time
watchdog = subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.PIPE, start_new_session=True)
time.sleep({FOR_EVER_SECONDS})
"""
GRACE = f"{PATIENCE_SECONDS:g}"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _start(log: Path, command: list[str], grace: str = GRACE) -> tuple[subprocess.Popen[bytes], int]:
    running = subprocess.Popen(
        [PYTHON, watchdog.__file__, str(log), grace, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    with running.stdout as said:
        pid = int(said.readline())
    wait_until(lambda: log.exists() and b"up" in log.read_bytes(), "the command runs")
    return running, pid


def test_closing_the_pipe_ends_the_command_in_order(tmp_path: Path) -> None:
    running, pid = _start(tmp_path / "log", SLEEPS)
    assert running.stdin is not None
    running.stdin.close()
    assert running.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM
    assert not is_running(pid)


def test_a_command_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    running, pid = _start(tmp_path / "log", IGNORES_TERM, grace="0.1")
    assert running.stdin is not None
    running.stdin.close()
    assert running.wait(PATIENCE_SECONDS) == 128 + signal.SIGKILL
    assert not is_running(pid)


def test_kill_ends_the_command_without_grace(tmp_path: Path) -> None:
    running, _ = _start(tmp_path / "log", IGNORES_TERM, grace=f"{FOR_EVER_SECONDS:g}")
    assert running.stdin is not None
    with running.stdin as pipe:
        pipe.write(b"kill\n")
    assert running.wait(PATIENCE_SECONDS) == 128 + signal.SIGKILL


def test_sigterm_to_the_watchdog_ends_the_command(tmp_path: Path) -> None:
    running, pid = _start(tmp_path / "log", SLEEPS)
    running.terminate()
    assert running.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM
    assert not is_running(pid)
    assert running.stdin is not None
    running.stdin.close()


def test_the_exit_code_of_the_command_comes_through(tmp_path: Path) -> None:
    command = [PYTHON, watchdog.__file__, str(tmp_path / "log"), "1", PYTHON, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
        assert running.wait(PATIENCE_SECONDS) == 7


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_command_ends_when_the_parent_is_ended(tmp_path: Path, how: signal.Signals) -> None:
    log = tmp_path / "log"
    parent = subprocess.Popen(
        [PYTHON, "-c", PARENT, watchdog.__file__, str(log), GRACE, *SLEEPS], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    with parent.stdout as said:
        pid = int(said.readline())
    assert is_running(pid)
    parent.send_signal(how)
    parent.wait()
    wait_until(lambda: not is_running(pid), "the command's end")


def test_a_fork_of_the_parent_that_holds_the_pipe_does_not_keep_the_command_alive(tmp_path: Path) -> None:
    forking = PARENT.replace("time.sleep", "import os; os.fork(); time.sleep")
    log = tmp_path / "log"
    parent = subprocess.Popen(
        [PYTHON, "-c", forking, watchdog.__file__, str(log), GRACE, *SLEEPS], stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    group = os.getpgid(parent.pid)
    parent.kill()
    parent.wait()
    try:
        wait_until(lambda: not is_running(pid), "the command's end")
    finally:
        os.killpg(group, signal.SIGKILL)
        parent.stdout.close()
