"""Queries about Deskpulse itself: how old the numbers are, what became of the events, how the workers do."""

from __future__ import annotations

from typing import Final

from deploy.grafana.source.judgement import judged, state
from deploy.grafana.source.promql import increase, newest, none_yet, rate, selected

_JOB: Final = 'job="deskpulse"'

VIEW_AGE: Final = "deskpulse:pipeline:view_age_seconds:min"
WATERMARK_AGE: Final = "deskpulse:pipeline:watermark_age_seconds:min"
LAG: Final = "deskpulse:pipeline:lag_events:sum"
EVENTS_PER_SECOND: Final = "deskpulse:pipeline:events:rate1m"
DEAD_LETTERS: Final = "deskpulse:pipeline:dead_letters:increase15m"
DEAD_LETTERS_BY_REASON: Final = "increase(deskpulse:reason:dead_letters:last1m[15m])"

LAG_BY_PARTITION: Final = newest("deskpulse_shard_lag_events", keep=("partition",))
COMMIT_BY_PARTITION: Final = newest("deskpulse_shard_last_transaction_seconds", keep=("partition",))
TICKETS_BY_PARTITION: Final = newest("deskpulse_shard_tickets", keep=("partition",))
PANES_BY_PARTITION: Final = newest("deskpulse_shard_panes", keep=("partition",))
ROLLUP_COMMIT: Final = newest("deskpulse_rollup_last_transaction_seconds")
SHARD_COMMITS: Final = f"sum({rate('deskpulse_shard_transactions_total', keep=('partition',))})"
ROLLUP_COMMITS: Final = rate("deskpulse_rollup_transactions_total")
ROWS_PER_SECOND: Final = rate("deskpulse_rollup_published_rows_total")

# One sample for each worker, so adding them up is right: these are not the numbers of the roll-up.
WORKERS_UP: Final = f"sum({selected('up', _JOB)})"
WORKERS_KNOWN: Final = f"count({selected('up', _JOB)})"
WORKERS_READY: Final = "sum(deskpulse_worker_ready)"
ROLLUP_OWNERS: Final = "sum(deskpulse_worker_is_rollup_owner)"
WORKER_UP: Final = selected("up", _JOB)
WORKER_SHARDS: Final = "deskpulse_worker_shards"
WORKER_REBALANCES: Final = "increase(deskpulse_worker_rebalances_total[5m])"
LOOP_BEAT_AGE: Final = "time() - deskpulse_worker_loop_beat_timestamp_seconds"
CONSUMER_BEAT_AGE: Final = "time() - deskpulse_worker_consumer_beat_timestamp_seconds"
WORKER_MEMORY: Final = selected("process_resident_memory_bytes", _JOB)
WORKER_CPU: Final = f"rate({selected('process_cpu_seconds_total', _JOB)}[$__rate_interval])"

WORKER_BUILDS: Final = "max by (instance, version, python, faust) (deskpulse_build_info)"
DEFINITIONS: Final = "max by (metric, definition, kind, formula) (deskpulse_metric_info)"

_ODD_EVENTS: Final = {
    "Late": "deskpulse_pipeline_late_total",
    "Too late for windows": "deskpulse_pipeline_too_late_for_windows_total",
    "Duplicate": "deskpulse_pipeline_duplicates_total",
    "Same id, other content": "deskpulse_pipeline_conflicts_total",
    "Unknown type": "deskpulse_pipeline_unknown_types_total",
    "Wrong partition": "deskpulse_pipeline_misrouted_total",
    "Gap in a topic": "deskpulse_pipeline_gaps_total",
}


def judged_limit(value: str, limit: str) -> str:
    """``value``, one sample, with the state it is in at most ``limit`` (a variable) as label ``state``."""
    plain = f"max({value})"
    return judged(plain, state(plain, f"${limit}", at_most=True))


def odd_events() -> dict[str, str]:
    """What was noticed about events in the last five minutes, by name."""
    return {name: increase(series, span="5m") for name, series in _ODD_EVENTS.items()}


def facts_taken_back() -> str:
    """Facts a second that a later event changed, by measure; "none" until the first is.

    Each sample is of another segment, so none is counted twice.
    """
    counted = rate("deskpulse_retractions_total", keep=("measure", "channel", "team", "priority"))
    none = f'label_replace({none_yet()}, "measure", "none", "", "")'
    return f"sum by (measure) ({counted}) or ({none} unless on () deskpulse_retractions_total)"


def spikes(part: str) -> str:
    """``severity``, ``observed_ratio`` or ``expected_ratio`` of every group that is judged."""
    return f"max by (by, channel, team) (deskpulse:segment:abandonment_spike_{part}:last1m)"


def firing_alerts() -> str:
    """A sample for each alert that fires; one that says "none" when none does and Prometheus has the rules."""
    firing = 'ALERTS{alertstate="firing"}'
    calm = 'label_replace(deskpulse:pipeline:target_min_samples:last1m, "alertname", "none", "", "")'
    return f"max by (alertname, severity, layer, by, channel, team) ({firing} or ({calm} unless on () {firing}))"
