"""Rows of a view as lines of the page: made once for each view, but for what grows while the view stands still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from stream.domain.row_numbers import lasting_seconds, reader, since_us
from stream.domain.rows import Address, Block, Row, in_key_order
from stream.domain.rowspec import RowSpec
from stream.domain.segments import Segment, group_labels
from stream.edge.process.pace import Pace
from stream.edge.serve.prometheus.export import Export
from stream.edge.serve.prometheus.page_text import GroupLabels, escaped, heading, number
from stream.metrics.series import PERCENTILES, Series, fields_of

_SLICE_ROWS: Final = 256


class _Labels:
    """Labels of groups, made once, with the names of these dimensions."""

    def __init__(self, dimensions: tuple[str, ...]) -> None:
        self._dimensions = dimensions
        self._made: dict[tuple[str, Segment], GroupLabels] = {}

    def of(self, block: Block) -> GroupLabels:
        group = block.by, block.group
        labels = self._made.get(group)
        if labels is None:
            labels = self._made[group] = GroupLabels(block.by, group_labels(*group), self._dimensions)
        return labels


class RowText:
    """No data means no sample: a mean, ratio or percentile of nothing is absent, the number of samples is 0.

    ``samples``: by group-by, how many its rows have at the most, so that a window that empties changes nothing.
    """

    def __init__(self, blocks: Mapping[Address, Block], export: Export, pace: Pace) -> None:
        self._pace = pace
        self._export = export
        self._blocks: dict[str, list[Block]] = {}
        self._labels = {dimensions: _Labels(dimensions) for dimensions in {*export.labels.values()}}
        self._parts: dict[str, list[bytes]] = {}
        self._since: dict[str, list[tuple[str, int | None]]] = {}
        """By gauge: name with labels, and since when (microseconds) it grows; None: it stands at 0."""
        self.samples: dict[str, int] = {}
        for block in blocks.values():
            pace.step()
            if names := export.rows(block.by, block.window) & block.numbers.keys():
                self._blocks.setdefault(block.by, []).append(block)
                # All rows of a group have its names as labels; those that they have empty make no difference.
                labels = self._labels[export.labels[next(iter(names))]].of(block)
                samples = labels.samples_each * sum(map(export.samples.__getitem__, names))
                self.samples[block.by] = self.samples.get(block.by, 0) + samples

    def write(self, without: frozenset[str]) -> None:
        """Make the lines of all group-bys but these. Once; the blocks are forgotten."""
        shown = [in_key_order(blocks) for by, blocks in self._blocks.items() if by not in without]
        self._blocks = {}
        shown.sort(key=lambda blocks: f"{blocks[0].by}|")
        for spec in self._export.rows_in_order:
            for blocks in shown:
                for first in range(0, len(blocks), _SLICE_ROWS):
                    self._pace.step()
                    slice_ = blocks[first : first + _SLICE_ROWS]
                    if have := [at for at in slice_ if spec.name in at.numbers and self._is_shown(spec, at)]:
                        self._write_slice(spec, have)
        self._labels = {}

    def _is_shown(self, spec: RowSpec, block: Block) -> bool:
        return spec.name in self._export.rows(block.by, block.window)

    def _write_slice(self, spec: RowSpec, blocks: Sequence[Block]) -> None:
        definition = escaped(spec.definition_id)
        labels_of = self._labels[self._export.labels[spec.name]].of
        rows = [block.row(spec.name) for block in blocks]
        texts = [
            (f"{at.before}{definition}", f'{at.after}{escaped(block.window)}"}} ')
            for block in blocks
            for at in (labels_of(block),)
        ]
        for gauge in self._export.gauges[spec.name]:
            if gauge.field == "oldest":
                since = self._since.setdefault(gauge.name, [])
                for (before, after), row in zip(texts, rows, strict=True):
                    since.append((f"{gauge.name}{before}{after}", since_us(row)))
                continue
            if text := _lines(gauge, texts, rows):
                self._parts.setdefault(gauge.name, []).append(text.encode())

    def parts(self, now_us: int, *, is_openmetrics: bool) -> Iterator[bytes]:
        """The families that have samples, in pieces; ``now_us``: until when waits have lasted."""
        for name, series in self._export.families.items():
            if name in self._parts:
                yield heading(series, is_openmetrics=is_openmetrics)
                yield from self._parts[name]
            elif name in self._since:
                yield heading(series, is_openmetrics=is_openmetrics)
                since = self._since[name]
                for first in range(0, len(since), _SLICE_ROWS):
                    yield _lasting_lines(since[first : first + _SLICE_ROWS], now_us)


def _lines(gauge: Series, texts: Sequence[tuple[str, str]], rows: Sequence[Row]) -> str:
    readers = [
        (f'",percentile="{PERCENTILES[field]}' if field in PERCENTILES else "", reader(field))
        for field in fields_of(gauge)
    ]
    name = gauge.name
    return "".join(
        [
            f"{name}{before}{percentile}{after}{number(value)}\n"
            for (before, after), row in zip(texts, rows, strict=True)
            for percentile, read in readers
            if (value := read(row)) is not None
        ]
    )


def _lasting_lines(since: Sequence[tuple[str, int | None]], now_us: int) -> bytes:
    return "".join([f"{text}{number(lasting_seconds(begin_us, now_us))}\n" for text, begin_us in since]).encode()
