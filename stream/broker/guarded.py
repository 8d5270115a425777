"""A child process that cannot outlive this one: between the two stands ``watchdog.py``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_QUOTED_LINES = 15


class GuardedProcess:
    """Starts a command, again and again if asked to, with its output in a log file; ends it in order or kills it."""

    def __init__(
        self,
        command: Sequence[str],
        log_file: Path,
        environment: Mapping[str, str] | None = None,
        hold: Sequence[int] = (),
    ) -> None:
        self.log_file = log_file
        self._command = list(command)
        self._environment = None if environment is None else dict(environment)
        self._hold = list(hold)
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._pid = 0

    @property
    def pid(self) -> int:
        """The process; 0 when there is none."""
        return self._pid if self.is_alive else 0

    @property
    def is_alive(self) -> bool:
        """True while the process runs."""
        return self._watchdog is not None and self._watchdog.poll() is None

    @property
    def exit_code(self) -> int | None:
        """What it ended with, 128 + the signal for one that was killed; None while it runs."""
        return None if self._watchdog is None else self._watchdog.poll()

    def start(self, grace_seconds: float) -> None:
        """Start the process; returns at once. ``grace_seconds``: an orderly end that takes longer is cut short."""
        if self.log_file.exists():
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        # A session of its own: Ctrl-C in the terminal is for us, and we end our children in order. What the watchdog
        # holds (the lock of a data folder) is so given up exactly when the command is gone.
        self._watchdog = subprocess.Popen(
            [sys.executable, "-IS", str(_WATCHDOG), str(self.log_file), str(grace_seconds), *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            start_new_session=True,
            pass_fds=self._hold,
        )
        assert self._watchdog.stdout is not None
        with self._watchdog.stdout as said:
            self._pid = int(said.readline() or b"0")

    def ask_to_end(self) -> None:
        """Begin an orderly end (SIGTERM); ``wait`` for it."""
        self._tell(b"")

    def kill(self) -> None:
        """End the process at once (SIGKILL) and wait until it is gone."""
        self._tell(b"kill\n")
        self.wait()

    def wait(self) -> None:
        """Wait until the process is gone."""
        if self._watchdog is not None:
            self._watchdog.wait()

    def log_tail(self) -> str:
        """The last lines of the log, without Java's stack frames."""
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        lines = [line[:300] for line in text.splitlines() if line.strip() and not line.startswith("\tat ")]
        return "\n".join(f"  {line}" for line in lines[-_QUOTED_LINES:]) or "  (it wrote nothing)"

    def _tell(self, line: bytes) -> None:
        if self._watchdog is None or self._watchdog.stdin is None or self._watchdog.stdin.closed:
            return
        with suppress(BrokenPipeError):
            self._watchdog.stdin.write(line)
            self._watchdog.stdin.flush()
        with suppress(BrokenPipeError):
            self._watchdog.stdin.close()
