"""Series about Deskpulse itself, from the view (the pipeline as a whole) and from this worker's report."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any, Final, TypeAlias, cast

from msgspec.structs import replace
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stream import __version__
from stream.domain.labels import SHORTENINGS
from stream.domain.rejections import REASONS
from stream.domain.segments import Segment, group_labels
from stream.edge.serve.prometheus.target_samples import TargetSamples
from stream.edge.serve.served_worker import ServedWorker
from stream.metrics import abandonment
from stream.metrics.headlines import HEADLINES, Unit
from stream.metrics.self_series import (
    BENCHMARK_INFO,
    BENCHMARKS,
    BUILD_INFO,
    DEAD_LETTERS,
    EXITS_WITHOUT_WAIT,
    LABELS_SHORTENED,
    METRIC_INFO,
    RATIO_SPIKES,
    ROLLUP,
    SHARDS,
    SPIKES,
    TALLY,
    TARGET_MIN_SAMPLES,
    TARGETS,
    VIEW,
    WATERMARK,
    WORKER,
)
from stream.metrics.series import Series

Samples: TypeAlias = Sequence[tuple[tuple[str, ...], float | None]]
"""Label values and value; None gives no sample."""

_EXIT_MEASURES: Final = tuple((kind, measure.name) for kind, measure in abandonment.EXITS_WITHOUT_WAIT.items())
_UNITS: Final = {headline.name: headline.unit for headline in HEADLINES}
BUILD: Final = (__version__, platform.python_version(), version("faust-streaming"))


class PipelineSeries(Collector):
    """The pipeline as a whole; nothing on a worker that does not hold the roll-up."""

    def __init__(self, state: ServedWorker) -> None:
        self._state = state
        self._dimensions = state.settings.dimensions
        self._targets = TargetSamples(state.settings.targets.chosen, state.settings.dimensions)

    def collect(self) -> Iterator[Metric]:
        """Freshness, what became of the events, and what the metrics mean."""
        view = self._state.view
        if not view.now_us:
            return
        for series in (VIEW, WATERMARK):
            moment_us = getattr(view, series.field)
            if moment_us:
                yield family(series, [((), moment_us / 1e6)])
        for series in TALLY:
            yield family(series, [((), view.tally.get(series.field, 0))])
        dead: Samples = [((reason,), view.tally.get(f"dead_letters/{reason}", 0)) for reason in REASONS]
        yield family(DEAD_LETTERS, dead)
        shortened: Samples = [((kind,), view.tally.get(f"labels_shortened/{kind}", 0)) for kind in SHORTENINGS]
        yield family(LABELS_SHORTENED, shortened)
        strays: Samples = [
            ((kind,), sum(cells[name].count for cells in view.counters.values() if name in cells))
            for kind, name in _EXIT_MEASURES
        ]
        yield family(EXITS_WITHOUT_WAIT, strays)
        rows = self._state.settings.registry.rows
        meanings: Samples = [((spec.metric, spec.definition_id, spec.kind, spec.formula), 1) for spec in rows]
        yield family(METRIC_INFO, meanings)
        for series in TARGETS:
            yield from _unless_empty(
                self._with_dimensions(series), self._targets.samples(view, cast(Unit, series.field))
            )
        yield family(TARGET_MIN_SAMPLES, [((), self._state.settings.targets.min_samples)])
        known = self._state.settings.chosen_benchmarks
        for series in BENCHMARKS:
            of_unit: Samples = [
                ((one.name, one.headline), one.value) for one in known if _UNITS[one.headline] == series.field
            ]
            yield from _unless_empty(series, of_unit)
        yield from _unless_empty(BENCHMARK_INFO, [((one.name, one.headline, one.source), 1) for one in known])
        for series in SPIKES:
            seen: Samples = [
                (self._group_labels(by, group), getattr(signal, series.field))
                for (by, group), signal in sorted(view.spikes.items())
            ]
            yield from _unless_empty(self._with_dimensions(series), seen)
        for series in RATIO_SPIKES:
            of_ratios: Samples = [
                ((name, *self._group_labels(by, group)), getattr(signal, series.field))
                for (name, by, group), signal in sorted(view.ratio_spikes.items())
            ]
            yield from _unless_empty(self._with_dimensions(series), of_ratios)

    def _group_labels(self, by: str, group: Segment) -> tuple[str, ...]:
        labels = group_labels(by, group)
        return (by, *(labels.get(name, "") for name in self._dimensions))

    def _with_dimensions(self, series: Series) -> Series:
        return replace(series, labels=series.labels_by(self._dimensions))


class WorkerSeries(Collector):
    """One worker: its shards, its roll-up, and that it lives."""

    def __init__(self, state: ServedWorker, build: Sequence[str] = BUILD) -> None:
        self._state = state
        self._build = tuple(build)

    def collect(self) -> Iterator[Metric]:
        """The worker's last report."""
        report = self._state.report
        yield family(BUILD_INFO, [(self._build, 1)])
        for series in WORKER:
            yield family(series, [((), _number(series, report))])
        for series in SHARDS:
            samples: Samples = [((str(shard.partition),), _number(series, shard)) for shard in report.shards]
            yield from _unless_empty(series, samples)
        for series in ROLLUP:
            samples = [((), _number(series, report.rollup))] if report.rollup is not None else []
            yield from _unless_empty(series, samples)


def _number(series: Series, source: Any) -> float | None:
    value: float | None = getattr(source, series.field)
    return value / 1e6 if value is not None and series.field.endswith("_us") else value


def _unless_empty(series: Series, samples: Samples) -> Iterator[Metric]:
    if any(value is not None for _, value in samples):
        yield family(series, samples)


def family(series: Series, samples: Samples) -> Metric:
    """``series`` with ``samples`` as the client library has it; None is no sample."""
    kind = CounterMetricFamily if series.type == "counter" else GaugeMetricFamily
    family = kind(series.name, series.help, labels=series.labels)
    for labels, value in samples:
        if value is not None:
            family.add_metric(labels, value)
    return family
