from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.demo.supervisor import Child, Supervisor
from stream.errors import UnavailableError
from tests.patience import FOR_EVER_SECONDS, PATIENCE_SECONDS, wait_until

SLEEPS = f"import time; print('up', flush=True); time.sleep({FOR_EVER_SECONDS})"


class Stage:
    """A supervisor whose clock stands still until told otherwise; it counts starts by a line each child writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1000.0
        self.said: list[str] = []

    @contextmanager
    def supervisor(self, *children: Child) -> Iterator[Supervisor]:
        running = Supervisor(children, self.folder, self.said.append, lambda: self.now)
        running.start()
        try:
            yield running
        finally:
            running.stop()

    def child(self, program: str, name: str = "worker", **more: object) -> Child:
        note = f"open({str(self.folder / 'starts')!r}, 'a').write('{name} ')\n"
        options = {"grace_seconds": PATIENCE_SECONDS, **more}
        return Child(name, [sys.executable, "-c", note + program], **options)  # type: ignore[arg-type]  # options by name

    @property
    def starts(self) -> str:
        file = self.folder / "starts"
        return file.read_text() if file.exists() else ""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def look_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    wait_until(condition, "what the supervisor should do", check=supervisor.look)


def test_a_child_that_asks_for_a_restart_gets_it_after_a_growing_pause(stage: Stage) -> None:
    with stage.supervisor(stage.child("raise SystemExit(70)")) as supervisor:
        for pause, number in ((1, 1), (2, 2), (4, 3)):
            look_until(supervisor, lambda number=number: len(stage.said) == number)  # type: ignore[misc]  # bound now, on purpose
            assert f"The worker asked for a restart (its log: {stage.folder / 'worker.log.1'})" in stage.said[-1]
            assert stage.said[-1].endswith(f"starting it again in {pause} s.")
            stage.now += pause - 0.1
            supervisor.look()
            assert stage.starts == "worker " * number
            stage.now += 0.2
            look_until(supervisor, lambda number=number: stage.starts == "worker " * (number + 1))  # type: ignore[misc]  # bound now, on purpose


def test_a_child_that_got_no_answer_is_started_again_after_a_growing_pause(stage: Stage) -> None:
    with stage.supervisor(stage.child("raise SystemExit(3)")) as supervisor:
        for pause, number in ((1, 1), (2, 2)):
            look_until(supervisor, lambda number=number: len(stage.said) == number)  # type: ignore[misc]  # bound now, on purpose
            assert f"got no answer from what it needs (its log: {stage.folder / 'worker.log.1'})" in stage.said[-1]
            assert stage.said[-1].endswith(f"starting it again in {pause} s.")
            stage.now += pause
            look_until(supervisor, lambda number=number: stage.starts == "worker " * (number + 1))  # type: ignore[misc]  # bound now, on purpose


def test_restarts_have_a_command_of_their_own(stage: Stage) -> None:
    again = stage.child("raise SystemExit(70)", "again").command
    with stage.supervisor(stage.child("raise SystemExit(3)", "first", again=again)) as supervisor:
        for pause, number in ((1, 1), (2, 2)):
            look_until(supervisor, lambda number=number: len(stage.said) == number)  # type: ignore[misc]  # bound now, on purpose
            stage.now += pause
            supervisor.look()
        look_until(supervisor, lambda: stage.starts == "first again again ")
    assert supervisor.pid("first") == 0


def test_a_killed_child_is_started_again(stage: Stage) -> None:
    with stage.supervisor(stage.child(SLEEPS)) as supervisor:
        first = supervisor.pid("worker")
        os.kill(first, signal.SIGKILL)
        look_until(supervisor, lambda: bool(stage.said))
        assert "The worker was ended by signal 9" in stage.said[0]
        stage.now += 1
        supervisor.look()
        assert supervisor.pid("worker") not in (0, first)


def test_after_a_steady_minute_the_pause_is_short_again(stage: Stage) -> None:
    with stage.supervisor(stage.child("raise SystemExit(70)")) as supervisor:
        look_until(supervisor, lambda: len(stage.said) == 1)
        stage.now += 1
        supervisor.look()
        stage.now += 61
        look_until(supervisor, lambda: len(stage.said) == 2)
        assert stage.said[-1].endswith("starting it again in 1 s.")


def test_a_child_that_gives_up_ends_everything_and_its_log_is_quoted(stage: Stage) -> None:
    program = "import sys; sys.exit('setting x is wrong')"
    with (
        stage.supervisor(stage.child(program)) as supervisor,
        pytest.raises(
            UnavailableError, match=r"the worker ended with code 1\.[\s\S]*worker\.log:\n  setting x is wrong"
        ),
    ):
        look_until(supervisor, lambda: False)


def test_only_a_child_that_may_finish_finishes(stage: Stage) -> None:
    with stage.supervisor(stage.child("", may_finish=True)) as supervisor:
        look_until(supervisor, lambda: bool(stage.said))
        stage.now += 100
        supervisor.look()
        assert stage.said == ["The worker has finished."]
        assert stage.starts == "worker "
    with (
        stage.supervisor(stage.child("")) as supervisor,
        pytest.raises(UnavailableError, match="the worker ended with code 0"),
    ):
        look_until(supervisor, lambda: False)


def test_children_end_one_by_one_the_last_first(stage: Stage) -> None:
    ends = stage.folder / "ends"
    program = (
        "import signal, sys, time\n"
        "def end(*_):\n time.sleep(0.2); open({ends!r}, 'a').write({name!r} + ' '); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep({seconds})"
    )
    names = ["first", "second", "third"]
    children = [
        stage.child(program.format(ends=str(ends), name=name, seconds=FOR_EVER_SECONDS), name) for name in names
    ]
    with stage.supervisor(*children) as supervisor:
        for name in names:
            log = stage.folder / f"{name}.log"
            look_until(supervisor, lambda log=log: "up" in log.read_text())  # type: ignore[misc]  # bound now, on purpose
    assert ends.read_text() == "third second first "


def test_a_child_that_does_not_end_in_its_grace_time_is_killed(stage: Stage) -> None:
    program = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SLEEPS}"
    with stage.supervisor(stage.child(program, grace_seconds=0.1)) as supervisor:
        look_until(supervisor, lambda: "up" in (stage.folder / "worker.log").read_text())
        pid = supervisor.pid("worker")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_stopping_while_a_restart_is_due_starts_nothing(stage: Stage) -> None:
    with stage.supervisor(stage.child("raise SystemExit(70)")) as supervisor:
        look_until(supervisor, lambda: bool(stage.said))
    assert stage.starts == "worker "
    assert supervisor.pid("worker") == 0
