"""Exceptions nobody foresaw: what may be said of them, and how often.

An exception's message may quote what an event holds, so it is never told: its type, its place, and a hash of the way
there name the fault as well.
"""

from __future__ import annotations

import hashlib
import logging
import traceback
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

import stream
from stream.domain.rejections import Rejected

_SAY_AGAIN_US: Final = 60_000_000
_MOST_KINDS: Final = 1000
_HASH_DIGITS: Final = 16
_ROOT: Final = Path(stream.__file__).parent.parent

log = logging.getLogger(__name__)


class Fault(Struct, frozen=True):
    """``place`` is ``file:line in function``, and from where that was called if it is none of ours.

    ``digest`` is equal for exceptions of one type that went the same way.
    """

    type: str
    place: str
    digest: str

    def __str__(self) -> str:
        return f"{self.type} at {self.place} (traceback {self.digest})"


def fault_of(error: BaseException) -> Fault:
    """What may be told of an exception."""
    frames = traceback.extract_tb(error.__traceback__)
    way = [(_file(frame.filename), frame.lineno, frame.name) for frame in frames]
    kind = type(error).__name__
    digest = hashlib.sha256(repr((kind, way)).encode()).hexdigest()[:_HASH_DIGITS]
    place = "{}:{} in {}".format(*way[-1]) if way else "an unknown place"
    ours = [step for step in way if step[0].startswith("stream/")]
    if ours and ours[-1] != way[-1]:
        place += ", called at {}:{} in {}".format(*ours[-1])
    return Fault(kind, place, digest)


def _file(name: str) -> str:
    path = Path(name)
    if not path.is_absolute() and path.parts[:1] == ("stream",):
        return path.as_posix()  # compiled modules name their source as the compiler found it
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name


def rejected_for(fault: Fault) -> Rejected:
    """The dead letter of a record that led to ``fault``."""
    return Rejected("internal_error", f"{fault}: a fault of Deskpulse, please report it; the event is not counted")


class FaultLog:
    """Says each kind of fault once a minute, with the record it came with."""

    def __init__(self) -> None:
        self._said_us: dict[str, int] = {}

    def say(self, fault: Fault, now_us: int, record: Any, what: str = "is not counted") -> None:
        """``record``: with topic, partition and offset; None where there is none. ``what``: the consequence."""
        said_us = self._said_us.get(fault.digest)
        if said_us is not None and 0 <= now_us - said_us < _SAY_AGAIN_US:
            return
        if len(self._said_us) >= _MOST_KINDS:
            self._said_us.clear()
        self._said_us[fault.digest] = now_us
        place = f"{record.topic} partition {record.partition} offset {record.offset}" if record is not None else "a row"
        log.error("internal error, %s %s: %s; others of its kind are not told for a minute", place, what, fault)
