"""Environments of products that need one of their own: pinned in ``<name>.txt``, made once in build/bench/peers."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.bench.benchmark import say
from tests.bench.builds import ROOT

_FOLDER: Final = ROOT / "build" / "bench" / "peers"
_PINS: Final = Path(__file__).parent
_READY: Final = "ready"


class MissingError(Exception):
    """There is no such environment, and why."""


def python_of(name: str, *, make: bool) -> Path:
    """The interpreter of ``name``'s environment; MissingError where there is none and it may or can not be made."""
    pins = _PINS / f"{name}.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = _FOLDER / f"{name}-{version}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:8]}"
    python = folder / "bin" / "python"
    if (folder / _READY).exists():
        return python
    if not make:
        raise MissingError("its environment has not been made: make bench makes it")
    say(f"  making the environment of {name}")
    shutil.rmtree(folder, ignore_errors=True)
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--quiet",
        "--no-deps",
        "-r",
        str(pins),
    ]
    for command in ([sys.executable, "-m", "venv", str(folder)], install):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise MissingError(f"it could not be installed from the package index: {said}")
    (folder / _READY).touch()
    return python


def version_of(name: str, package: str) -> str:
    """The version that ``<name>.txt`` pins."""
    for line in (_PINS / f"{name}.txt").read_text().splitlines():
        found, _, version = line.partition("==")
        if found.lower() == package:
            return version
    raise KeyError(f"{package} is not pinned in {name}.txt")
