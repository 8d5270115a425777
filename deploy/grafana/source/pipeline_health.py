"""Pipeline health: can the numbers be trusted, and where is the trouble. For whoever runs Deskpulse."""

from __future__ import annotations

from typing import Final

from deploy.grafana.source import event_panels, worker_panels
from deploy.grafana.source.boards import Board
from deploy.grafana.source.freshness_panels import age_limits, events_age, numbers_age
from deploy.grafana.source.layout import Heading, Shelf
from deploy.grafana.source.variables import datasource, limit, urls

BOARD: Final = Board(
    name="pipeline-health",
    title="Deskpulse: pipeline health",
    description="How old the numbers are, what became of the events, how the workers do, which alerts fire.",
    span="1h",
    refresh="10s",
    variables=[
        datasource(),
        *age_limits(hidden=False),
        limit("lag_limit", "Lag over, events", "1000"),
        limit("dead_letters_limit", "Dead letters over", "10"),
        *urls(),
    ],
    shelves=[
        Shelf(
            4,
            [
                numbers_age(),
                events_age(),
                event_panels.lag_total(),
                event_panels.dead_letters_total(),
                worker_panels.workers(),
                worker_panels.alerts(),
            ],
        ),
        Heading("Events"),
        Shelf(8, [event_panels.ages(), event_panels.events_per_second(), event_panels.lag_by_partition()]),
        Shelf(8, [event_panels.dead_letters(), event_panels.odd_events(), event_panels.taken_back()]),
        Heading("Workers"),
        Shelf(8, [worker_panels.up(), worker_panels.commit_time(), worker_panels.commits()]),
        Shelf(8, [worker_panels.beats(), worker_panels.shards(), worker_panels.rebalances()]),
        Shelf(8, [worker_panels.state_size(), worker_panels.memory(), worker_panels.cpu()]),
        Heading("Alerts, spikes, definitions"),
        Shelf(9, [worker_panels.firing(), event_panels.spikes()]),
        Shelf(9, [event_panels.definitions(), worker_panels.builds()]),
    ],
)
