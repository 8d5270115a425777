"""Variables of the dashboards, each made the same way wherever it appears."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.source.indicators import Indicator
from deploy.grafana.source.links import DEFAULT_RUNBOOKS_URL, DEFAULT_WORKER_URL
from deploy.grafana.source.targets import min_samples_query, target_name, target_query, target_unit

Variable: TypeAlias = Builder[models.VariableModel]

DATASOURCE_UID: Final = "deskpulse-prometheus"
"""Of the data source in ``provisioning/``; the dashboards begin with it, and can be pointed at another."""

INSTALLATION: Final = "installation"
DATASOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")

_HIDDEN: Final = models.VariableHide.HIDE_VARIABLE
# The value after the labels, in what Grafana makes of a sample: {a="b"} 80 1760000000000
_SAMPLE_VALUE: Final = r"/ ([^ ]+) /"


def datasource() -> Variable:
    """Which Prometheus."""
    current = models.VariableOption(text="Prometheus", value=DATASOURCE_UID)
    return builders.DatasourceVariable("datasource").label("Data source").type("prometheus").current(current)


def installation() -> Variable:
    """Which of several installations; empty where Prometheus gives them no label (targets/workers.yml)."""
    return _query(INSTALLATION, "Installation", 'label_values(up{job="deskpulse"}, installation)')


def group_choice() -> tuple[Variable, ...]:
    """``by`` (all, channel, team), the one ``group`` of it, and what a URL needs before its name."""
    by = _custom("by", "Show", {"All contacts": "all", "One channel": "channel", "One team": "team"}, "all")
    group = _query("group", "Which", 'label_values(deskpulse_open_tickets{by="$by"}, $by)')
    # A URL for all contacts must not name a group, and Grafana's URLs know no condition.
    parameter = 'query_result(label_replace(vector(1), "parameter", "&$by=", "", ""))'
    return by, group, _query("group_parameter", "", parameter, hidden=True).regex('/"(&(?:channel|team)=)"/')


def team_choice() -> tuple[Variable, ...]:
    """``team``, and ``channel``: one or more of the team's channels."""
    channels = _query(
        "channel",
        "Channel",
        'label_values(deskpulse_open_tickets{by="channel_team", team=${team:doublequote}}, channel)',
    )
    everything = models.VariableOption(text=["All"], value=["$__all"])
    return (
        _query("team", "Team", 'label_values(deskpulse_open_tickets{by="team"}, team)'),
        channels.multi(True).include_all(True).all_value(".*").current(everything),
    )


def window_minutes(current: str) -> Variable:
    """``window``; its text is the number of minutes, as ``/api/facts`` wants them."""
    return _custom("window", "Window, minutes", {"5": "5m", "15": "15m", "60": "1h", "1440": "24h"}, current)


def window_days() -> Variable:
    """``window`` for what is rare."""
    return _custom(
        "window", "Window", {"1 h": "1h", "24 h": "24h", "7 d": "7d", "30 d": "30d", "Today": "today"}, "24h"
    )


def targets(indicators: Iterable[Indicator], group: str) -> tuple[Variable, ...]:
    """The targets of ``group``, and the samples that a judgement needs: as exported, until another is typed."""
    wanted = [
        _query(
            target_name(one.headline),
            f"{one.title}: target, {target_unit(one.headline)}",
            target_query(one.headline, group),
        )
        .regex(_SAMPLE_VALUE)
        .description("As the workers export it (section targets of the settings); type another to try it. 0: none.")
        for one in indicators
    ]
    least = _query("min_samples", "Judge from, samples", min_samples_query()).regex(_SAMPLE_VALUE)
    return (*wanted, least.description("A number that stands on fewer is not judged."))


def limit(name: str, label: str, default: str, *, hidden: bool = False) -> Variable:
    """A limit that an alert has in its rule, to be tried at another value."""
    return _textbox(
        name, label, default, "The alert has its own, in deploy/prometheus/rules/alerts.yml.", hidden=hidden
    )


def urls(*, hidden: bool = False) -> tuple[Variable, ...]:
    """Where links lead: ``worker_url`` and ``runbooks_url``, as the browser reaches them."""
    return (
        _textbox("worker_url", "Worker", DEFAULT_WORKER_URL, "A worker, as the browser reaches it.", hidden=hidden),
        _textbox("runbooks_url", "Runbooks", DEFAULT_RUNBOOKS_URL, "Where docs/runbooks.md is.", hidden=hidden),
    )


def _query(name: str, label: str, query: str, *, hidden: bool = False) -> builders.QueryVariable:
    # Not on every change of the time range: that would take back what somebody typed.
    made = builders.QueryVariable(name).label(label).refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
    made.query({"query": query, "refId": name}).datasource(DATASOURCE).sort(models.VariableSort.ALPHABETICAL_ASC)
    return made.hide(_HIDDEN) if hidden else made


def _custom(name: str, label: str, values: dict[str, str], current: str) -> Variable:
    (text,) = [text for text, value in values.items() if value == current]
    made = builders.CustomVariable(name).label(label).allow_custom_value(False)
    made.values(", ".join(f"{text} : {value}" for text, value in values.items()))
    return made.current(models.VariableOption(text=text, value=current))


def _textbox(name: str, label: str, default: str, description: str, *, hidden: bool) -> Variable:
    made = builders.TextBoxVariable(name).label(label).default_value(default).description(description)
    made.current(models.VariableOption(text=default, value=default))
    return made.hide(_HIDDEN) if hidden else made
