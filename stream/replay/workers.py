"""Worker processes as in production: started, watched, started again when they end themselves, and ended."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from stream.broker import watchdog
from stream.edge.process.last_resort import EXIT_CODE
from stream.errors import UnavailableError

MOST_RESTARTS: Final = 5
"""Of each worker. One that ends itself more often than that will not come round by being started again."""

_GRACE_SECONDS: Final = 10
_FIRST_SIGNAL_CODE: Final = 128
_TAIL_LINES: Final = 5

Say = Callable[[str], None]


def worker_command(config_file: Path | None) -> list[str]:
    """The command line of a worker."""
    config = [] if config_file is None else ["--config", str(config_file)]
    return [sys.executable, "-m", "stream", "worker", *config]


class Workers:
    """Context manager. Each worker ends when this process does, however that happens (see `stream.broker.watchdog`)."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], logs: Sequence[Path], say: Say) -> None:
        self._command = list(command)
        self._environ = dict(environ)
        self._logs = list(logs)
        self._say = say
        self._processes: list[subprocess.Popen[bytes]] = []
        self.restarts = [0] * len(self._logs)

    def __enter__(self) -> Self:
        for log in self._logs:
            log.unlink(missing_ok=True)
        self._processes = [self._start(log) for log in self._logs]
        return self

    def _start(self, log: Path) -> subprocess.Popen[bytes]:
        # -IS: the watchdog needs the standard library only. Its own session: Ctrl-C is for this process, which then
        # ends the workers.
        guarded = [sys.executable, "-IS", watchdog.__file__, str(log), str(_GRACE_SECONDS), *self._command]
        return subprocess.Popen(
            guarded, env=self._environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def check(self) -> None:
        """Start again what ended itself or was killed. UnavailableError: a worker that will not run."""
        for index, (process, log) in enumerate(zip(self._processes, self._logs, strict=True)):
            code = process.poll()
            if code is None:
                continue
            name = f"worker {index + 1}"
            if code != EXIT_CODE and code < _FIRST_SIGNAL_CODE:
                raise UnavailableError(f"{name} ended with exit code {code}; its log is {log}:\n{tail(log)}")
            if self.restarts[index] >= MOST_RESTARTS:
                raise UnavailableError(
                    f"{name} ended {MOST_RESTARTS + 1} times (exit code {code}); its log is {log}:\n{tail(log)}"
                )
            self.restarts[index] += 1
            self._say(f"{name} ended with exit code {code} and is started again (see {log})")
            self._close(process)
            self._processes[index] = self._start(log)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            self._close(process)
        for process in self._processes:
            try:
                process.wait(_GRACE_SECONDS + 5)
            except subprocess.TimeoutExpired:
                process.kill()

    @staticmethod
    def _close(process: subprocess.Popen[bytes]) -> None:
        # End of file on its input is what tells the watchdog to end the worker.
        if process.stdin is not None:
            process.stdin.close()


def tail(log: Path) -> str:
    """The last lines of a log."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-_TAIL_LINES:])
