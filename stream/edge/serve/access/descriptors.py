"""How many of the process' file descriptors HTTP clients may take: Kafka's connections need the others."""

from __future__ import annotations

import resource
from typing import Final

_ENOUGH: Final = 65_536


def raise_descriptor_limit() -> int:
    """Allow the process as many open files as it may allow itself; gives how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _ENOUGH if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def connections_within(descriptors: int, wanted: int) -> int:
    """How many connections may be open: those wanted, but no more than half of the descriptors."""
    return max(min(wanted, descriptors // 2), 1)
