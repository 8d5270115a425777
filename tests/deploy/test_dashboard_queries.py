"""What the dashboards ask for: exported or recorded, of one installation, one window, one definition, one group."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deploy.grafana.source.installation import MATCHER, of_installation
from stream.settings import load_settings
from tests.deploy.asked import (
    ASKED,
    DOCUMENTED,
    GROUPED,
    OTHERS,
    RECORDED,
    used,
)
from tests.deploy.dashboards import (
    BOARDS,
    ROOT,
    variables,
)
from tests.deploy.test_prometheus import run


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
    # Answers to nothing that was sent, first assignments, the statuses of what is open, and how surveys are sampled are
    # in the topic only.
    left_out = {
        "deskpulse_service_level_numerator",
        "deskpulse_surveys_answered_unsent_in_window",
        "deskpulse_first_assignment_time_percentile_seconds",
        "deskpulse_open_tickets_by_status",
        "deskpulse_sla_promises_in_window",
        *(
            f"deskpulse_survey_{what}_distance{part}"
            for what in ("sampling", "nonresponse")
            for part in ("", "_by_chance")
        ),
        *(f"deskpulse_surveys_sent_of_usual_{part}" for part in ("ratio", "last_day", "usual_day")),
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
                # The window of the last answers has their number in its name, which the settings choose.
                assert chosen["window"][1:] in windows | {"~last_.+"}, (board, panel, name)
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
