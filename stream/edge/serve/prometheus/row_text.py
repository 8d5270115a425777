"""Rows of a view as lines of the page: made once for each view, but for what grows while the view stands still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from stream.domain.row_numbers import lasting_seconds, reader, since_us
from stream.domain.rows import Row
from stream.edge.process.pace import Pace
from stream.edge.serve.prometheus.page_text import GroupLabels, escaped, heading, number
from stream.metrics import ROWS
from stream.metrics.series import PERCENTILES, Series, fields_of, gauges_of, row_families

_FAMILIES: Final = row_families(ROWS)
_GAUGES: Final[dict[tuple[str, str], tuple[Series, ...]]] = {
    (spec.metric, spec.definition_id): gauges_of(spec) for spec in ROWS
}
_SAMPLES: Final = {kind: sum(len(fields_of(gauge)) for gauge in gauges) for kind, gauges in _GAUGES.items()}
_SLICE_ROWS: Final = 256

_Block: TypeAlias = tuple[str, str, str]
"""Metric, definition and group-by: the rows of a block follow each other."""


class RowText:
    """No data means no sample: a mean, ratio or percentile of nothing is absent, the number of samples is 0.

    ``samples``: by group-by, how many its rows have at the most, so that a window that empties changes nothing.
    """

    def __init__(self, rows: Mapping[str, Row], pace: Pace) -> None:
        self._pace = pace
        self._rows = rows
        # Keys alone: an object for each of half a million rows would call the collector, which stops everybody.
        self._blocks: dict[_Block, list[str]] = {}
        self._labels: dict[tuple[str, ...], GroupLabels] = {}
        self._parts: dict[str, list[bytes]] = {}
        self._since: dict[str, list[tuple[str, int | None]]] = {}
        """By gauge: name with labels, and since when (microseconds) it grows; None: it stands at 0."""
        self.samples: dict[str, int] = {}
        self._sort_into_blocks()

    def _sort_into_blocks(self) -> None:
        for count, (key, row) in enumerate(self._rows.items()):
            if count % _SLICE_ROWS == 0:
                self._pace.step()
            kind, by = (row["metric"], row["definition"]), row["by"]
            self._blocks.setdefault((*kind, by), []).append(key)
            self.samples[by] = self.samples.get(by, 0) + _SAMPLES[kind] * self._labels_of(row).samples_each

    def _labels_of(self, row: Row) -> GroupLabels:
        by, segment = row["by"], row["segment"]
        group = (by, *segment.values())
        labels = self._labels.get(group)
        if labels is None:
            labels = self._labels[group] = GroupLabels(by, segment)
        return labels

    def write(self, without: frozenset[str]) -> None:
        """Make the lines of all group-bys but these. Once; the rows are forgotten."""
        blocks, self._blocks = self._blocks, {}
        # Sorted in one piece they would keep the interpreter from everybody for a tenth of a second.
        for block in sorted(blocks, key=_begin_of_keys):
            keys = blocks.pop(block)
            if block[2] in without:
                continue
            self._pace.step()
            keys.sort()
            for first in range(0, len(keys), _SLICE_ROWS):
                self._pace.step()
                self._write_slice(block, keys[first : first + _SLICE_ROWS])
        self._rows, self._labels = {}, {}

    def _write_slice(self, block: _Block, keys: Sequence[str]) -> None:
        definition = escaped(block[1])
        rows = [self._rows[key] for key in keys]
        texts = [
            (f"{at.before}{definition}", f'{at.after}{escaped(row["window"])}"}} ')
            for row in rows
            for at in (self._labels_of(row),)
        ]
        for gauge in _GAUGES[block[:2]]:
            if gauge.field == "oldest":
                since = self._since.setdefault(gauge.name, [])
                for (before, after), row in zip(texts, rows, strict=True):
                    since.append((f"{gauge.name}{before}{after}", since_us(row)))
                continue
            if text := _lines(gauge, texts, rows):
                self._parts.setdefault(gauge.name, []).append(text.encode())

    def parts(self, now_us: int, *, is_openmetrics: bool) -> Iterator[bytes]:
        """The families that have samples, in pieces; ``now_us``: until when waits have lasted."""
        for name, series in _FAMILIES.items():
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


def _begin_of_keys(block: _Block) -> str:
    return f"{'|'.join(block)}|"
