"""Panels about the workers, and the alerts of all layers."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import stat, table, timeseries

from deploy.grafana.source import pipeline_queries as queries
from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.freshness_panels import alert_count
from deploy.grafana.source.indicators import DESK_ALERTS
from deploy.grafana.source.links import Link, readiness, runbooks
from deploy.grafana.source.panels import Column, figures, grid, lines

_PIPELINE_ALERTS: Final = (
    "WorkerDown",
    "MetricsStale",
    "TopicsUnusable",
    "ConsumerLag",
    "DeadLettersRising",
    "EventsLost",
    "InternalErrors",
    "LoopGap",
    "GroupsRefused",
    "SamplesLeftOut",
)
_DOWN: Final = (*runbooks(["WorkerDown"]), readiness())
_SLOW: Final = (*runbooks(["ConsumerLag"]), readiness())


def _frame(
    title: str, description: str, unit: str, links: tuple[Link, ...], no_data: str = "No worker answers"
) -> Frame:
    return Frame(title=title, description=description, unit=unit, no_data=no_data, links=links)


def workers() -> stat.Panel:
    """How many workers there are."""
    frame = _frame(
        "Workers",
        "Up: answers Prometheus. Ready: state loaded, little lag. Exactly one holds the numbers of all.",
        "none",
        _DOWN,
        "No worker is known",
    )
    return figures(
        frame,
        [
            Query(queries.WORKERS_UP, "up"),
            Query(queries.WORKERS_KNOWN, "known"),
            Query(queries.WORKERS_READY, "ready"),
            Query(queries.ROLLUP_OWNERS, "hold the numbers"),
        ],
    )


def alerts() -> stat.Panel:
    """How many alerts about Deskpulse itself fire."""
    return alert_count(
        "Pipeline alerts firing", "Alerts about Deskpulse itself.", runbooks(_PIPELINE_ALERTS), 'layer="pipeline"'
    )


def up() -> timeseries.Panel:
    """Which worker was up when."""
    frame = _frame("Worker up", "1 while the worker answers Prometheus, 0 while it does not.", "none", _DOWN)
    return lines(frame, [Query(queries.WORKER_UP, "{{instance}}")])


def commit_time() -> timeseries.Panel:
    """How long transactions take."""
    frame = _frame("Time of a transaction", "The last one of each shard and of the roll-up.", "s", _SLOW)
    return lines(
        frame, [Query(queries.COMMIT_BY_PARTITION, "shard {{partition}}"), Query(queries.ROLLUP_COMMIT, "roll-up")]
    )


def commits() -> timeseries.Panel:
    """How many transactions are committed."""
    frame = _frame("Transactions a second", "Of all shards, and of the roll-up.", "cps", _SLOW)
    return lines(frame, [Query(queries.SHARD_COMMITS, "shards"), Query(queries.ROLLUP_COMMITS, "roll-up")])


def beats() -> timeseries.Panel:
    """Since when parts of a worker have been silent."""
    frame = _frame("Last sign of life", "How long ago the event loop was alive, and the consumer fetched.", "s", _SLOW)
    return lines(
        frame,
        [Query(queries.LOOP_BEAT_AGE, "loop {{instance}}"), Query(queries.CONSUMER_BEAT_AGE, "consumer {{instance}}")],
    )


def shards() -> timeseries.Panel:
    """How the shards are shared out."""
    frame = _frame("Shards by worker", "Together they hold as many as there are partitions.", "none", _DOWN)
    return lines(frame, [Query(queries.WORKER_SHARDS, "{{instance}}")], stacked=True)


def rebalances() -> timeseries.Panel:
    """How often the shards were shared out anew."""
    frame = _frame("Rebalances, 5 min", "Times that a worker was given its partitions anew.", "short", _DOWN)
    return lines(frame, [Query(queries.WORKER_REBALANCES, "{{instance}}")])


def state_size() -> timeseries.Panel:
    """What the shards hold in memory."""
    frame = _frame("State by partition", "Tickets and panes that each shard keeps.", "short", (readiness(),))
    return lines(
        frame,
        [
            Query(queries.TICKETS_BY_PARTITION, "tickets, {{partition}}"),
            Query(queries.PANES_BY_PARTITION, "panes, {{partition}}"),
        ],
    )


def memory() -> timeseries.Panel:
    """Resident memory."""
    frame = _frame("Memory", "Resident memory of each worker.", "bytes", (readiness(),))
    return lines(frame, [Query(queries.WORKER_MEMORY, "{{instance}}")])


def cpu() -> timeseries.Panel:
    """Processor time."""
    frame = _frame("CPU", "Cores that each worker keeps busy.", "short", _SLOW)
    return lines(frame, [Query(queries.WORKER_CPU, "{{instance}}")])


def firing() -> table.Panel:
    """The alerts that fire, one by one."""
    frame = _frame(
        "Alerts firing",
        "All alerts that fire now; none: the rules are there and nothing is wrong.",
        "none",
        runbooks((*_PIPELINE_ALERTS, *DESK_ALERTS)),
        "Prometheus has no rules",
    )
    labels = {
        "alertname": "Alert",
        "severity": "Severity",
        "layer": "Layer",
        "by": "Group by",
        "channel": "Channel",
        "team": "Team",
    }
    return grid(frame, labels, [Column("Value", queries.firing_alerts(), "none")], hide=["Value"])


def builds() -> table.Panel:
    """What runs where."""
    frame = _frame("Builds", "Version of each worker, and of what it runs on.", "none", (readiness(),))
    labels = {"instance": "Worker", "version": "Deskpulse", "python": "Python", "faust": "Faust"}
    return grid(frame, labels, [Column("Value", queries.WORKER_BUILDS, "none")], hide=["Value"])
