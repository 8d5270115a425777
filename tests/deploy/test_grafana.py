"""The dashboards that are shipped: made from their source, complete, and true to what is exported."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from deploy.grafana.source import build, judgement
from deploy.grafana.source.indicators import INDICATORS
from deploy.grafana.source.installation import MATCHER, of_installation
from deploy.grafana.source.promql import CHOSEN
from stream.edge.serve.facts_route import parse_fact_query, parse_level_query
from stream.metrics import registry
from stream.metrics.headlines import HEADLINES
from stream.settings import load_settings
from tests.deploy.dashboards import (
    BOARDS,
    GRAFANA,
    ROOT,
    Value,
    all_panels,
    choices,
    expressions,
    fill_labels,
    interpolate,
    links,
    panels,
    resolve,
    variables,
)
from tests.deploy.test_prometheus import ALERTS, RUNBOOKS, documented, rules, run

PANELS = [pytest.param(name, panel, id=f"{name}-{panel['title']}") for name, panel in all_panels()]
DOCUMENTED = documented()
RECORDED = {rule["record"]: rule["expr"] for rule in rules("record")}
GROUPED = {name for name, labels in DOCUMENTED.items() if {"by", "window"} <= labels}
"""Gauges of the metrics: one series for each group, parts beside the whole."""

OTHERS = {"ALERTS", "up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
"""Prometheus' own, and what every Python process exports."""

# How Prometheus would answer the queries of the variables. The names are such as need care in a URL.
CHANNEL, TEAM = "e-mail & web", "L'accueil +1"
EXAMPLE_TARGET = "{} 5 1760000000000"


def ask(query: str) -> list[str]:
    """An answer to the query of a variable."""
    if match := re.search(r"&(\w+)=", query):
        return [f'{{parameter="&{match[1]}="}} 1 1760000000000']
    if query.startswith("query_result"):
        return [EXAMPLE_TARGET]
    (name,) = re.findall(r"(\w+)\)$", query)
    return {"channel": [CHANNEL], "team": [TEAM]}.get(name, [])


def settings_of(board: dict[str, Any]) -> Iterator[dict[str, Value]]:
    """The variables in every combination of what can be chosen without asking Prometheus."""
    custom = {name: choices(variable) for name, variable in variables(board).items() if variable["type"] == "custom"}
    for combination in itertools.product(*custom.values()):
        yield resolve(board, ask, {name: one.value for name, one in zip(custom, combination, strict=True)})


SERIES = re.compile(r"\b(deskpulse_\w+|deskpulse:\w+:\w+:\w+|ALERTS|up|process_\w+)\b(?:\{([^}]*)\})?(?!\")")


def used(text: str) -> list[tuple[str, dict[str, str]]]:
    """Name and matchers of every series in a query; a matcher is its operator and its value, such as ``=~a|b``."""
    found = [(name, re.findall(r'(\w+)(=~?|!~|!=)"([^"]*)"', chosen)) for name, chosen in SERIES.findall(text)]
    return [(name, {label: sign + value for label, sign, value in matchers}) for name, matchers in found]


def everything_asked() -> Iterator[tuple[str, str, str]]:
    """Dashboard, panel and query, with the variables at their defaults and at every other choice."""
    for name, board in BOARDS.items():
        for panel in panels(board):
            for expr in expressions(panel):
                for text in dict.fromkeys(interpolate(expr, values) for values in settings_of(board)):
                    yield name, panel["title"], text


ASKED = list(everything_asked())


# --- made from the source -------------------------------------------------------------------------------------------


def test_the_files_are_what_the_source_makes() -> None:
    assert build.differing(build.rendered(), build.DASHBOARDS) == []


def test_another_process_makes_the_same_files() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.grafana.source.build", "--check"],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_check_names_what_differs_and_the_build_repairs_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main([], tmp_path) == 0
    assert build.main(["--check"], tmp_path) == 0
    (tmp_path / "wallboard.json").write_text("{}")
    (tmp_path / "old.json").write_text("{}")
    (tmp_path / "team-lead.json").unlink()
    assert build.main(["--check"], tmp_path) == 1
    told = capsys.readouterr().err
    assert [name for name in ("wallboard.json", "old.json", "team-lead.json") if name not in told] == []
    assert "pipeline-health.json" not in told
    assert told.count("make generate") == 3
    assert build.main([], tmp_path) == 0
    assert build.differing(build.rendered(), tmp_path) == []


def test_an_unknown_option_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--chekc"], tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
    assert "--check" in capsys.readouterr().err


def test_no_query_is_written_in_the_file_of_a_dashboard() -> None:
    names = {f"{name.replace('-', '_')}.py" for name in BOARDS} | {"event_panels.py", "worker_panels.py"}
    texts = {path.name: path.read_text() for path in (GRAFANA / "source").glob("*.py")}
    assert names <= texts.keys()
    assert [
        name for name in names if re.search(r"deskpulse_\w+|(segment|pipeline):\w+:|\brate\(|\bsum\(", texts[name])
    ] == []


# --- every panel is complete ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "panel"), PANELS)
def test_a_panel_has_all_that_a_reader_needs(name: str, panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert 3 <= len(panel["title"]) <= 40
    assert re.search(r"[.:]", panel["description"])
    assert defaults["unit"]
    assert defaults["noValue"].strip()
    assert panel["targets"]
    assert links(panel)


@pytest.mark.parametrize(("name", "panel"), PANELS)
def test_a_panel_asks_the_chosen_data_source(name: str, panel: dict[str, Any]) -> None:
    asked = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
    assert [source for source in asked if source != {"type": "prometheus", "uid": "${datasource}"}] == []
    assert [target["refId"] for target in panel["targets"]] == list("ABCDEFGHIJKLMNO")[: len(panel["targets"])]


@pytest.mark.parametrize("name", BOARDS)
def test_panels_have_their_own_place(name: str) -> None:
    board = BOARDS[name]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert len({panel["title"] for panel in panels(board)}) == len(panels(board))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = set(
            itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
        )
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, f"{panel['title']} stands where another does"
        taken |= cells


def test_the_wallboard_fits_on_a_screen() -> None:
    # 1080 px, less the line of Grafana and two of variables; a row of the grid is 30 px and 8 px apart.
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in BOARDS["wallboard"]["panels"])
    assert rows * 38 <= 1080 - 200


def test_dashboards_are_told_apart() -> None:
    assert {name: board["uid"] for name, board in BOARDS.items()} == {name: f"deskpulse-{name}" for name in BOARDS}
    assert len({board["title"] for board in BOARDS.values()}) == len(BOARDS) == 7
    assert [board for board in BOARDS.values() if "id" in board or "version" in board] == []


def test_a_colour_never_says_alone_what_a_state_is() -> None:
    for said in (judgement.TARGET_WORDS, judgement.LIMIT_WORDS, judgement.AGE_WORDS):
        assert set(said) <= set(judgement.STATES)
        assert len({word.text for word in said.values()}) == len(said)
    for _, panel in all_panels():
        names = {
            override["matcher"]["options"]: {one["id"] for one in override["properties"]}
            for override in panel["fieldConfig"]["overrides"]
            if override["matcher"]["options"] in {"0", "1", "2", "3", "4"}
        }
        judged = any("{{state}}" in target["legendFormat"] for target in panel["targets"])
        assert judged == bool(names)
        assert all({"displayName", "color"} <= ids for ids in names.values())


# --- queries --------------------------------------------------------------------------------------------------------


def test_every_series_is_exported_or_recorded() -> None:
    found = {(name, label) for _, _, text in ASKED for name, chosen in used(text) for label in [*chosen, "job"]}
    names = {name for name, _ in found}
    assert len(names) > 50
    buckets = {f"{name}_bucket" for name, labels in DOCUMENTED.items() if name == "deskpulse_gateway_answer_seconds"}
    assert names - DOCUMENTED.keys() - RECORDED.keys() - OTHERS - buckets == set()
    known = {name: labels | {"job", "all", "installation"} for name, labels in DOCUMENTED.items()}
    assert [(name, label) for name, label in sorted(found) if name in known and label not in known[name]] == []


def test_every_query_asks_for_one_installation() -> None:
    """Two in one Prometheus would be added up, or hide each other."""
    missing = {
        (board, title, name)
        for board, title, text in ASKED
        for name, chosen in used(text)
        if "installation" not in chosen
    }
    assert missing == set()
    for board in BOARDS.values():
        assert variables(board)["installation"]["query"]["query"] == 'label_values(up{job="deskpulse"}, installation)'


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("deskpulse_open_tickets", "deskpulse_open_tickets{I}"),
        ("max(deskpulse:pipeline:lag_events:sum)", "max(deskpulse:pipeline:lag_events:sum{I})"),
        ('rate(up{job="deskpulse"}[1m])', 'rate(up{I, job="deskpulse"}[1m])'),
        ('label_replace(ALERTS{}, "alertname", "up", "", "")', 'label_replace(ALERTS{I}, "alertname", "up", "", "")'),
        ("count_values(1) + group_left(1)", "count_values(1) + group_left(1)"),
    ],
)
def test_the_installation_is_asked_for_in_each_series_and_nowhere_else(query: str, expected: str) -> None:
    assert of_installation(query) == expected.replace("I}", f"{MATCHER}}}").replace("I,", f"{MATCHER},")


def test_every_metric_is_on_a_dashboard() -> None:
    shown = {name for _, _, text in ASKED for name, _ in used(text)}
    shown |= {name for record in shown & RECORDED.keys() for name, _ in used(RECORDED[record])}
    gauges = {name for name in GROUPED if not name.endswith(("_mean_seconds", "_score_samples"))}
    # A first resolution is no resolution yet, and time_to_abandon's samples are the abandonment's numerator.
    expected = {name for name in gauges if "first_resolution" not in name and not name.endswith("_samples")}
    # Answers to nothing that was sent, first assignments and the statuses of what is open are in the topic only.
    left_out = {
        "deskpulse_service_level_numerator",
        "deskpulse_surveys_answered_unsent_in_window",
        "deskpulse_first_assignment_time_percentile_seconds",
        "deskpulse_open_tickets_by_status",
        "deskpulse_sla_promises_in_window",
    }
    # So is the share of detractors, which is there to be watched.
    left_out |= {f"deskpulse_nps_detractors_{part}" for part in ("ratio", "numerator", "denominator")}
    assert expected - shown == left_out


def test_totals_and_parts_are_never_mixed() -> None:
    families = GROUPED | {name for name in RECORDED if name.startswith("segment:")}
    wrong = [
        (board, panel, name, chosen)
        for board, panel, text in ASKED
        for name, chosen in used(text)
        if name in families
        and not re.fullmatch(r"=(all|channel|team|channel_team)", chosen.get("by", ""))
        # The table of spikes has a row, and a column that names it, for each group of each kind.
        and (board, panel) != ("pipeline-health", "Abandonment spikes")
    ]
    assert wrong == []


def test_every_group_is_chosen_in_full() -> None:
    by = {"all": set(), "channel": {"channel"}, "team": {"team"}, "channel_team": {"channel", "team"}}
    for board, panel, text in ASKED:
        for name, chosen in used(text):
            if name in GROUPED:
                told = {label for label in ("channel", "team") if label in chosen}
                kept = set(re.findall(r"max by \(([^)]*)\) \(last_over_time\(" + name, text))
                dimensions = by[chosen["by"][1:]]
                assert told <= dimensions, (board, panel)
                assert all(told | set(labels.split(", ")) == dimensions for labels in kept), (board, panel)
                assert kept or told == dimensions, (board, panel)


def test_no_window_or_definition_is_mixed_with_another() -> None:
    settings = load_settings({})
    windows = {*settings.windows.rolling, "today", "now"}
    several = {name for name in GROUPED if len(definitions_of(name)) > 1}
    assert several == {
        "deskpulse_service_level_ratio", "deskpulse_service_level_numerator", "deskpulse_service_level_denominator",
        "deskpulse_csat_ratio", "deskpulse_csat_numerator", "deskpulse_csat_denominator",
        "deskpulse_first_response_time_mean_seconds", "deskpulse_first_response_time_percentile_seconds",
        "deskpulse_survey_response_rate_ratio", "deskpulse_survey_response_rate_numerator",
        "deskpulse_survey_response_rate_denominator",
        "deskpulse_customer_churn_ratio", "deskpulse_customer_churn_numerator", "deskpulse_customer_churn_denominator",
        "deskpulse_customer_lifetime_value_mean", "deskpulse_customer_lifetime_value_samples",
        *(
            f"deskpulse_{metric}_{part}"
            for metric in ("churn_after_answer", "customer_csat", "first_contact_resolution")
            for part in ("ratio", "numerator", "denominator")
        ),
        "deskpulse_first_response_time_samples", "deskpulse_contacts_left_queue_by_reason_in_window",
        *(
            f"deskpulse_{metric}_of_offered_{part}"
            for metric in ("abandonment", "service_level")
            for part in ("ratio", "numerator", "denominator")
        ),
        "deskpulse_open_tickets_by_status", "deskpulse_open_tickets_by_age",
        *(f"deskpulse_sla_{part}" for part in ("due", "promises_in_window")),
        *(f"deskpulse_sla_attainment_{part}" for part in ("ratio", "numerator", "denominator")),
    }  # fmt: skip
    for board, panel, text in ASKED:
        for name, chosen in used(text):
            if name in GROUPED:
                assert chosen["window"][1:] in windows, (board, panel, name)
                assert name not in several or chosen["definition"][1:] in definitions_of(name), (board, panel, name)
                assert not name.endswith("percentile_seconds") or re.fullmatch(r"=(50|90|99)", chosen["percentile"])


def definitions_of(series: str) -> set[str]:
    """Definitions whose gauges include the series, from METRICS.md."""
    sections = re.split(r"(?m)^### ", (ROOT / "METRICS.md").read_text())[1:]
    return {re.findall(r"`(.+?)`", part)[0] for part in sections if re.search(rf"Gauges: .*`{series}[`{{]", part)}


def test_two_workers_are_never_added_up() -> None:
    # Gateways share their deliveries out: each counts its own.
    apart = ("deskpulse_worker_", "deskpulse_gateway_")
    of_the_rollup = {name for name in DOCUMENTED if not name.startswith(apart)} - {"deskpulse_build_info"}
    inside = r"(?:max(?: by \([^)]*\))? \((?:\w+\()?|unless on \(\) )"
    for board, panel, text in ASKED:
        for name, _ in used(text):
            if name in of_the_rollup:
                unsafe = re.sub(rf"{inside}{name}\b", "", text)
                assert not re.search(rf"\b{name}\b", unsafe), (board, panel, name)


def test_promtool_accepts_every_query(tmp_path: Path) -> None:
    recorded = [{"record": f"panel:query:{place}", "expr": text} for place, (_, _, text) in enumerate(ASKED)]
    path = tmp_path / "panels.yml"
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": recorded}]}))
    run("promtool", "check", "rules", "--lint=none", path)


# --- variables ------------------------------------------------------------------------------------------------------


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


# --- links ----------------------------------------------------------------------------------------------------------


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
        # What is behind the numbers of customers are no tickets.
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
                        segment, asked = level.segment, (level.row.definition, level.by)
                    else:
                        query, _ = parse_fact_query(parameters, 1_760_000_000_000_000, registry())
                        segment, asked = query.segment, (query.kind, query.by)
                    assert set(segment.items()) <= {("channel", CHANNEL), ("team", TEAM)}
                    asked_for.add(asked)
    assert {by for _, by in asked_for} == {"all", "channel", "team", "channel_team"}
    assert {kind for kind, _ in asked_for} >= {"answered", "abandoned", "first_response", "full_resolution", "csat"}
    assert {level for level, _ in asked_for} >= {"promises_due_in_15m", "resolution_overdue"}


def test_a_link_looks_as_far_back_as_the_window() -> None:
    minutes = {"5m": "5", "15m": "15", "1h": "60", "24h": "1440"}
    for name in ("wallboard", "team-lead"):
        found = {one.value: one.text for one in choices(variables(BOARDS[name])["window"])}
        assert found == minutes


# --- provisioning ---------------------------------------------------------------------------------------------------


def test_provisioning_and_dashboards_point_at_each_other() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/deskpulse.yaml").read_text())["providers"]
    for board in BOARDS.values():
        variable = variables(board)["datasource"]
        assert (variable["type"], variable["query"]) == ("datasource", source["type"])
        assert variable["current"] == {"text": source["name"], "value": source["uid"]}
    assert source["url"] == "http://prometheus:9090"
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
    scraped = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scraped
