"""Which of the events that came for a ticket have to be taken out again, so that the ticket can be settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from stream.domain.events import Event
from stream.domain.log import Insertion, insert, place
from stream.domain.statement_events import STATEMENTS, TakenBack
from stream.domain.ticket import Arrival

Settled = TypeVar("Settled")

MOST_TRIES: Final = 400
"""For one ticket in one settlement; what is left after so many is refused without being looked at singly."""


class Culprits(Generic[Settled]):
    """A search: iterate it (a step is one try), then look at what it found.

    The log before these arrivals has been settled, so something between it and the whole log makes the difference.
    Halving finds an arrival without which it can be settled, and with which it cannot; that one is refused, and the
    rest is tried again. ``log`` and ``settled`` are those of the arrivals that stay, None where none does.
    """

    def __init__(
        self,
        base: Sequence[Event],
        arrivals: Sequence[Arrival],
        settle: Callable[[list[Event]], Settled],
        error: Exception,
    ) -> None:
        self._base = base
        self._settle = settle
        self._tries = 0
        self._pending = list(arrivals)
        self._error = error
        self.log = list(base)
        self.settled: Settled | None = None
        self.stay: list[Arrival] = []
        self.refused: list[tuple[Arrival, Exception]] = []

    def __iter__(self) -> Iterator[None]:
        error: Exception | None = self._error
        while error is not None:
            low, high = 0, len(self._pending)
            while high - low > 1 and self._tries < MOST_TRIES:
                middle = (low + high) // 2
                yield
                found = self._try(self._pending[:middle])
                if found is None:
                    low = middle
                else:
                    high, error = middle, found
            self.stay += self._pending[:low]
            self.refused += [(arrival, error) for arrival in self._pending[low:high]]
            self._pending = self._pending[high:]
            if not self._pending:
                return
            yield
            error = self._try(self._pending)
        self.stay += self._pending

    def _try(self, more: Sequence[Arrival]) -> Exception | None:
        self._tries += 1
        log = log_of(self._base, [*self.stay, *more])
        try:
            self.settled = self._settle(log)
        except Exception as error:
            return error
        self.log = log
        return None

    def corrections(self) -> list[tuple[Insertion, Insertion]]:
        """Of those that stay, what was said of them when they came, and what is true without the refused ones.

        Nothing is said of statements.
        """
        outcomes = _insert_all(list(self._base), self.stay)
        pairs = zip(self.stay, outcomes, strict=True)
        return [(said, true) for (event, said, _), true in pairs if said is not true and type(event) not in STATEMENTS]


def log_of(base: Sequence[Event], arrivals: Sequence[Arrival]) -> list[Event]:
    """``base`` with the events of ``arrivals`` in their places."""
    log = list(base)
    _insert_all(log, arrivals)
    return log


def _insert_all(log: list[Event], arrivals: Sequence[Arrival]) -> list[Insertion]:
    uids = {event.uid for event in log}
    outcomes: list[Insertion] = []
    for event, _, _ in arrivals:
        if event.uid in uids or type(event) is TakenBack:
            outcomes.append(insert(log, event))
        else:
            uids.add(event.uid)
            place(log, event)
            outcomes.append(Insertion.ADDED)
    return outcomes
