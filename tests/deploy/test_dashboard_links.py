"""Variables of the dashboards, and where their panels lead: runbooks, tickets."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from deploy.grafana.source.indicators import INDICATORS
from deploy.grafana.source.installation import MATCHER
from deploy.grafana.source.promql import CHOSEN
from stream.edge.serve.facts_route import parse_fact_query, parse_level_query
from stream.metrics import registry
from stream.metrics.headlines import HEADLINES
from tests.deploy.asked import (
    CHANNEL,
    GROUPED,
    RECORDED,
    TEAM,
    settings_of,
    used,
)
from tests.deploy.dashboards import (
    BOARDS,
    ROOT,
    all_panels,
    choices,
    expressions,
    fill_labels,
    interpolate,
    links,
    panels,
    variables,
)
from tests.deploy.test_prometheus import ALERTS, RUNBOOKS


@pytest.mark.parametrize("name", BOARDS)
def test_every_variable_is_used_and_every_one_used_is_there(name: str) -> None:
    board = BOARDS[name]
    texts = [json.dumps(panel) for panel in board["panels"]]
    texts += [str(variable["query"]) for variable in variables(board).values()]
    used_there = {first or second for first, second in re.findall(r"\$(?:(\w+)|\{(\w+))", " ".join(texts))}
    own = {one for one in used_there if not one.startswith("__")}
    assert own == variables(board).keys()


def test_a_share_that_is_assumed_is_not_called_usual() -> None:
    (panel,) = [one for one in panels(BOARDS["team-lead"]) if one["title"] == "Abandonment over time"]
    named = {target["legendFormat"]: target["expr"] for target in panel["targets"]}
    baseline = "deskpulse:segment:abandonment_spike_has_baseline:last1m"
    assert re.search(rf"expected_ratio\S*{{.*}} unless {baseline}{{.*}} == 0$", named["usual at this hour"])
    assert re.search(rf"expected_ratio\S*{{.*}} and {baseline}{{.*}} == 0$", named["assumed, no baseline yet"])


def test_every_target_is_a_variable_and_judges_its_panel() -> None:
    board = BOARDS["wallboard"]
    assert [indicator.headline for indicator in INDICATORS] == [one for one in HEADLINES if "overview" in one.pages]
    for indicator in INDICATORS:
        headline = indicator.headline
        variable = variables(board)[f"{headline.name}_target"]
        exported = f'deskpulse_target_{headline.unit}{{{MATCHER}, metric="{headline.name}", '
        assert f"{exported}{CHOSEN}}}" in variable["query"]["query"]
        assert f'{exported}by="all"}}' in variable["query"]["query"]
        assert variable["allowCustomValue"]
        # Asked once: asking again on every refresh would take back what somebody typed.
        assert variable["refresh"] == 1
        (tile,) = [panel for panel in panels(board) if panel["title"] == indicator.title]
        (below,) = [panel for panel in panels(board) if panel["title"] == f"{indicator.title}: target"]
        assert f"${headline.name}_target" in expressions(tile)[0]
        assert f"${headline.name}_target" in expressions(below)[0]
        assert (indicator.samples is None) == (len(expressions(below)) == 1)
        assert indicator.samples is None or "$min_samples" in expressions(tile)[0]


def test_no_threshold_is_a_number_in_a_panel() -> None:
    for name, panel in all_panels():
        config = panel["fieldConfig"]
        properties = [one for override in config["overrides"] for one in override["properties"]]
        steps = [step for one in properties if one["id"] == "thresholds" for step in one["value"]["steps"]]
        numbers = {step["value"] for step in steps} - {None}
        # One alert is one too many: that is no target.
        assert numbers <= ({1} if "alerts firing" in panel["title"].lower() else set()), (name, panel["title"])
        assert "thresholds" not in config["defaults"]


@pytest.mark.parametrize(
    ("variable", "series"),
    [
        ("view_age_limit", "deskpulse:pipeline:view_age_seconds:min"),
        ("watermark_age_limit", "deskpulse:pipeline:watermark_age_seconds:min"),
        ("lag_limit", "deskpulse:pipeline:lag_events:sum"),
        ("dead_letters_limit", "deskpulse:pipeline:dead_letters:increase15m"),
    ],
)
def test_limits_begin_as_the_alerts_have_them(variable: str, series: str) -> None:
    limits = {found for alert in ALERTS for found in re.findall(rf"{series} >=? (\d+)(?!\S)", alert["expr"])}
    at_first = {variables(board)[variable]["query"] for board in BOARDS.values() if variable in variables(board)}
    assert at_first == limits
    assert len(limits) == 1


def watched() -> dict[str, set[str]]:
    """Exported series, and the alerts that look at them first of all."""
    found: dict[str, set[str]] = {}
    for alert in ALERTS:
        for branch in re.split(r"\bor\b", alert["expr"]):
            name = used(branch)[0][0]
            for series, _ in used(RECORDED[name]) if name in RECORDED else [(name, {})]:
                if series.startswith(("deskpulse_", "up")):
                    found.setdefault(series, set()).add(alert["alert"])
            found.setdefault(name, set()).add(alert["alert"])
    return found


def test_a_panel_of_what_an_alert_watches_leads_to_its_runbook() -> None:
    alerts = watched()
    assert alerts["deskpulse_abandonment_ratio"] == {"AbandonmentFastBurn"}
    assert len(set().union(*alerts.values())) == len({alert["alert"] for alert in ALERTS})
    missing = [
        (name, panel["title"], series)
        for name, panel in all_panels()
        for expr in expressions(panel)
        for series, _ in used(expr)
        if series in alerts and not any(f"#{alert.lower()}" in url for alert in alerts[series] for url in links(panel))
    ]
    assert missing == []


def test_every_runbook_that_is_linked_is_there() -> None:
    headings = {heading.lower() for heading in re.findall(r"(?m)^## (\w+)$", (ROOT / "docs/runbooks.md").read_text())}
    linked = {url.partition("#")[2] for _, panel in all_panels() for url in links(panel) if "runbooks_url" in url}
    assert linked <= headings
    assert linked == {alert["alert"].lower() for alert in ALERTS}


def test_the_runbooks_are_where_the_alerts_say() -> None:
    for name, board in BOARDS.items():
        # The boards of all metrics and of customers have no alert of their own.
        assert name in ("field", "customers") or variables(board)["runbooks_url"]["query"] == RUNBOOKS
        assert variables(board)["worker_url"]["query"] == "http://127.0.0.1:8087"


def test_every_number_of_the_desk_leads_to_its_tickets() -> None:
    missing = [
        (name, panel["title"])
        for name, panel in all_panels()
        # What is behind the numbers of customers are no tickets, and customers of who is at risk only.
        if name != "customers"
        and any(series in GROUPED for expr in expressions(panel) for series, _ in used(expr))
        and not any("/api/facts?" in url for url in links(panel))
    ]
    assert missing == []


def test_every_link_to_tickets_is_one_that_a_worker_takes() -> None:
    asked_for = set()
    for board in BOARDS.values():
        for values in settings_of(board):
            for panel in panels(board):
                for url in links(panel):
                    if "/api/facts?" not in url:
                        continue
                    filled = fill_labels(interpolate(url, values, url=True), {"channel": CHANNEL, "team": TEAM})
                    assert "$" not in filled
                    parameters = dict(parse_qsl(urlsplit(filled).query, keep_blank_values=True, strict_parsing=True))
                    if "level" in parameters:
                        level = parse_level_query(parameters, registry())
                        segment, asked = level.segment, (level.level.row.definition, level.by)
                    else:
                        query, _ = parse_fact_query(parameters, 1_760_000_000_000_000, registry())
                        segment, asked = query.segment, (query.kind, query.by)
                    assert set(segment.items()) <= {("channel", CHANNEL), ("team", TEAM)}
                    asked_for.add(asked)
    assert {by for _, by in asked_for} == {"all", "channel", "team", "channel_team"}
    assert {kind for kind, _ in asked_for} >= {"answered", "abandoned", "first_response", "full_resolution", "csat"}
    listed = {"promises_due_in_15m", "resolution_overdue", "bad_answer_and_open_ticket"}
    assert {level for level, _ in asked_for} >= listed


def test_a_link_looks_as_far_back_as_the_window() -> None:
    minutes = {"5m": "5", "15m": "15", "1h": "60", "24h": "1440"}
    for name in ("wallboard", "team-lead"):
        found = {one.value: one.text for one in choices(variables(BOARDS[name])["window"])}
        assert found == minutes
