"""Lines of the page as the client library writes them, for the many that it would be too slow for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from prometheus_client.utils import floatToGoString

from stream.domain.segments import FIELDS
from stream.metrics.series import Series

LONG_LABELS_BYTES: Final = 256
"""Labels of a group that are longer count as several samples: what is bounded is the page."""


def number(value: float) -> str:
    """A value of a sample."""
    text = repr(float(value))
    # Large numbers, and what is none, are written in Go's way: the point is far to the right, or missing.
    return text if 0 < text.find(".") <= 6 else str(floatToGoString(value))


def escaped(text: str) -> str:
    """The value of a label."""
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def heading(series: Series, *, is_openmetrics: bool) -> bytes:
    """What stands before the samples of a family."""
    name = series.name
    text = series.help.replace("\\", r"\\").replace("\n", r"\n")
    if is_openmetrics:
        text = text.replace('"', r"\"")
        if series.type == "counter":
            name = name.removesuffix("_total")
    return f"# HELP {name} {text}\n# TYPE {name} {series.type}\n".encode()


class GroupLabels:
    """Labels of one group, which stand around those of a row.

    ``samples_each``: how many samples one sample with these labels counts as.
    """

    __slots__ = ("after", "before", "samples_each")

    def __init__(self, by: str, segment: Mapping[str, str], dimensions: Sequence[str] = FIELDS) -> None:
        ordered = sorted(dimensions)
        before = _labels(segment, [name for name in ordered if name < "definition"])
        after = _labels(segment, [name for name in ordered if name > "definition"])
        self.before = f'{{by="{escaped(by)}",{before}definition="'
        self.after = f'",{after}window="'
        self.samples_each = samples_each(self.before, self.after)


class SegmentLabels:
    """Labels of one segment, with one more between them: ``le`` or ``measure``."""

    __slots__ = ("after", "before", "samples_each")

    def __init__(self, segment: Mapping[str, str], dimensions: Sequence[str] = FIELDS) -> None:
        ordered = sorted(dimensions)
        # One of them ends the list: OpenMetrics has no comma behind the last label.
        first = min(sum(name < "le" for name in ordered), len(ordered) - 1)
        self.before = f"{{{_labels(segment, ordered[:first])}"
        self.after = f"{_labels(segment, ordered[first:]).removesuffix(',')}}} "
        self.samples_each = samples_each(self.before, self.after)


def _labels(segment: Mapping[str, str], names: Sequence[str]) -> str:
    return "".join([f'{name}="{escaped(segment.get(name, ""))}",' for name in names])


def samples_each(*labels: str) -> int:
    """How many samples one with these labels counts as: one, unless they are very long."""
    return 1 + sum(len(label.encode()) for label in labels) // LONG_LABELS_BYTES
