"""``python -m stream.metrics.reference`` prints METRICS.md, made from the registry alone, so that it cannot drift."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from stream.domain.buckets import BOUNDS_SECONDS
from stream.domain.histogram import RELATIVE_ERROR
from stream.domain.rowspec import RARE, RowKind, RowSpec
from stream.domain.segments import FIELDS
from stream.domain.subjects import subject_named
from stream.domain.timeline import READERS
from stream.domain.windows import COARSE_SECONDS, FINE_SECONDS, MIDDLE_SECONDS
from stream.metrics import BUILT_IN
from stream.metrics.gateway_series import ANSWERS, CONNECTION_REFUSALS, DELIVERIES, GATEWAY, HOOKS, PASSED
from stream.metrics.headlines import HEADLINES
from stream.metrics.http_series import HTTP, HTTP_REFUSALS
from stream.metrics.self_series import BUILD_INFO, PIPELINE, ROLLUP, SHARDS, WORKER
from stream.metrics.series import RETRACTIONS, ROW_LABELS, Series, additive_series, gauges_of
from stream.metrics.spec import Metric

_ROW_FIELDS: Final[dict[RowKind, str]] = {
    "duration": "count, sum, mean, quantiles.p50, .p90, .p99 (seconds; mean and quantiles null when count is 0)",
    "ratio": "count, numerator, denominator, value, low, high (95 % interval by Wilson; null when denominator is 0)",
    "balance": "count, numerator, subtrahend, denominator, value, low, high (-100 to 100; null when denominator is 0)",
    "mean": "count, sum, mean (null when count is 0)",
    "count": "count, value",
    "longest": "count, value, low, high (seconds; the longest lies above low and up to high; null when count is 0)",
    "staffing": "count (contacts offered), value, with_patience, answered, arrivals_per_hour, handle_seconds, "
    "patience_seconds, agents_busy, service_level_target, answer_within_seconds (null where it is not known)",
    "blend": "count (the fewest answers of a part), value, low, high (95 % interval), csat, nps, ces (parts, 0 to 1), "
    "csat_count, nps_count, ces_count, weights (null where there is no answer)",
    "distance": "count (answers), value (0 to 1), by_chance (expected of as many drawn blindly), population (what they "
    "are drawn from), segments (how many of them; value and by_chance null where count is 0)",
    "surge": "count (all of the window), value (latest / usual), latest (last 24 hours), usual (median of the days "
    "before in the window), days (how many these are; value and usual null where there is none, value where that is 0)",
    "level": "count, value, oldest (since when the oldest is in that state; null when there is none)",
}

LAST_ANSWERS: Final = """\
**The last answers**: beside the windows of time its rows have one of the newest `windows.last_answers` answers (100
unless set, 0: none), however long ago these were given: window `last_100`. It says how a group with few answers does,
and is as sure in each: 100 answers hold a share of 80 % to within 8 points at 95 %, and a group of a few answers a day
has as many in a month. An answer is as old as its survey's first one; of the same microsecond a fixed order decides.
One that is changed or taken back, or whose ticket is merged or removed, changes the row as if it had never been there:
an older one takes its place. Row: `answers`, how many there are, and `is_full`, whether as many as wanted;
`window_start` and `window_end` are the second of the oldest of them and the one behind the newest.
On `/metrics` it is there by default for `csat_top_two_box` only, of groups with at most one dimension.
"""

_GROUPS: Final = {
    0: "for `all`",
    1: "for `all`, `channel` and `team`",
    2: "for `all`, `channel`, `team` and `channel_team`",
}

_HEAD: Final = f"""\
# Metrics

Made by `python -m stream.metrics.reference` from the definitions in `stream/metrics/`; do not edit.

**Rows** go to the metrics topic (`support.metrics.v1`): one per metric, definition, group (`by`) and window, each with
`definition` as `name@version`, `segment`, `window_start`, `window_end`, `revision` and `watermark`. The **gauges** on
`/metrics` are the same rows. No data means no sample: a mean, ratio or percentile of nothing is absent (null in the
row), never 0; the number it would stand on is there as 0 for every group that is known.

**Labels of gauges**: `{", ".join(ROW_LABELS)}`. `by` names the group (`all`, `channel`, `team`, `priority`,
`channel_team`); labels that are not part of the group are empty. Choose one value of `by` before you add anything up.
`window` is `now` for levels. Series of a group that holds no data any more disappear.

**What is exported.** The topic and `/api` have all rows. On `/metrics` are those that each row below says under
*Exported*, of what is published, and all of a window that is none of `{"`, `".join(RARE)}`. That is what the
dashboards and the alert rules in `deploy` read. Section `export` of the settings chooses otherwise: windows, groups,
definitions, series. A metric has windows and groups of its own where its section `[metrics.<name>]` says so.

**Additive series** are counters and classic histograms by channel and team (`export.counters_by`). They count all that
was ever booked, survive restarts with the state, and never go back: what a later event takes back (a ticket reopened,
an answer changed) is counted in `{RETRACTIONS.name}`. Buckets (seconds): {", ".join(map(str, BOUNDS_SECONDS))}.

**Exactness.** Windows are made of whole panes: {FINE_SECONDS} s for windows up to 1 h, {MIDDLE_SECONDS // 60} min up to
24 h and for `today`, {COARSE_SECONDS // 3600} h beyond; a window ends at the end of the pane that holds now, and
`window_start` says where it begins. Counts and ratios are exact, spans to the microsecond.
Percentiles (p50, p90, p99) come from logarithmic bins and lie within {RELATIVE_ERROR:.0%} of the
sample at rank floor(q * (n - 1)).

**Time.** Everything is booked at event time, at the moment each definition names, whenever the event arrives.

**Variants** of a definition, of some channels, teams or priorities or by other knobs, are tables `[[variants]]` of the
settings; each has a definition `name@version`, rows, gauges and facts of its own. `deskpulse metrics` prints this page
with those of an installation, and with the metrics of installed packages.

**What is on.** All metrics are: whoever opens a board finds its numbers, and a metric is asked again only where
something that it reads has changed. The whole catalogue makes three to four rows of an event, and takes the core about
two thirds more than the first six metrics alone. What nobody looks at costs nothing with
`[metrics.<name>] enabled = false`.

**Readers** are what of a ticket's log a metric looks at, beside `routing`, `lifecycle` and `profile`, which all do;
**knobs** what of the definitions its facts depend on: where one is set otherwise, state is booked anew. **Stability**:
a definition keeps its meaning, a changed one is a new version (SECURITY.md); each row says what may move its number.

**Segments.** With `definitions.segment_of_facts = "now"` (the default) all facts of a ticket stand under the channel,
team and priority that the ticket has now: moved to another team, it takes its first response along. With `"then"` every
fact stands under those that held at the moment it is booked at: a first response stays with the team that gave it, a
resolution with the one that had the ticket then, an answer from the queue and a survey likewise. The queue's own team
goes before the ticket's in both. Levels (`now`) are about now in both.
"""


def reference(metrics: Sequence[Metric]) -> str:
    """The whole page, of these metrics."""
    parts = [_HEAD, "\n".join(_contents(metrics))]
    parts += ["\n".join(_metric(metric)) for metric in metrics]
    parts.append("\n".join(_headlines()))
    parts.append("\n".join(_own_series()))
    return "\n".join(parts)


def _contents(metrics: Sequence[Metric]) -> Iterator[str]:
    yield from _table(
        ("Metric", "Definition", "Kind", "Meaning"),
        (
            (f"[{spec.metric}](#{metric.name})", f"`{spec.definition_id}`", spec.kind, spec.help)
            for metric in metrics
            for spec in metric.rows
        ),
    )


def _metric(metric: Metric) -> Iterator[str]:
    yield f"## {metric.name}\n"
    yield _explanation(metric) + "\n"
    chosen = (
        ("windows", metric.windows),
        ("windows, beside those of all", metric.more_windows),
        ("groups", metric.group_bys),
    )
    for what, names in chosen:
        if names:
            yield f"Its {what}, unless `[metrics.{metric.name}]` says otherwise: {', '.join(names)}.\n"
    if metric.answers:
        yield LAST_ANSWERS
    yield f"Readers: {_readers(metric)}. Knobs: {_knobs(metric)}. Windows: {_windows(metric)}.\n"
    for spec in metric.rows:
        yield from _row(spec, metric)
    additive = [series for measure in metric.measures if (series := additive_series(measure)) is not None]
    if additive:
        yield "Additive series:\n"
        yield from _series_table(additive)
    if metric.fact_values:
        facts = ", ".join(f"`{key}` (value: {value})" for key, value in metric.fact_values.items())
        yield f"Facts, in `support.facts.v1`: {facts}.\n"


def _readers(metric: Metric) -> str:
    names = [f"`{name}`" for name, reader in READERS.items() if reader in metric.reads]
    return ", ".join(names) or "those of all"


def _knobs(metric: Metric) -> str:
    if metric.knobs is None:
        return "all"
    names = dict.fromkeys((*metric.knobs, *(knob for reader in metric.reads for knob in reader.knobs)))
    return ", ".join(f"`{name}`" for name in names) or "none"


def _windows(metric: Metric) -> str:
    if all(spec.kind == "level" for spec in metric.rows):
        return "`now`"
    own = ", ".join(f"`{name}`" for name in metric.windows) or "those of all"
    return f"{own}, and {', '.join(f'`{name}`' for name in metric.more_windows)}" if metric.more_windows else own


def _stability(spec: RowSpec, metric: Metric) -> str:
    if spec.kind == "level":
        return "as of now"
    moved = {name for measure in metric.measures if measure.overdue for name in (measure.name, measure.overdue)}
    if any(measure.name in moved for measure in spec.measures):
        return "moves by the clock, and with what is decided, until all of it is"
    if spec.is_decided_late:
        return "its newest are not decided yet, and count as if they never would be"
    if spec.levels or spec.kind == "staffing":
        return "moves with what its parts are now"
    return "as booked; later events of the same tickets may correct it"


def _explanation(metric: Metric) -> str:
    text = metric.explanation or sys.modules[metric.facts.__module__].__doc__ or ""
    return text.partition(">>>")[0].strip()


def _row(spec: RowSpec, metric: Metric) -> Iterator[str]:
    dimensions = subject_named(metric.subject).dimensions
    yield f"### {spec.metric}: `{spec.definition_id}`\n"
    yield f"{spec.help}. Kind: {spec.kind}. Booked {spec.booked}.\n"
    yield f"    {spec.formula}\n"
    yield f"Row: {_ROW_FIELDS[spec.kind]}.\n"
    names = ", ".join(_name(series, ROW_LABELS) for series in gauges_of(spec))
    instead = f", with the labels {', '.join(dimensions)} instead of {', '.join(FIELDS)}" if dimensions else ""
    yield f"Gauges: {names}{instead}.\n"
    yield f"Exported: {_exported(spec, dimensions)}. Stability: {_stability(spec, metric)}.\n"


def _exported(spec: RowSpec, dimensions: Sequence[str]) -> str:
    if spec.export is None:
        return "only where `export.definitions` names it"
    groups = f"for `all`, and by {', '.join(dimensions)}" if dimensions else _GROUPS[spec.export.most_dimensions]
    return groups if spec.kind == "level" else f"in the windows {', '.join(spec.export.windows)}; {groups}"


def _name(series: Series, usual: tuple[str, ...] = ()) -> str:
    more = [label for label in series.labels if label not in usual]
    return f"`{series.name}{{{','.join(more)}}}`" if more else f"`{series.name}`"


def _headlines() -> Iterator[str]:
    yield "## Headlines\n"
    yield "The numbers that have a target, in the order of the wallboard, which has a tile for each on these pages:\n"
    yield from _table(
        ("Headline", "Meaning", "Number", "Target", "Default", "Pages"),
        (
            (
                headline.title,
                headline.meaning,
                f"`{headline.field}` of `{headline.row.metric}` by `{headline.row.definition_id}`",
                f"at {'most' if headline.at_most else 'least'} `targets.{headline.setting}`"
                if headline.setting
                else "-",
                f"{headline.default:g}" if headline.default else "none",
                ", ".join(headline.pages),
            )
            for headline in HEADLINES
        ),
    )


def _own_series() -> Iterator[str]:
    yield "## Deskpulse itself\n"
    yield "From the worker that holds the roll-up, so that nothing is exported twice (`sum` over instances is safe):\n"
    yield from _series_table((*PIPELINE, RETRACTIONS))
    yield "From every worker, beside the usual `process_*`:\n"
    yield from _series_table((BUILD_INFO, *WORKER, *SHARDS, *HTTP, HTTP_REFUSALS))
    yield "From the worker that holds the roll-up, about the roll-up:\n"
    yield from _series_table(ROLLUP)
    yield "From every gateway (`deskpulse gateway`), hook by hook:\n"
    yield from _series_table((DELIVERIES, *HOOKS, PASSED, ANSWERS, *GATEWAY, CONNECTION_REFUSALS))


def _series_table(found: Iterable[Series]) -> Iterator[str]:
    yield from _table(("Series", "Type", "Meaning"), ((_name(series), series.type, series.help) for series in found))


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _line(head)
    yield _line(("---",) * len(head))
    for line in lines:
        yield _line(line)
    yield ""


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(reference(BUILT_IN))
