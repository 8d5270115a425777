"""Data of an earlier run of the demo that this version cannot go on from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

_FINGERPRINT_FILE = "fingerprint"


def set_aside_old_data(data_dir: Path, last_seen_file: Path, fingerprint: str, say: Callable[[str], None]) -> None:
    """Rename ``data_dir`` where it was left under other definitions, and remember ``fingerprint`` in it.

    Only the last such folder is kept. A worker would refuse that state (its numbers mean something else), and the
    demo's events are simulated: starting afresh loses nothing. A folder in which no demo has run (no fingerprint and
    no ``last_seen_file``) is left as it is: it is somebody's own.
    """
    remembered = data_dir / _FINGERPRINT_FILE
    known = remembered.read_text(encoding="utf-8").strip() if remembered.exists() else ""
    if (known or last_seen_file.exists()) and known != fingerprint:
        aside = data_dir.with_name(f"{data_dir.name}-before")
        if aside.exists():
            shutil.rmtree(aside)
        data_dir.rename(aside)
        say(f"The data of the last run was made under other definitions. It is in {aside} now; the demo starts afresh.")
    data_dir.mkdir(parents=True, exist_ok=True)
    remembered.write_text(f"{fingerprint}\n", encoding="utf-8")
