"""What an attack costs the worker: the most memory, the slowest answer, the bytes of log."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

_PAUSE_SECONDS = 0.25
_ANSWER_SECONDS = 60
_RESET_PEAK = "5"


class Watch:
    """Looks at one process and its HTTP side for as long as it is a context."""

    def __init__(self, process_id: int, port: int, log: Path) -> None:
        self._folder = Path(f"/proc/{process_id}")
        self._port = port
        self._log = log
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_asking, daemon=True)
        self._log_began = self._memory_began_kib = 0
        self.slowest_seconds = self._asked_at = 0.0
        self.answers: Counter[str] = Counter()
        """What /healthz answered to how often."""

    @property
    def peak_growth_mib(self) -> int:
        """The most memory that it had since the beginning, beyond what it had then; of one that ended what is known."""
        return (self._memory_kib("VmHWM") - self._memory_began_kib) // 1024

    @property
    def log_bytes(self) -> int:
        return self._log.stat().st_size - self._log_began

    @property
    def cost(self) -> str:
        """All of it in words."""
        waiting_seconds = time.monotonic() - self._asked_at if self._asked_at else 0.0
        slowest_seconds = max(self.slowest_seconds, waiting_seconds)
        return f"+{self.peak_growth_mib} MiB, /healthz {slowest_seconds:.1f} s, log {self.log_bytes} bytes"

    def _memory_kib(self, name: str) -> int:
        try:
            found = re.search(rf"^{name}:\s+(\d+) kB", (self._folder / "status").read_text(), re.MULTILINE)
        except OSError:
            found = None
        return int(found[1]) if found else self._memory_began_kib

    def _keep_asking(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            self._asked_at = time.monotonic()
            self.answers[self._ask()] += 1
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - self._asked_at)
            self._asked_at = 0.0

    def _ask(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", "/healthz", headers={"Connection": "close"})
            answer = connection.getresponse()
            return f"{answer.status} {answer.read().decode()}" if answer.status != 200 else "200"
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()

    def __enter__(self) -> Self:
        (self._folder / "clear_refs").write_text(_RESET_PEAK)
        self._memory_began_kib = self._memory_kib("VmRSS")
        self._log_began = self._log.stat().st_size
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
