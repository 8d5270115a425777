"""A ticket's statuses, and when they changed into done and back."""

from __future__ import annotations

from typing import Final

from stream.compiled import mypyc_attr
from stream.domain.definitions import Definitions
from stream.domain.events import Event, Status, StatusChanged
from stream.domain.readers.reader import Reader

_DONE: Final = ("solved", "closed")


@mypyc_attr(acyclic=True)
class Statuses(Reader):
    """``changes``: status changes, repeats left out.

    ``resolutions`` and ``reopenings``: times of those into done (solved or closed) from a status that is not, and back.
    """

    __slots__ = ("changes", "reopenings", "resolutions")
    reads = (StatusChanged,)

    def __init__(self, definitions: Definitions) -> None:
        self.changes: list[tuple[int, Status]] = []
        self.resolutions: list[int] = []
        self.reopenings: list[int] = []

    def read(self, event: Event) -> bool:
        """The status was set; what it was already changes nothing."""
        if type(event) is not StatusChanged:
            return False
        before = self.changes[-1][1] if self.changes else None
        status = event.status
        if before == status:
            return False
        was_done, is_done = before in _DONE, status in _DONE
        if is_done and not was_done:
            self.resolutions.append(event.time_us)
        elif was_done and not is_done:
            self.reopenings.append(event.time_us)
        self.changes.append((event.time_us, status))
        return True

    @property
    def is_done(self) -> bool:
        """True while the status is solved or closed."""
        return bool(self.changes) and self.changes[-1][1] in _DONE
