"""Real workers under a supervisor that starts again whatever ends, and the means to hurt them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.patience import PATIENCE_SECONDS, wait_until

MENDABLE = frozenset({0, 70, -signal.SIGKILL, -signal.SIGTERM})
"""Exit codes after which a restart is the right answer; a test whose broker goes away adds 3 (unavailable)."""

_HELD = re.compile(r"holding shards \[([0-9, ]*)\]( and the roll-up)?")
_ADDRESS = re.compile(r"wallboard on (http://\S+/),")


class Held(NamedTuple):
    """What a worker holds."""

    shards: frozenset[int]
    rollup: bool


class Fleet:
    """``size`` workers, by index. Context manager; all end with it."""

    def __init__(
        self,
        size: int,
        environ: Mapping[str, str],
        folder: Path,
        first: Mapping[int, list[str]] | None = None,
        mendable: frozenset[int] = MENDABLE,
        config_of: Mapping[int, Path] = {},
    ):
        self._environ = {**os.environ, **environ}
        self._folder = folder
        self._partitions = int(environ["DESKPULSE_TOPICS__PARTITIONS"])
        self._first = dict(first or {})
        self._mendable = mendable
        self._lock = threading.RLock()
        """Held while it is decided who is started, until it has been: else a worker could be started twice."""
        self._stopping = False
        self._retired: set[int] = set()
        self.config_of = dict(config_of)
        """File of settings of single workers, from their next start on."""
        self._begins: dict[int, int] = {}
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.ends: Counter[int] = Counter()
        """Exit code to how often a worker ended so."""
        for index in range(size):
            self.start(index)
        self._watch = threading.Thread(target=self._keep_running, daemon=True)
        self._watch.start()

    def start(self, index: int) -> None:
        """Start worker ``index``; until it has done what they ask for, with the extra arguments given for it."""
        with self._lock:
            config = ["--config", str(self.config_of[index])] if index in self.config_of else []
            command = [sys.executable, "-m", "stream", "worker", *config, *self._first.get(index, [])]
            with self.log_file(index).open("ab") as log:
                begin = log.tell()
                process = subprocess.Popen(command, env=self._environ, stdout=log, stderr=log)
            self._retired.discard(index)
            self._begins[index] = begin
            self.processes[index] = process

    def _keep_running(self) -> None:
        while not self._stopping:
            time.sleep(0.05)
            for index in list(self.processes):
                with self._lock:
                    self._start_again(index)

    def _start_again(self, index: int) -> None:
        process = self.processes[index]
        if process.poll() is None or index in self._retired or self._stopping:
            return
        self.ends[process.returncode] += 1
        # One that had to end before it came to the point where it should die is told so again.
        if "--die-at" not in self._first.get(index, []) or process.returncode == -signal.SIGKILL:
            self._first.pop(index, None)
        self.start(index)

    def hit(self, index: int, number: signal.Signals) -> bool:
        """Send a signal; False where the worker does not run. After SIGKILL, wait until it is gone."""
        process = self.processes[index]
        if process.poll() is not None:
            return False
        process.send_signal(number)
        if number == signal.SIGKILL:
            # On a busy machine dying takes a while, and who hits again meanwhile would count two deaths.
            process.wait(PATIENCE_SECONDS)
        return True

    def kill(self, index: int) -> None:
        """SIGKILL, and wait until the worker has been started again."""
        process = self.processes[index]
        process.kill()
        self.wait_until(lambda: self.processes[index] is not process, "a new start")

    def retire(self, index: int, number: signal.Signals = signal.SIGTERM) -> int:
        """End a worker and do not start it again; gives its exit code."""
        with self._lock:
            self._retired.add(index)
        self.hit(index, number)
        return self.processes[index].wait(PATIENCE_SECONDS)

    def held(self, index: int) -> Held | None:
        """What a worker that runs said last that it holds; None while it has said nothing."""
        # Until a dead one has been started again, its log still says what it held.
        runs = index not in self._retired and self.processes[index].poll() is None
        found = _HELD.findall(self.log(index)) if runs else []
        if not found:
            return None
        shards, rollup = found[-1]
        return Held(frozenset(int(part) for part in shards.split(",") if part.strip()), bool(rollup))

    def running(self) -> list[int]:
        """The workers that are not retired."""
        return [index for index in list(self.processes) if index not in self._retired]

    def is_settled(self) -> bool:
        """True when all workers that run hold something or nothing, and together everything exactly once."""
        held = [self.held(index) for index in self.running()]
        known = [one for one in held if one is not None]
        shards = sorted(shard for one in known for shard in one.shards)
        return len(known) == len(held) and shards == list(range(self._partitions)) and sum(o.rollup for o in known) == 1

    def settle(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until `is_settled`."""
        self.wait_until(self.is_settled, "every shard with one worker, the roll-up with one", seconds)

    def rollup_owner(self) -> int:
        """The worker that holds the roll-up."""
        self.settle()
        return next(index for index in self.running() if (held := self.held(index)) is not None and held.rollup)

    def address(self, index: int) -> str:
        """Where a worker serves HTTP."""
        return str(_ADDRESS.findall(self.log(index))[-1])

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for ``condition``; AssertionError with the logs when it does not come."""
        wait_until(condition, what, self.log_tail, self.check, seconds)

    def check(self) -> None:
        """Raise when a worker ended in a way that a restart cannot mend."""
        for code in self.ends:
            if code not in self._mendable:
                raise AssertionError(f"a worker ended with {code}: {self.log_tail()}")

    def log_file(self, index: int) -> Path:
        """Everything worker ``index`` ever wrote."""
        return self._folder / f"worker-{index}.log"

    def log(self, index: int) -> str:
        """What worker ``index`` has written since it was started last."""
        return self.log_file(index).read_bytes()[self._begins[index] :].decode(errors="replace")

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
            # What they counted has been read by now: an orderly end would only cost time.
            if process.poll() is None:
                process.kill()
        for process in self.processes.values():
            process.wait()
