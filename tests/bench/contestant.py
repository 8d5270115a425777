"""A program that is measured: started, held while its input is laid out, let go, watched, ended."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_END_SECONDS: Final = 20
_PR_SET_PDEATHSIG: Final = 1


def end_with_parent() -> None:
    """In a child that was just made: be killed when its parent ends, however that ends, even where it is held."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Contestant:
    """One process. What it prints goes to a file; ``log`` quotes its end when something fails."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed with the contestant
            prefix=f"bench-{name}-", suffix=".log"
        )
        self._process = subprocess.Popen(
            list(command),
            env={**os.environ, **(variables or {})},
            stdout=self._file,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one call of the system, and no thread holds a lock it needs
        )

    def pause(self) -> None:
        """Hold it where it is; for less than the session of its group."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> float:
        """Let it go on; gives the time."""
        self._process.send_signal(signal.SIGCONT)
        return time.time()

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def rss_bytes(self) -> int:
        """Memory that it holds now."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * _PAGE_BYTES

    def require_running(self) -> None:
        """RuntimeError with its last words where it has ended."""
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}\n{self.log()}")

    def log(self) -> str:
        """The end of what it printed."""
        return self.printed()[-4000:]

    def printed(self) -> str:
        """All that it printed."""
        return Path(self._file.name).read_text(errors="replace")

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and kill it if it does not."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._file.close()
