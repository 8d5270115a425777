"""Panels that say whether the numbers can be trusted: their age, and which alerts fire."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.source.frames import Frame, Query
from deploy.grafana.source.judgement import AGE_WORDS
from deploy.grafana.source.links import Link, readiness, runbooks
from deploy.grafana.source.panels import figures, tile
from deploy.grafana.source.pipeline_queries import VIEW_AGE, WATERMARK_AGE, judged_limit
from deploy.grafana.source.queries import alerts_firing
from deploy.grafana.source.variables import Variable, limit

_STALE: Final = (*runbooks(["MetricsStale"]), readiness())


def age_limits(*, hidden: bool) -> tuple[Variable, ...]:
    """Limits of the two ages, in seconds, as the alert MetricsStale has them."""
    return (
        limit("view_age_limit", "Old over, s", "30", hidden=hidden),
        limit("watermark_age_limit", "Behind over, s", "60", hidden=hidden),
    )


def numbers_age() -> stat.Panel:
    """How long ago the moment is that the numbers stand for."""
    frame = Frame(
        title="Age of the numbers",
        description="How long ago the moment is that all numbers here stand for. Old numbers are not those of now.",
        unit="s",
        no_data="No worker exports numbers",
        links=_STALE,
    )
    return tile(frame, judged_limit(VIEW_AGE, "view_age_limit"), AGE_WORDS)


def events_age() -> stat.Panel:
    """How far behind the counting of events is."""
    frame = Frame(
        title="Events counted up to, ago",
        description="Up to how long ago the events of all partitions have been counted (the watermark).",
        unit="s",
        no_data="No worker exports numbers",
        links=_STALE,
    )
    return tile(frame, judged_limit(WATERMARK_AGE, "watermark_age_limit"), AGE_WORDS)


def alert_count(title: str, description: str, links: tuple[Link, ...], *matchers: str) -> stat.Panel:
    """Alerts that fire, critical ones and warnings; matchers of ``ALERTS`` choose which."""
    frame = Frame(title=title, description=description, unit="none", no_data="Prometheus has no rules", links=links)
    severities = {"critical": "dark-red", "warning": "dark-orange"}
    panel = figures(
        frame, [Query(alerts_firing(f'severity="{name}"', *matchers), name) for name in severities]
    ).color_mode(looks.BigValueColorMode.VALUE)
    for name, colour in severities.items():
        steps = [models.Threshold(color="text"), models.Threshold(value=1, color=colour)]
        config = dashboards.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps).build()
        panel.override_by_name(name, [models.DynamicConfigValue("thresholds", config)])
    return panel
