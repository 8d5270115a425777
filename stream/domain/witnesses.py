"""Which systems tell of the same queue visit, so that what the slower one says again ends nothing else."""

from __future__ import annotations

from typing import Protocol

from stream.compiled import mypyc_attr


class Told(Protocol):
    """What is known here of a visit: when, how and why it was left."""

    exit_us: int | None

    @property
    def how(self) -> tuple[str, str | None]:
        """Outcome, and the reason where there is one."""


@mypyc_attr(acyclic=True)
class Witnesses:
    """Of one ticket, fed as its visits begin and end. Sources are those of the events.

    Two systems are known to tell of one visit once both have told its queueing. A system that told of it and then
    tells, soon after, the exit that ended it says it again. So does one that tells any exit soon after the contact
    has ended, as long as it has not told the end itself.
    """

    __slots__ = ("_ended_us", "_first", "_skew_us", "_visit_of")

    def __init__(self, skew_us: int) -> None:
        self._skew_us = skew_us
        self._first = ""
        """Who told first that the visit under way began."""
        self._visit_of: dict[str, Told] = {}
        """Source to the last visit it told of, where another one had told of it too."""
        self._ended_us: int | None = None

    def __bool__(self) -> bool:
        """False where nothing can be told again."""
        return bool(self._visit_of)

    def begin(self, source: str, *, is_new_contact: bool) -> None:
        """``source`` told that a visit began, which nobody had told before."""
        self._first = source
        self._ended_us = None
        if is_new_contact:
            self._visit_of = {}
        else:
            self._visit_of.pop(source, None)

    def confirm(self, source: str, visit: Told) -> None:
        """``source`` told, soon after it was told, that the visit under way began."""
        if source != self._first:
            self._visit_of[self._first] = self._visit_of[source] = visit

    def end(self, source: str, time_us: int) -> None:
        """``source`` told that the contact ended."""
        if self._ended_us is None:
            self._ended_us = time_us
        self._visit_of.pop(source, None)

    def has_told(self, source: str, time_us: int, how: tuple[str, str | None]) -> bool:
        """True where an exit, as ``how`` of `Told`, is one that ``source`` only says again."""
        visit = self._visit_of.get(source)
        if visit is None:
            return False
        if self._ended_us is not None:
            return time_us - self._ended_us <= self._skew_us
        return visit.exit_us is not None and time_us - visit.exit_us <= self._skew_us and visit.how == how

    def forget(self, source: str) -> None:
        """What ``source`` told again it has told now; until the end of the contact it says nothing twice more."""
        if self._ended_us is None:
            self._visit_of.pop(source, None)
