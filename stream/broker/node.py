"""One node of the embedded Apache Kafka: a folder, a Java process, and the watchdog between it and us."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from stream.broker.config import Address

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_QUOTED_LINES = 15


class Node:
    """Starts, ends and kills one node's process. Knows nothing of readiness."""

    def __init__(self, address: Address, folder: Path, command: Sequence[str], lock_descriptor: int) -> None:
        self.address = address
        self.log_file = folder / "broker.log"
        self._command = list(command)
        self._lock_descriptor = lock_descriptor
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._pid = 0

    @property
    def pid(self) -> int:
        """The Java process; 0 when there is none."""
        return self._pid if self.is_alive else 0

    @property
    def is_alive(self) -> bool:
        """True while the process runs, ready or not."""
        return self._watchdog is not None and self._watchdog.poll() is None

    def start(self, grace_seconds: float) -> None:
        """Start the process; returns at once. ``grace_seconds``: an orderly end that takes longer is cut short."""
        if self.log_file.exists():
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        # A session of its own: Ctrl-C in the terminal is for us, and we end the broker last. The watchdog inherits
        # the lock of the data folder, which so is free exactly when Java is gone.
        self._watchdog = subprocess.Popen(
            [sys.executable, "-IS", str(_WATCHDOG), str(self.log_file), str(grace_seconds), *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[self._lock_descriptor],
        )
        assert self._watchdog.stdout is not None
        with self._watchdog.stdout as said:
            self._pid = int(said.readline() or b"0")

    def ask_to_end(self) -> None:
        """Begin an orderly end; ``wait`` for it."""
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
        """The last lines of the log, without stack frames."""
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
