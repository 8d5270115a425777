"""All numbers of a view as text, made once for each view, and no more of them than a page may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from weakref import ref

from stream.domain.segments import dimensions_of
from stream.edge.owners.view import EMPTY_VIEW, View
from stream.edge.process.pace import Pace
from stream.edge.process.turns import let_go
from stream.edge.serve.prometheus.counter_text import CounterText
from stream.edge.serve.prometheus.export import Export
from stream.edge.serve.prometheus.row_text import RowText
from stream.edge.serve.served_worker import ServedWorker

COUNTERS: Final = "counters"
"""In place of a group-by: the counters and histograms."""


class NumberText:
    """For one thread: what is made for one view is kept until another is asked for."""

    def __init__(self, state: ServedWorker) -> None:
        self._state = state
        self._export = Export(state.settings)
        self._made_of = ref(EMPTY_VIEW)
        """The view, not held: its rows are replaced, and would be there twice from one page to the next."""
        self._rows, self._counters = self._texts_of(EMPTY_VIEW, Pace())
        self.left_out: Mapping[str, int] = {}
        """By group-by, in the order of the settings, and last the counters: samples that the page is too small for."""

    def parts(self, *, is_openmetrics: bool) -> Iterator[bytes]:
        """What the page holds of the numbers, in pieces."""
        now_us = self._bring_up_to_date()
        yield from self._rows.parts(now_us, is_openmetrics=is_openmetrics)
        yield from self._counters.parts(is_openmetrics=is_openmetrics)

    def _texts_of(self, view: View, pace: Pace) -> tuple[RowText, CounterText]:
        export = self._export
        return RowText(view.rows.blocks, export, pace), CounterText(view.counters, export, pace)

    def _bring_up_to_date(self) -> int:
        """Make the text of the view there is now, unless there is one; gives what time it is for the numbers."""
        view, pace = self._state.view, Pace()
        if view is not self._made_of():
            # What is kept of the view before goes first: two of them would be twice the memory.
            self._rows, self._counters = self._texts_of(EMPTY_VIEW, pace)
            self._made_of = ref(EMPTY_VIEW)
            self._rows, self._counters = self._write(view, pace)
            self._made_of = ref(view)
        now_us = self._state.now_us(view)
        blocks = list(view.rows.blocks.values())
        # Most likely nobody else has them any more.
        del view
        for _ in let_go(blocks):
            pace.step()
        return now_us

    def _write(self, view: View, pace: Pace) -> tuple[RowText, CounterText]:
        settings = self._state.settings
        rows, counters = self._texts_of(view, pace)
        samples = {**rows.samples, COUNTERS: counters.samples}
        left_out = too_many(samples, settings.group_names, settings.http.max_metrics_samples)
        rows.write(frozenset(left_out))
        if COUNTERS not in left_out:
            counters.write()
        self.left_out = {name: left_out.get(name, 0) for name in (*settings.group_names, COUNTERS)}
        return rows, counters


def too_many(samples: Mapping[str, int], names: Sequence[str], most: int) -> dict[str, int]:
    """What of ``samples`` (by group-by, and the counters) does not fit into ``most``, whole.

    ``all`` comes first, then the counters, which can be had nowhere else, then the coarse before the fine, those with
    equally many dimensions in the order of ``names``; each that still fits is taken.
    """
    left_out: dict[str, int] = {}
    room = most
    ranks = {name: len(dimensions_of(name)) for name in names} | {COUNTERS: 0.5}
    for name in sorted(ranks, key=ranks.__getitem__):
        wanted = samples.get(name, 0)
        if wanted <= room:
            room -= wanted
        else:
            left_out[name] = wanted
    return left_out
