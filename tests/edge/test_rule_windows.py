from __future__ import annotations

import re
from pathlib import Path

import yaml

from stream.edge.serve.prometheus.rule_windows import NEEDED_GROUPS, NEEDED_WINDOWS, unfed_alerts
from stream.settings import Settings, load_settings

RULES = Path(__file__).parents[2] / "deploy/prometheus/rules"


def _rules(name: str) -> list[dict[str, str]]:
    return [rule for group in yaml.safe_load((RULES / name).read_text())["groups"] for rule in group["rules"]]


def test_the_default_settings_feed_all_alerts() -> None:
    assert unfed_alerts(Settings()) == []


def test_what_is_missing_is_named_with_its_alert() -> None:
    settings = load_settings({"DESKPULSE_WINDOWS__ROLLING": "15m,60m", "DESKPULSE_GROUP_BY__NAMES": "all,channel"})
    assert unfed_alerts(settings) == [
        "windows.rolling has no 1h: the alert ServiceLevelBelowTarget of deploy/prometheus cannot fire",
        "windows.rolling has no 5m, 1h: the alert AbandonmentFastBurn of deploy/prometheus cannot fire",
        "windows.rolling has no 1h: the alert FirstResponseOverTarget of deploy/prometheus cannot fire",
        "windows.rolling has no 24h, 30d: the alert CsatDrop of deploy/prometheus cannot fire",
        "group_by.names has no 'team': no alert of deploy/prometheus is about it, but spikes (alerts.group_by)",
    ]


def test_what_is_not_exported_is_named_too() -> None:
    chosen = {"DESKPULSE_EXPORT__WINDOWS": "5m,15m,1h,24h", "DESKPULSE_EXPORT__DEFINITIONS": "csat_top_two_box"}
    assert unfed_alerts(load_settings(chosen)) == [
        f"export leaves out {rows}: the alert {alert} of deploy/prometheus cannot fire"
        for rows, alert in (
            ("service_level of 1h", "ServiceLevelBelowTarget"),
            ("abandonment of 5m, 15m, 1h", "AbandonmentFastBurn"),
            ("first_response_time of 1h", "FirstResponseOverTarget"),
            ("csat of 30d", "CsatDrop"),
        )
    ]


def test_the_needs_are_those_of_the_rules() -> None:
    recorded = {rule["record"]: rule["expr"] for rule in _rules("recording.yml")}
    needed: dict[str, set[str]] = {}
    for rule in _rules("alerts.yml"):
        text = rule["expr"] + "".join(expr for name, expr in recorded.items() if name in rule["expr"] and "p90" in name)
        if windows := set(re.findall(r'window="(\d+\w)"', text)):
            needed.setdefault(rule["alert"], set()).update(windows)
    assert needed == {alert: set(windows) for alert, windows in NEEDED_WINDOWS.items()}
    segments = "".join(expr for name, expr in recorded.items() if "segment:" in name)
    groups = set(re.findall(r'by=~"([^"]+)"', segments))
    assert groups == {"|".join(NEEDED_GROUPS)}
