"""All numbers of a view as text, made once for each view, and no more of them than a page may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from stream.domain.segments import dimensions_of
from stream.edge.counter_text import CounterText
from stream.edge.pace import Pace
from stream.edge.rollup_owner import EMPTY_VIEW, View
from stream.edge.row_text import RowText
from stream.edge.worker_state import WorkerState

COUNTERS: Final = "counters"
"""In place of a group-by: the counters and histograms, of the finest segments there are."""


class NumberText:
    """For one thread: what is made for one view is kept until another is asked for."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state
        self._view = EMPTY_VIEW
        self._rows, self._counters = _texts_of(EMPTY_VIEW)
        self.left_out: Mapping[str, int] = {}
        """By group-by, in the order of the settings, and last the counters: samples that the page is too small for."""

    def parts(self, *, is_openmetrics: bool) -> Iterator[bytes]:
        """What the page holds of the numbers, in pieces."""
        view = self._state.view
        if view is not self._view:
            self._write(view)
        yield from self._rows.parts(self._state.now_us(view), is_openmetrics=is_openmetrics)
        yield from self._counters.parts(is_openmetrics=is_openmetrics)

    def _write(self, view: View) -> None:
        # What is kept of the view before goes first: two of them would be twice the memory.
        self._rows, self._counters = _texts_of(EMPTY_VIEW)
        self._view = EMPTY_VIEW
        rows, counters = _texts_of(view)
        settings = self._state.settings
        samples = {**rows.samples, COUNTERS: counters.samples}
        left_out = too_many(samples, settings.group_by.names, settings.http.max_metrics_samples)
        rows.write(frozenset(left_out))
        if COUNTERS not in left_out:
            counters.write()
        self.left_out = {name: left_out.get(name, 0) for name in (*settings.group_by.names, COUNTERS)}
        self._rows, self._counters, self._view = rows, counters, view


def _texts_of(view: View) -> tuple[RowText, CounterText]:
    pace = Pace()
    return RowText(view.rows, pace), CounterText(view.counters, pace)


def too_many(samples: Mapping[str, int], names: Sequence[str], most: int) -> dict[str, int]:
    """What of ``samples`` (by group-by, and the counters) does not fit into ``most``, whole.

    The coarse come first, those with equally many dimensions in the order of ``names``, the counters last; each that
    still fits is taken.
    """
    left_out: dict[str, int] = {}
    room = most
    for name in (*sorted(names, key=lambda by: len(dimensions_of(by))), COUNTERS):
        wanted = samples.get(name, 0)
        if wanted <= room:
            room -= wanted
        else:
            left_out[name] = wanted
    return left_out
