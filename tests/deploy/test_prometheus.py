"""The alert rules and routes that are shipped: checked by Prometheus' and Alertmanager's own tools, and by name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.gateway.tally import OUTCOMES
from stream.metrics import ROWS
from stream.metrics.headlines import HEADLINES
from stream.settings import load_settings
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
ALERTMANAGER = ROOT / "deploy/alertmanager/alertmanager.yml"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
CASES = sorted((PROMETHEUS / "tests").glob("*.yml"))
RUNBOOKS = "https://deskpulse.example/docs/runbooks.md"
"""What an operator replaces by the address at their place; the dashboards begin with it too."""
ROUTES = {
    "severity=critical alertname=AbandonmentSpike layer=business by=all": "page",
    "severity=critical alertname=AbandonmentSpike layer=business by=team team=tech": "page",
    "severity=warning alertname=CsatDrop layer=business by=team team=tech": "ticket",
    "severity=critical alertname=MetricsStale layer=pipeline": "page",
    "severity=warning alertname=WorkerDown layer=pipeline instance=a": "ticket",
    "alertname=SomethingElse": "ticket",
}


def run(tool: str, *arguments: object) -> str:
    """Output of Prometheus' or Alertmanager's tool; the test fails when the tool does."""
    if shutil.which(tool) is None:
        missing = f"{tool} is not installed (Debian: packages prometheus and prometheus-alertmanager)"
        # Set where the project is checked: there it must not be skipped.
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run(
        [tool, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rules(kind: str) -> list[dict[str, Any]]:
    """All rules of a kind, alert or record."""
    groups = [group for path in RULE_FILES for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


ALERTS = rules("alert")
NAMES = sorted({alert["alert"] for alert in ALERTS})


def expressions() -> list[str]:
    """Everything that is evaluated: rules, and the queries in the annotations."""
    found = [rule["expr"] for rule in (*ALERTS, *rules("record"))]
    for alert in ALERTS:
        found += re.findall(r'(?:query|printf) "([^"]*)"', alert["annotations"]["description"])
    return found


def documented() -> dict[str, set[str]]:
    """Series of METRICS.md and the labels that they may have."""
    text = (ROOT / "METRICS.md").read_text()
    group = {"by", "channel", "team", "priority", "window", "definition"}
    series: dict[str, set[str]] = {}
    for line in text.splitlines():
        shared = group if line.startswith("Gauges: ") else set()
        if shared or line.startswith("| `deskpulse_"):
            cells = line if shared else line.split(" | ")[0]
            for name, labels in re.findall(r"`(deskpulse_\w+)(?:\{([\w,]+)\})?`", cells):
                series[name] = shared | set(labels.split(",") if labels else ())
    return series


def used(pattern: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and selected labels of every series in the rules whose name matches."""
    for expression in expressions():
        for name, selector in re.findall(rf"\b({pattern})\b(?:\{{([^}}]*)\}})?", expression):
            yield name, dict(re.findall(r"(\w+)\s*=~?\s*[\"']([^\"']*)[\"']", selector))


def test_promtool_accepts_the_configuration() -> None:
    run("promtool", "check", "config", PROMETHEUS / "prometheus.yml")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_rules_fire_when_they_should(case: Path) -> None:
    run("promtool", "test", "rules", case)


def test_every_alert_is_seen_to_fire_and_not_to_fire() -> None:
    texts, before = set(), set()
    for path in CASES:
        for case in yaml.safe_load(path.read_text())["tests"]:
            for check in case.get("alert_rule_test", ()):
                texts |= {(check["alertname"], alert["exp_labels"]["severity"]) for alert in check["exp_alerts"]}
            quiet = any(not check["exp_samples"] for check in case.get("promql_expr_test", ()))
            fires = re.findall(r'alertname="(\w+)"', str(case.get("promql_expr_test")))
            before |= set(fires) if quiet else set()
    assert texts == {(alert["alert"], alert["labels"]["severity"]) for alert in ALERTS}
    assert sorted(before) == NAMES


def test_every_series_is_one_that_is_exported() -> None:
    series = documented()
    assert len(series) > 60
    own = {"instance", "job", "installation"}
    found = list(used(r"deskpulse_\w+"))
    assert len(found) > 20
    assert [name for name, _ in found if name not in series] == []
    assert [(name, label) for name, chosen in found for label in chosen if label not in series[name] | own] == []


def test_every_recorded_series_is_recorded() -> None:
    recorded = {rule["record"] for rule in rules("record")}
    found = {name for name, _ in used(r"deskpulse:\w+:\w+:\w+")}
    assert found <= recorded
    assert len(recorded) == len(rules("record"))


def test_chosen_windows_definitions_and_targets_exist() -> None:
    settings = load_settings({})
    possible: dict[str, set[str]] = {
        "window": {*settings.windows.rolling, "now"},
        "definition": {spec.definition_id for spec in ROWS},
        "by": set(settings.group_by.names),
        "percentile": {"50", "90", "99"},
        "metric": {headline.name for headline in HEADLINES},
        "job": {"deskpulse", "deskpulse-gateway"},
        "outcome": set(OUTCOMES),
    }
    chosen = [pair for _, labels in used(r"\w[:\w]*") for pair in labels.items() if "%" not in pair[1]]
    assert {label for label, _ in chosen} >= {"window", "definition", "by", "metric", "job"}
    wrong = [
        (label, value) for label, values in chosen for value in values.split("|") if value not in possible[label] | {""}
    ]
    assert wrong == []


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: f"{alert['alert']}-{alert['labels']['severity']}")
def test_every_alert_says_what_is_needed(alert: dict[str, Any]) -> None:
    labels, annotations = alert["labels"], alert["annotations"]
    assert labels["severity"] in {"critical", "warning"}
    assert labels["layer"] in {"business", "pipeline"}
    assert set(annotations) == {"summary", "description", "runbook_url"}
    assert re.search(r"(?i)\btarget: ", annotations["description"])
    assert annotations["runbook_url"] == f"{RUNBOOKS}#{alert['alert'].lower()}"


def test_every_alert_has_its_runbook_and_no_runbook_is_left_over() -> None:
    headings = re.findall(r"(?m)^## (\w+)$", (ROOT / "docs/runbooks.md").read_text())
    assert sorted(headings) == NAMES


def test_every_alert_is_in_the_readme() -> None:
    text = (PROMETHEUS / "README.md").read_text()
    assert [name for name in NAMES if f"| {name} |" not in text] == []


def test_amtool_accepts_the_routes() -> None:
    run("amtool", "check-config", ALERTMANAGER)


@pytest.mark.parametrize("labels", ROUTES)
def test_alerts_go_where_they_should(labels: str) -> None:
    told = run("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels.split())
    assert told.split() == [ROUTES[labels]]


def test_one_line_says_where_alerts_are_sent() -> None:
    text = ALERTMANAGER.read_text()
    assert len(re.findall(r"(?m)^ *- url: &webhook \S+$", text)) == 1
    assert len(re.findall(r"://", text)) == 1
