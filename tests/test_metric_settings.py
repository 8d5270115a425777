"""A metric's own windows and groups: in the settings, in the roll-up, in what is kept of the past."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stream.domain.rowspec import Place
from stream.errors import ConfigError
from stream.metrics import METRICS
from stream.rules import fingerprint_of, metrics_of, pane_plan_of, places_of, rules_of, windows_of
from stream.settings import Settings, load_settings

CSAT = next(metric for metric in METRICS if metric.name == "csat")


def settings(**tables: dict[str, Any]) -> Settings:
    """With no metric that brings windows of its own along, and no window of answers."""
    own = ("nps", "survey_sampling", "survey_nonresponse", "survey_surge")
    metrics = {name: {"windows": "1h,24h,today"} for name in own} | tables
    return Settings.model_validate(
        {
            "windows": {"rolling": "1h,24h", "last_answers": 0},
            "group_by": {"names": "all,team"},
            "metrics": metrics,
        }
    )


def places_of_used(chosen: Settings) -> dict[str, Place]:
    """Those of the rows of metrics that have something to say under these settings."""
    used = {row.name for metric in metrics_of(chosen) for row in metric.rows}
    return {name: place for name, place in places_of(chosen).items() if name in used}


def places(**tables: dict[str, Any]) -> set[Place]:
    """Where the rows of CSAT are."""
    found = places_of(settings(**tables))
    return {found[row.name] for row in CSAT.rows}


def test_without_a_word_a_metric_is_where_all_are() -> None:
    everywhere = Place(frozenset({"1h", "24h", "today"}), frozenset({"all", "team"}))
    assert set(places_of_used(settings()).values()) == {everywhere}
    found = places_of_used(settings(csat={"windows": "24h"}))
    assert {place for name, place in found.items() if "csat" not in name} == {everywhere}


def test_a_metric_has_windows_and_groups_of_its_own() -> None:
    chosen = {"windows": "90d,24h", "groups": ["all", "channel_team"]}
    assert places(csat=chosen) == {Place(frozenset({"90d", "24h"}), frozenset({"all", "channel_team"}))}
    both = settings(csat=chosen)
    assert both.window_names == ("1h", "24h", "90d", "today")
    assert both.group_names == ("all", "team", "channel_team")
    assert [window.name for window in windows_of(both)] == ["1h", "24h", "90d", "today"]


def test_a_metric_that_is_off_is_nowhere_and_adds_no_window() -> None:
    assert places(csat={"enabled": False, "windows": "90d"}) == {Place(frozenset(), frozenset())}
    assert settings(csat={"enabled": False, "windows": "90d"}).window_names == ("1h", "24h", "today")


def test_a_replay_has_everything_of_all_time() -> None:
    chosen = Settings.model_validate({"windows": {"rolling": "1h", "total": True}})
    assert all("total" in place.windows for place in places_of_used(chosen).values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[metrics.mood]", "metrics.mood: there is no such metric; there are first_response_time"),
        ("[metrics.csat]\nwindows = ['90x']", "metrics.csat.windows=['90x'] ({file}): '90x' is not a whole number"),
        (
            "[metrics.csat]\ngroups = ['teams']",
            "metrics.csat.groups='teams' is not all, nor channel, team, priority joined by _ in this order",
        ),
        ("[metrics.csat]\nwindow = '1h'", "metrics.csat.window ({file}): no such setting; there are enabled, windows"),
        ("[metrics.csat]\nenabled = 'no way'", "metrics.csat.enabled='no way' ({file})"),
    ],
)
def test_a_wrong_setting_names_key_value_and_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "deskpulse.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings({}, file)
    assert said.replace("{file}", str(file)) in str(caught.value)


def metrics_used(**tables: dict[str, Any]) -> set[str]:
    return {metric.name for metric in metrics_of(settings(**tables))}


def test_what_is_off_is_not_derived_unless_another_needs_it() -> None:
    everything = metrics_used()
    assert everything == {metric.name for metric in Settings().registry.metrics if not metric.needs}
    assert metrics_used(csat={"enabled": False}) == everything - {"csat"}
    # The service level is a share of those who were answered or gave up.
    assert metrics_used(abandonment={"enabled": False}) == everything
    off = {name: {"enabled": False} for name in ("abandonment", "service_level", "agents_needed")}
    shown = everything - off.keys()
    assert metrics_used(**off) == shown | {"abandonment"}, "spikes are looked for in abandonment"
    quiet = settings(**off).model_copy(update={"alerts": Settings().alerts.model_copy(update={"enabled": False})})
    assert {metric.name for metric in metrics_of(quiet)} == shown


def test_the_state_is_another_only_where_something_else_is_kept() -> None:
    before = fingerprint_of(rules_of(settings()))
    for same in ({"windows": "24h"}, {"groups": "all"}, {"windows": "1h,today"}, {"windows": "30m"}):
        assert fingerprint_of(rules_of(settings(csat=same))) == before, same
    for other in ({"windows": "90d"}, {"windows": "total"}, {"enabled": False}):
        assert fingerprint_of(rules_of(settings(csat=other))) != before, other


def test_more_of_the_past_is_kept_of_what_is_shown_in_it_and_of_nothing_else() -> None:
    usual, more = (pane_plan_of(settings(**chosen)) for chosen in ({}, {"csat": {"windows": "24h,90d"}}))
    assert usual.shorter == {}
    assert more.retention == usual.retention | {3600: 90 * 86_400 + 7200}
    mine = {measure.name for measure in CSAT.measures}
    others = {measure.name for metric in metrics_of(settings()) for measure in metric.measures} - mine
    assert more.shorter == {3600: dict.fromkeys(sorted(others), usual.retention[3600])}


def test_a_metric_may_bring_windows_along_which_are_its_own() -> None:
    usual = Settings()
    assert usual.window_names == ("5m", "15m", "1h", "24h", "7d", "30d", "90d", "today", "quarter", "last_100")
    windows = {name.partition("|")[0]: place.windows for name, place in places_of(usual).items()}
    nps = next(metric for metric in METRICS if metric.name == "nps")
    assert {metric for metric, names in windows.items() if "quarter" in names} == {row.metric for row in nps.rows}
    assert windows["nps"] == windows["csat"] | {"90d", "quarter"}


def test_answers_have_a_window_of_their_last_ones_whatever_their_other_windows_are() -> None:
    chosen = Settings.model_validate({"windows": {"last_answers": 50}, "metrics": {"ces": {"windows": "24h"}}})
    windows = {name.partition("|")[0]: place.windows for name, place in places_of(chosen).items()}
    assert {metric for metric, names in windows.items() if "last_50" in names} == {
        row.metric for metric in METRICS if metric.answers for row in metric.rows
    }
    assert windows["ces"] == {"24h", "last_50"}
    assert [window.name for window in windows_of(chosen)][-1] == "last_50"
    rules = rules_of(chosen)
    assert (rules.last_answers, [*rules.families]) == (50, ["csat", "nps", "ces"])
    assert rules.families["csat"] == tuple(measure.name for measure in CSAT.measures)
    off = Settings.model_validate({"windows": {"last_answers": 0}})
    assert (rules_of(off).families, "last_50" in off.window_names) == ({}, False)
    # It is made of answers, not of panes.
    assert pane_plan_of(off) == pane_plan_of(Settings())
    assert fingerprint_of(rules_of(off)) != fingerprint_of(rules_of(Settings())) != fingerprint_of(rules)


@pytest.mark.parametrize("number", [-1, 1001, 2.5])
def test_a_number_of_answers_that_is_none_stops_at_start(number: float) -> None:
    with pytest.raises(ValueError, match="last_answers"):
        Settings.model_validate({"windows": {"last_answers": number}})


def test_what_is_compared_needs_the_window_before_and_only_its_own_measures_are_kept_for_it() -> None:
    plan = pane_plan_of(Settings())
    assert plan.retention[3600] >= 2 * 92 * 86_400
    nps = {measure.name for metric in METRICS if metric.name == "nps" for measure in metric.measures}
    usual = [metric for metric in metrics_of(Settings()) if not metric.windows and not metric.more_windows]
    others = {measure.name for metric in usual for measure in metric.measures}
    assert {name: plan.shorter[3600].get(name) for name in others} == dict.fromkeys(others, 30 * 86_400 + 7200)
    assert plan.shorter[3600].keys() & nps == {"nps_passives", "nps_followed_up"}
