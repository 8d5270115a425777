"""Which core runs: the compiled one or the source itself. What they do is the same, how fast is not."""

from __future__ import annotations

import importlib.util

_CORE = "stream.domain.shard"


def kind_of_core() -> str:
    """``compiled`` or ``pure Python``; nothing is imported for it but packages."""
    found = importlib.util.find_spec(_CORE)
    is_source = found is None or found.origin is None or found.origin.endswith(".py")
    return "pure Python" if is_source else "compiled"
