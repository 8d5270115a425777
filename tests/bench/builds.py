"""Which of the two builds of the core runs: the interpreted one, or native modules beside the source."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_NATIVE: Final = ("*.so", "*.pyd")


def is_compiled() -> bool:
    """True where some module of the package is native."""
    return any(next((ROOT / "stream").rglob(pattern), None) for pattern in _NATIVE)


@contextmanager
def pure_tree() -> Iterator[Path]:
    """A folder with the package as source alone: what runs there is interpreted."""
    with tempfile.TemporaryDirectory(prefix="bench-pure-") as folder:
        shutil.copytree(
            ROOT / "stream", Path(folder) / "stream", ignore=shutil.ignore_patterns(*_NATIVE, "__pycache__")
        )
        shutil.copytree(ROOT / "schemas", Path(folder) / "schemas")
        yield Path(folder)
