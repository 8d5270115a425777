"""What Deskpulse says of itself: series of the pipeline as a whole, of this worker, of its shards and its roll-up.

Those of the pipeline come from the worker that holds the roll-up and from no other, so no number is there twice.
"""

from __future__ import annotations

from typing import Final

from stream.domain.segments import FIELDS
from stream.metrics.series import PREFIX, Series, SeriesType


def _series(name: str, kind: SeriesType, text: str, field: str = "", labels: tuple[str, ...] = ()) -> Series:
    return Series(PREFIX + name, kind, labels, text, field)


WATERMARK: Final = _series(
    "watermark_timestamp_seconds",
    "gauge",
    "Event time up to which the events of all partitions have been counted.",
    "watermark_us",
)
VIEW: Final = _series("view_timestamp_seconds", "gauge", "Moment that the exported numbers stand for.", "now_us")
METRIC_INFO: Final = _series(
    "metric_info",
    "gauge",
    "Definition and formula of every metric; 1.",
    labels=("metric", "definition", "kind", "formula"),
)

TALLY: Final = (
    _series("pipeline_events_total", "counter", "Events counted.", "events"),
    _series("pipeline_duplicates_total", "counter", "Events that had been counted already.", "duplicates"),
    _series(
        "pipeline_conflicts_total", "counter", "Events with the id of another event but other content.", "conflicts"
    ),
    _series("pipeline_unknown_types_total", "counter", "Events of a type that is not counted here.", "unknown_types"),
    _series(
        "pipeline_late_total",
        "counter",
        "Events counted that were dated more than pipeline.late_after_seconds behind the newest of their topic and "
        "partition.",
        "late",
    ),
    _series(
        "pipeline_too_late_for_windows_total",
        "counter",
        "Facts of events so late that no window keeps their time any more; the counters have them, the windows not.",
        "too_late_for_windows",
    ),
    _series(
        "pipeline_gaps_total",
        "counter",
        "Times that a partition of a source topic had been deleted up to beyond what was read, ended before it, or was "
        "another topic, created anew.",
        "gaps",
    ),
    _series(
        "pipeline_unread_records_total",
        "counter",
        "Records of batches that could not be read: too large when decompressed, or damaged. Each batch is one dead "
        "letter.",
        "unread_records",
    ),
    _series(
        "pipeline_not_kept_total",
        "counter",
        "Messages of tickets that have limits.max_events_per_ticket events, and statuses said again of those that have "
        "five times as many: counted here, and not kept.",
        "not_kept",
    ),
    _series(
        "pipeline_statements_not_kept_total",
        "counter",
        "Tickets and answers of customers that have limits.max_events_per_ticket already: most likely an id that "
        "stands for everybody who is not known.",
        "statements_not_kept",
    ),
    _series(
        "pipeline_forgotten_total",
        "counter",
        "Events of customers that are to be forgotten, which came after the request: nothing is kept of them.",
        "forgotten",
    ),
    _series(
        "pipeline_subject_clashes_total",
        "counter",
        "Tickets created again by another source: most likely two tickets with one id, whose ids need a prefix.",
        "subject_clashes",
    ),
    _series(
        "pipeline_dead_letters_unwritten_total",
        "counter",
        "Dead letters that are counted and not written: more than dead_letters.max_per_minute.",
        "dead_letters_unwritten",
    ),
    _series(
        "pipeline_internal_errors_total",
        "counter",
        "Exceptions in decoding or counting an event; the event is a dead letter, all others are counted.",
        "internal_errors",
    ),
    _series(
        "pipeline_misrouted_total", "counter", "Events found in another partition than their key says.", "misrouted"
    ),
)
"""``field``: name in the tally of the shards, which is stored with the state, so these survive restarts."""

DEAD_LETTERS: Final = _series(
    "pipeline_dead_letters_total", "counter", "Events that could not be used, by reason.", labels=("reason",)
)

LABELS_SHORTENED: Final = _series(
    "pipeline_labels_shortened_total",
    "counter",
    "Names of channels, teams and priorities in events that were cut to 64 characters (cut), or replaced as they held "
    "an e-mail address (redacted).",
    labels=("kind",),
)
EXITS_WITHOUT_WAIT: Final = _series(
    "pipeline_exits_without_wait_total",
    "counter",
    "Exits from a queue that ended no wait and are no contact of their own, by kind: hand-overs, what a second system "
    "says.",
    labels=("kind",),
)

BUILD_INFO: Final = _series(
    "build_info", "gauge", "Version of Deskpulse and of what it runs on; 1.", labels=("version", "python", "faust")
)

WORKER: Final = (
    _series("worker_ready", "gauge", "1 while this worker holds loaded state and lags little.", "ready"),
    _series("worker_shards", "gauge", "Shards this worker holds.", "shard_count"),
    _series("worker_is_rollup_owner", "gauge", "1 on the worker that holds the numbers of all.", "is_rollup_owner"),
    _series("worker_rebalances_total", "counter", "Assignments received from the consumer group.", "rebalances_total"),
    _series("worker_loop_beat_timestamp_seconds", "gauge", "When the worker's event loop was last alive.", "made_us"),
    _series("worker_consumer_beat_timestamp_seconds", "gauge", "When the consumer last fetched.", "consumer_beat_us"),
    _series(
        "worker_loop_gap_seconds",
        "gauge",
        "Longest time in the last minute that the worker's event loop was away from all but one thing.",
        "loop_gap_seconds",
    ),
    _series(
        "worker_wrong_topics",
        "gauge",
        "Topics that no worker can work with as they are: missing, or with another number of partitions than expected.",
        "wrong_topics",
    ),
    _series("worker_clock_jumps_total", "counter", "Jumps of the machine's clock.", "clock_jumps_total"),
    _series(
        "worker_clock_ahead_seconds",
        "gauge",
        "How far the machine's clock is ahead of the time that the worker goes by; not about 0: it has jumped, and is "
        "not believed yet.",
        "clock_ahead_us",
    ),
    _series("worker_loop_gaps_total", "counter", "Times that it was away for more than 50 ms.", "loop_gaps_total"),
)

_SHARD: Final = ("partition",)
SHARDS: Final = (
    _series("shard_ready", "gauge", "1 once the state of the shard is loaded.", "ready", _SHARD),
    _series("shard_lag_events", "gauge", "Events in the source topics not folded yet.", "lag_events", _SHARD),
    _series("shard_tickets", "gauge", "Tickets in the state of the shard, once it is loaded.", "tickets", _SHARD),
    _series("shard_panes", "gauge", "Panes in the state of the shard, once it is loaded.", "panes", _SHARD),
    _series("shard_loaded_rows", "gauge", "Changelog rows read when the shard was taken over.", "loaded_rows", _SHARD),
    _series(
        "shard_other_bookings_total",
        "counter",
        "Bookings of segments beyond limits.max_segments, which count as 'other'.",
        "other_bookings_total",
        _SHARD,
    ),
    _series(
        "shard_transactions_total", "counter", "Transactions committed since take-over.", "transactions_total", _SHARD
    ),
    _series(
        "shard_last_transaction_seconds",
        "gauge",
        "Time the last transaction took.",
        "last_transaction_seconds",
        _SHARD,
    ),
    _series(
        "shard_full_transactions_total",
        "counter",
        "Times that reading waited for a transaction, as pipeline.max_transaction_rows or _bytes was reached.",
        "full_transactions_total",
        _SHARD,
    ),
    _series(
        "shard_rebooking_tickets",
        "gauge",
        "Tickets that are still to be booked anew, as the state was made under other settings.",
        "rebooking_tickets",
        _SHARD,
    ),
)

ROLLUP: Final = (
    _series("rollup_ready", "gauge", "1 once the roll-up is loaded, and its numbers go on.", "ready"),
    _series(
        "rollup_published_rows_total",
        "counter",
        "Metric rows written to their topic since take-over.",
        "published_rows_total",
    ),
    _series("rollup_transactions_total", "counter", "Transactions committed since take-over.", "transactions_total"),
    _series("rollup_last_transaction_seconds", "gauge", "Time the last transaction took.", "last_transaction_seconds"),
    _series(
        "rollup_groups", "gauge", "Combinations of channel, team and priority with numbers of their own.", "groups"
    ),
    _series(
        "rollup_waiting_metrics",
        "gauge",
        "Metrics whose rows stay as they are, as not all partitions are counted under the same settings yet.",
        "waiting_metrics",
    ),
    _series(
        "pipeline_groups_refused_total",
        "counter",
        "Combinations counted as 'other' since take-over, as limits.max_groups or new_groups_per_minute was reached.",
        "groups_refused_total",
    ),
)

_TARGET: Final = ("metric", "by", *FIELDS)
_OWN: Final = (
    '; by="all" holds for every group that has no sample of its own (none: no target), 0 is no target in that group '
    "alone."
)
TARGETS: Final = (
    _series("target_ratio", "gauge", f"Ratio that the metric should reach or stay below{_OWN}", "ratio", _TARGET),
    _series(
        "target_seconds",
        "gauge",
        f"Seconds that the metric should stay within{_OWN}",
        "seconds",
        _TARGET,
    ),
    _series("target_count", "gauge", f"Number that the metric should not exceed{_OWN}", "count", _TARGET),
    _series("target_points", "gauge", f"Points of -100 to 100 that the metric should reach{_OWN}", "points", _TARGET),
)
"""``field``: the unit of the targets it shows."""

_BENCHMARK: Final = ("benchmark", "metric")
BENCHMARKS: Final = (
    _series("benchmark_ratio", "gauge", "Ratio that others reach, see deskpulse_benchmark_info.", "ratio", _BENCHMARK),
    _series("benchmark_seconds", "gauge", "Seconds that others need.", "seconds", _BENCHMARK),
    _series("benchmark_count", "gauge", "Number that others have.", "count", _BENCHMARK),
    _series("benchmark_points", "gauge", "Points of -100 to 100 that others reach.", "points", _BENCHMARK),
    _series("benchmark_money", "gauge", "Amount in customers.currency that others have.", "money", _BENCHMARK),
)
"""``field``: the unit of the benchmarks it shows."""

BENCHMARK_INFO: Final = _series(
    "benchmark_info", "gauge", "Where a benchmark was read; 1.", labels=(*_BENCHMARK, "source")
)

TARGET_MIN_SAMPLES: Final = _series(
    "target_min_samples", "gauge", "Samples that a window needs before its number is judged."
)

_GROUP: Final = ("by", *FIELDS)
SPIKES: Final = (
    _series(
        "abandonment_spike_severity",
        "gauge",
        "Alert of the group: 0 none, 1 warning, 2 critical. Absent while too few contacts come to judge it.",
        "severity",
        _GROUP,
    ),
    _series(
        "abandonment_spike_observed_ratio",
        "gauge",
        "Share of contacts abandoned in the last half hour; while an alert fires, since its onset.",
        "observed",
        _GROUP,
    ),
    _series(
        "abandonment_spike_expected_ratio",
        "gauge",
        "Share of contacts that usually abandon at this hour; while an alert fires, when it fired.",
        "expected",
        _GROUP,
    ),
    _series(
        "abandonment_spike_has_baseline",
        "gauge",
        "1: contacts of this hour of the days before are known; 0: no baseline yet, so an alert is a warning at most.",
        "has_baseline",
        _GROUP,
    ),
)
"""``field``: that of the detector's signal."""

_RATIO: Final = ("ratio", *_GROUP)
RATIO_SPIKES: Final = (
    _series(
        "ratio_spike_severity",
        "gauge",
        "Alert of a ratio of alerts.ratios in the group: 0 none, 1 warning, 2 critical. Absent while too few count to "
        "judge it.",
        "severity",
        _RATIO,
    ),
    _series(
        "ratio_spike_observed_ratio",
        "gauge",
        "Share of bad ones in the look-back; while an alert fires, since its onset.",
        "observed",
        _RATIO,
    ),
    _series(
        "ratio_spike_expected_ratio",
        "gauge",
        "Share of bad ones that is usual, at most; while an alert fires, when it fired.",
        "expected",
        _RATIO,
    ),
)
"""The same of the ratios that the settings name."""

SAMPLES_LEFT_OUT: Final = _series(
    "metrics_samples_left_out",
    "gauge",
    "Samples that this page has no room for (http.max_metrics_samples), by group-by; counters: those of the counters.",
    labels=("by",),
)

PIPELINE: Final = (
    WATERMARK,
    VIEW,
    METRIC_INFO,
    *TARGETS,
    TARGET_MIN_SAMPLES,
    *BENCHMARKS,
    BENCHMARK_INFO,
    *SPIKES,
    *RATIO_SPIKES,
    *TALLY,
    DEAD_LETTERS,
    LABELS_SHORTENED,
    EXITS_WITHOUT_WAIT,
    SAMPLES_LEFT_OUT,
)
"""All series that only the worker with the roll-up exports, beside the metrics."""
