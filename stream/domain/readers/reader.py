"""What all readers have in common."""

from __future__ import annotations

from typing import ClassVar

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event


@mypyc_attr(acyclic=True)
class Reader:
    """Told the events of a ticket's log that are of its types, one by one, in the order of the log.

    ``reads``: those types. A metric is asked for its facts anew only when a reader that it names said that something
    changed, so a reader that says nothing must show exactly what it showed before. ``knobs``: fields of `Definitions`
    that what it shows depends on.
    """

    __slots__ = ()
    reads: ClassVar[tuple[type, ...]] = ()
    knobs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, definitions: Definitions) -> None:
        pass

    @classmethod
    def reads_under(cls, definitions: Definitions) -> tuple[type, ...]:
        """Types of events that it is told under these definitions."""
        return cls.reads

    def read(self, event: Event) -> bool:
        """Take in the next event; True where the reader shows something else than before."""
        raise NotImplementedError


def comes_after(event: Event, undoing: Event | None) -> bool:
    """False where ``undoing``, which comes before ``event`` in the log, may undo it: where only ids tell them apart."""
    if undoing is None or event.time_us > undoing.time_us:
        return True
    return bool(event.sequence and undoing.sequence) and event.sequence > undoing.sequence
