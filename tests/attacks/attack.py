"""What an attack is: what one ordinary producer or client sends, and how to tell that the worker held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.attacks.stand import Stand


def nothing_more(_: Stand) -> str:
    """For attacks that are judged by what all are judged by."""
    return ""


@dataclass(frozen=True)
class Attack:
    """One kind of harm. Its bounds are what it may cost the worker between the first record and the last answer."""

    name: str
    sent: str
    """What is sent, in words, for the table."""
    strike: Callable[[Stand], None]
    """Sends it; returns when all is sent."""
    held: Callable[[Stand], str] = nothing_more
    """AssertionError when it did not hold; gives what was seen, in words. Called when all else has been counted."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Variables without the prefix, e.g. ``{"LIMITS__MAX_SEGMENTS": "10"}``."""
    topics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Logical name of a topic to its configuration, where that is not as planned."""
    growth_mib: int = 250
    """Memory that the worker may take beyond what it had."""
    log_bytes: int = 20_000
    health_seconds: float = 10.0
    """The longest that /healthz may take. Not how fast it should be, but how long it may be blind on a busy machine."""
    descriptors: int | None = None
    """Limit of open files of the worker."""
    own_broker: bool = False
    """For attacks that hurt the broker."""
    may_end: bool = False
    """The worker may end itself in a way a supervisor mends (70, 3); it is started again."""
    every_record: bool = True
    """Every record that was sent is found in exactly one counter."""
    goes_on: bool = True
    """Events sent during and after it are counted, and a restart finds them."""
    long: bool = False
    """Left out of `make test`."""
