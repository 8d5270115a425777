"""Real workers under a supervisor that starts again whatever ends, and the means to hurt them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self


class Fleet:
    """``size`` workers, by index. Context manager; all end with it."""

    def __init__(self, size: int, environ: Mapping[str, str], folder: Path, first: Mapping[int, list[str]] | None = None):
        self._environ = {**os.environ, **environ}
        self._folder = folder
        self._first = dict(first or {})
        self._lock = threading.Lock()
        self._stopping = False
        self._retired: set[int] = set()
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.ends: Counter[int] = Counter()
        """Exit code to how often a worker ended so."""
        for index in range(size):
            self.start(index)
        self._watch = threading.Thread(target=self._keep_running, daemon=True)
        self._watch.start()

    def start(self, index: int) -> None:
        """Start worker ``index``; the first time with the extra arguments given for it."""
        command = [sys.executable, "-m", "stream", "worker", *self._first.pop(index, [])]
        with (self._folder / f"worker-{index}.log").open("ab") as log:
            process = subprocess.Popen(command, env=self._environ, stdout=log, stderr=log)
        with self._lock:
            self._retired.discard(index)
            self.processes[index] = process

    def _keep_running(self) -> None:
        while not self._stopping:
            time.sleep(0.05)
            for index, process in list(self.processes.items()):
                if process.poll() is not None and index not in self._retired and not self._stopping:
                    self.ends[process.returncode] += 1
                    self.start(index)

    def hit(self, index: int, number: signal.Signals) -> None:
        """Send a signal, if the worker runs."""
        process = self.processes[index]
        if process.poll() is None:
            process.send_signal(number)

    def retire(self, index: int, number: signal.Signals = signal.SIGTERM) -> int:
        """End a worker and do not start it again; gives its exit code."""
        with self._lock:
            self._retired.add(index)
        self.hit(index, number)
        return self.processes[index].wait(60)

    def check(self) -> None:
        """Raise when a worker ended in a way that a restart cannot mend."""
        for code in self.ends:
            if code not in (0, 70, -signal.SIGKILL, -signal.SIGTERM):
                raise AssertionError(f"a worker ended with {code}: {self.log_tail()}")

    def log_tail(self, size: int = 3000) -> str:
        """The end of every worker's log."""
        logs = sorted(self._folder.glob("worker-*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-size:]}" for log in logs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        self._watch.join()
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
