"""Which build of the core is measured: native modules where `make compiled` has made them, or the source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_COMPILED: Final = ROOT / "build" / "compiled"


def is_compiled() -> bool:
    """True where there is a compiled core, of the source as it is now."""
    return any((_COMPILED / "stream").rglob("*.so")) and all(
        (_COMPILED / file.relative_to(ROOT)).is_file()
        and (_COMPILED / file.relative_to(ROOT)).read_bytes() == file.read_bytes()
        for file in (ROOT / "stream").rglob("*.py")
    )


def best_tree() -> Path:
    """Where the package lies that is measured."""
    return _COMPILED if is_compiled() else ROOT


def paths_of(tree: Path) -> dict[str, str]:
    """The environment in which ``python -P -m`` runs the package of ``tree``, beside these benchmarks."""
    return {"PYTHONPATH": os.pathsep.join(dict.fromkeys((str(tree), str(ROOT))))}
