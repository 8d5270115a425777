"""Which core runs: the compiled one or the source itself. What they do is the same, how fast is not."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    # The compiler knows it by its own name only, takes it off, and needs no such package where the core runs.
    from mypy_extensions import mypyc_attr
else:
    _Class = TypeVar("_Class")

    def mypyc_attr(**_: object) -> Callable[[_Class], _Class]:
        """What the compiler is told of a class; nothing to the source.

        ``acyclic``: no object of it is ever part of a cycle, so that the collector need not look at them. Who puts an
        object that leads back to its holder into one of these makes a leak.
        """
        return lambda cls: cls


__all__ = ["kind_of_core", "mypyc_attr"]

_CORE = "stream.domain.shard"


def kind_of_core() -> str:
    """``compiled`` or ``pure Python``; nothing is imported for it but packages."""
    found = importlib.util.find_spec(_CORE)
    is_source = found is None or found.origin is None or found.origin.endswith(".py")
    return "pure Python" if is_source else "compiled"
