"""What the queries of the dashboards compute: evaluated by Prometheus' own tool over samples made up for it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from deploy.grafana.source import judgement, pipeline_queries, queries, survey_queries, targets
from deploy.grafana.source.indicators import ABANDONMENT, INDICATORS, Indicator
from deploy.grafana.source.promql import CHOSEN
from stream.domain.targets import Target, judge
from tests.deploy.dashboards import Value, interpolate
from tests.deploy.test_prometheus import run

MIN_SAMPLES = 20


def evaluate(tmp_path: Path, series: dict[str, float], expected: list[tuple[str, dict[str, float]]]) -> None:
    """Let promtool evaluate each query over these samples and compare: series as ``{channel="a"}``, and value."""
    case = {
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": name, "values": repr(value)} for name, value in series.items()],
                "promql_expr_test": [
                    {
                        "expr": expr,
                        "eval_time": "0s",
                        "exp_samples": [{"labels": name, "value": value} for name, value in samples.items()],
                    }
                    for expr, samples in expected
                ],
            }
        ],
    }
    path = tmp_path / "case.yml"
    path.write_text(json.dumps(case))
    run("promtool", "test", "rules", path)


def numbers_around(indicator: Indicator, value: float) -> list[float]:
    """Numbers on both sides of the target and of where risk begins, and on them."""
    is_ratio = indicator.headline.unit == "ratio"
    target = Target(value, at_most=indicator.headline.at_most)
    at = [value, target.risk_begins, 0.0, 1.0 if is_ratio else 3 * value + 1]
    return [
        *at,
        *(one * 0.999 for one in at),
        *(one * 1.001 for one in at if one * 1.001 <= 1 or not is_ratio),
    ]


@pytest.mark.parametrize("typed", ["0", "7", "82", "100"])
@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.headline.name)
def test_a_number_is_judged_as_on_the_page(indicator: Indicator, typed: str, tmp_path: Path) -> None:
    name = targets.target_name(indicator.headline)
    factor = {"min": 60, "h": 3600}.get(targets.target_unit(indicator.headline), 1)
    value = float(typed) / 100 if indicator.headline.unit == "ratio" else float(typed) * factor
    window = 'window="15m"' if indicator.samples else 'window="now"'
    series: dict[str, float] = {}
    states: dict[str, float] = {}
    counts = (0, MIN_SAMPLES - 1, MIN_SAMPLES) if indicator.samples else (None,)
    cases = itertools.product([None, *numbers_around(indicator, value)], counts)
    # A channel for each case: one query judges them all.
    for place, (number, count) in enumerate(cases):
        group = f'by="channel", channel="{place}", {window}'
        if number is not None:
            series[f"{indicator.series}{{{', '.join((group, *indicator.labels))}}}"] = number
        if count is not None:
            series[f"{indicator.samples}{{{group}, {indicator.labels[0]}}}"] = count
        judged = judge(Target(value, at_most=indicator.headline.at_most), number, count, MIN_SAMPLES)
        if judged != "no_data":
            states[f'{{channel="{place}"}}'] = judgement.STATES.index(judged)
    values = {name: Value(typed, typed), "min_samples": Value("20", "20"), "window": Value("15", "15m")}
    expr = interpolate(queries.number_state(indicator, 'by="channel"', ["channel"]), values)
    assert len(set(states.values())) >= (3 if float(typed) and indicator.samples else 1)
    evaluate(tmp_path, series, [(expr, states)])


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.headline.name)
def test_a_target_is_typed_in_the_unit_of_people(indicator: Indicator, tmp_path: Path) -> None:
    target = indicator.headline
    word, exported, typed = {
        "ratio": ("%", 0.07, 7.0),
        "seconds": {"first_response_time": ("min", 5400.0, 90.0), "resolution_time": ("h", 5400.0, 1.5)}.get(
            target.name, ("s", 90.0, 90.0)
        ),
        "count": (targets.target_unit(target), 12.0, 12.0),
    }[target.unit]
    assert targets.target_unit(target) == word
    query = targets.target_query(target, 'by="team", team="a"').removeprefix("query_result(").removesuffix(")")
    used_as = targets.target_value(target).replace(f"${targets.target_name(target)}", str(typed))
    two_workers = {
        f'deskpulse_target_{target.unit}{{metric="{target.name}", by="all", instance="{name}"}}': exported
        for name in "ab"
    }
    evaluate(tmp_path, two_workers, [(query, {"{}": typed}), (f"vector({used_as})", {"{}": exported})])
    evaluate(tmp_path, {"up": 1.0}, [(query, {"{}": 0.0})])
    own = {f'deskpulse_target_{target.unit}{{metric="{target.name}", by="team", team="a"}}': exported}
    evaluate(tmp_path, {**dict.fromkeys(two_workers, 1e-9), **own}, [(query, {"{}": typed})])
    evaluate(tmp_path, {**two_workers, **dict.fromkeys(own, 0.0)}, [(query, {"{}": 0.0})])


def test_in_a_table_each_group_is_judged_by_its_own_target(tmp_path: Path) -> None:
    (indicator,) = [one for one in INDICATORS if one.headline.name == "longest_wait"]
    waits = dict.fromkeys(("phone", "chat", "email", "web"), 100.0)
    series = {
        f'deskpulse_longest_wait_seconds{{by="channel", channel="{name}", window="now", {indicator.labels[0]}}}': wait
        for name, wait in waits.items()
    }
    for name, target in {"phone": 60.0, "chat": 600.0, "email": 0.0}.items():
        series[f'deskpulse_target_seconds{{metric="longest_wait", by="channel", channel="{name}"}}'] = target
    series['deskpulse_target_seconds{metric="longest_wait", by="all"}'] = 105.0
    judged = {"phone": "off_target", "chat": "on_target", "email": "no_target", "web": "at_risk"}
    states: dict[str, float] = {
        f'{{channel="{name}"}}': judgement.STATES.index(state) for name, state in judged.items()
    }
    values = {
        "longest_wait_target": Value("105", "105"),
        "min_samples": Value("20", "20"),
        "window": Value("15", "15m"),
    }
    for usual in ("", targets.usual_target(indicator.headline)):
        expr = interpolate(queries.number_state(indicator, 'by="channel"', ["channel"], usual), values)
        evaluate(tmp_path, series, [(expr, states)])


def test_two_workers_at_once_show_one_number(tmp_path: Path) -> None:
    labels = 'by="all", window="15m", definition="abandoned_of_answered_and_abandoned@2"'
    series = {
        f'deskpulse_abandonment_{name}{{{labels}, instance="{instance}"}}': value
        for name, value in {"ratio": 0.06, "denominator": 40.0}.items()
        for instance in "ab"
    }
    values = {
        "by": Value("all", "all"),
        "group": Value("", ""),
        "window": Value("15", "15m"),
        "abandonment_target": Value("5", "5"),
        "min_samples": Value("20", "20"),
    }
    expr = interpolate(queries.judged_number(ABANDONMENT, CHOSEN), values)
    evaluate(tmp_path, series, [(expr, {'{state="2"}': 0.06})])


def test_alerts_are_counted_and_named_only_where_there_are_rules(tmp_path: Path) -> None:
    listed, counted = pipeline_queries.firing_alerts(), queries.alerts_firing('layer="business"')
    rules_there = {"deskpulse:pipeline:target_min_samples:last1m": 20.0}
    firing = 'ALERTS{alertname="A", alertstate="firing", layer="business", severity="warning", by="all"}'
    pending = 'ALERTS{alertname="B", alertstate="pending", layer="business", severity="warning", by="all"}'
    named = '{alertname="A", layer="business", severity="warning", by="all"}'
    evaluate(tmp_path, rules_there | {firing: 1.0, pending: 1.0}, [(listed, {named: 1.0}), (counted, {"{}": 1.0})])
    evaluate(tmp_path, rules_there | {pending: 1.0}, [(listed, {'{alertname="none"}': 20.0}), (counted, {"{}": 0.0})])
    evaluate(tmp_path, {"up": 1.0}, [(listed, {}), (counted, {})])


def test_bounds_are_those_of_wilson(tmp_path: Path) -> None:
    def csat(share: float, count: float) -> dict[str, float]:
        labels = 'by="team", window="24h", definition="csat_top_two_box@2", team="a"'
        return {f"deskpulse_csat_ratio{{{labels}}}": share, f"deskpulse_csat_denominator{{{labels}}}": count}

    def bounds() -> list[str]:
        window = {"window": Value("24 h", "24h")}
        texts = [interpolate(survey_queries.confidence_bound(side, 'by="team"', ["team"]), window) for side in (-1, 1)]
        return [f"round({text}, 0.0001)" for text in texts]

    # Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), method 3.
    known = ((81 / 263, 263, 0.2553, 0.3662), (15 / 148, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611))
    for share, count, lower, upper in known:
        expected = [(text, {'{team="a"}': value}) for text, value in zip(bounds(), (lower, upper), strict=True)]
        evaluate(tmp_path, csat(share, count), expected)


def test_a_target_that_is_no_round_number_of_minutes_comes_back_to_a_millionth(tmp_path: Path) -> None:
    (indicator,) = [one for one in INDICATORS if one.headline.name == "first_response_time"]
    query = targets.target_query(indicator.headline, 'by="all"').removeprefix("query_result(").removesuffix(")")
    used_as = targets.target_value(indicator.headline).replace(
        "$" + targets.target_name(indicator.headline), f"scalar({query})"
    )
    exported = {'deskpulse_target_seconds{metric="first_response_time", by="all"}': 20.0}
    evaluate(tmp_path, exported, [(f"round(vector({used_as}), 1e-6)", {"{}": 20.0})])
