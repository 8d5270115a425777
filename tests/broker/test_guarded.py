from __future__ import annotations

import os
import sys
from pathlib import Path

from stream.broker.exclusive import try_exclusive
from stream.broker.guarded import GuardedProcess
from tests.patience import FOR_EVER_SECONDS, PATIENCE_SECONDS, wait_until

SLEEPS = f"import time; print('up', flush=True); time.sleep({FOR_EVER_SECONDS})"


def test_what_a_process_holds_is_free_when_it_is_gone_and_not_before(tmp_path: Path) -> None:
    lock_file = tmp_path / "lock"
    lock = try_exclusive(lock_file)
    assert lock is not None
    process = GuardedProcess([sys.executable, "-c", SLEEPS], tmp_path / "a.log", hold=[lock])
    process.start(grace_seconds=PATIENCE_SECONDS)
    os.close(lock)  # as when we are killed
    assert try_exclusive(lock_file) is None
    process.kill()
    again = try_exclusive(lock_file)
    assert again is not None
    os.close(again)


def test_a_process_can_be_started_again_and_keeps_the_log_before(tmp_path: Path) -> None:
    process = GuardedProcess([sys.executable, "-c", "print('one life')"], tmp_path / "a.log")
    assert process.exit_code is None
    for _ in range(2):
        process.start(grace_seconds=PATIENCE_SECONDS)
        wait_until(lambda: not process.is_alive, "its end")
    assert process.exit_code == 0
    assert process.pid == 0
    assert (tmp_path / "a.log").read_text() == (tmp_path / "a.log.1").read_text() == "one life\n"


def test_the_end_of_the_log_comes_without_stack_frames(tmp_path: Path) -> None:
    process = GuardedProcess(["true"], tmp_path / "a.log")
    assert process.log_tail() == "  (it wrote nothing)"
    lines = [*(f"line {number}" for number in range(20)), "java.lang.Problem", "\tat some.Class", ""]
    (tmp_path / "a.log").write_text("\n".join(lines))
    assert process.log_tail().splitlines() == [*(f"  line {number}" for number in range(6, 20)), "  java.lang.Problem"]


def test_ending_what_was_never_started_is_harmless(tmp_path: Path) -> None:
    process = GuardedProcess(["true"], tmp_path / "a.log")
    process.ask_to_end()
    process.kill()
    assert not process.is_alive
