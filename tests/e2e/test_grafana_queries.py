"""Every query of every panel, and of every variable, against a real Prometheus that scrapes a real pipeline.

No Grafana is needed for it: its variables are replaced as it replaces them, its queries are sent as it sends them.
"""

from __future__ import annotations

import math
import time
import urllib.parse
from functools import partial
from typing import Any

import pytest

from tests.deploy.dashboards import (
    BOARDS,
    Value,
    expressions,
    fill_labels,
    interpolate,
    links,
    panels,
    query_choices,
    resolve,
    variables,
)
from tests.e2e.stack import Pipeline, Prometheus, fetch_json
from tests.patience import wait_until

STEP_SECONDS = 5
BY = ("all", "channel", "team")
# The desk has no customers of its own: those that are simulated begin with their first contact, so that nobody is there
# at the beginning of a window, and churn of nobody is no number.
WITHOUT_NUMBERS = {"customers"}
# What a desk of two hours cannot have: the window before, the same hour of a day before, enough who gave up to say when
# half of the customers have.
WITHOUT_HISTORY = (
    "deskpulse_nps_change{",
    "unless deskpulse:segment:abandonment_spike_has_baseline:",
    "deskpulse_patience_percentile_seconds{",
)
VIEWS = [
    (name, by)
    for name, board in BOARDS.items()
    if name not in WITHOUT_NUMBERS
    for by in (BY if "by" in variables(board) else BY[:1])
]

NONE = Value("", "")

Answers = list[dict[str, Any]]


class Asked:
    """What Grafana asks Prometheus for, and what it makes of the answer."""

    def __init__(self, prometheus: Prometheus) -> None:
        self._prometheus = prometheus

    def variable(self, query: str) -> list[str]:
        """Texts of the choices, as the data source makes them of ``label_values(...)`` or ``query_result(...)``."""
        kind, _, rest = query.partition("(")
        inner = rest.removesuffix(")")
        if kind == "label_values":
            selector, _, label = inner.rpartition(", ")
            url = f"{self._prometheus.url}/api/v1/label/{label}/values?{urllib.parse.urlencode({'match[]': selector})}"
            answer = fetch_json(url)
            assert answer, f"{query}: refused\n{self._prometheus.log()}"
            return list(answer["data"])
        assert kind == "query_result"
        found = self._prometheus.query(inner)
        return [_sample_text(one["metric"], one["value"]) for one in found]

    def panel(self, expr: str, instant: bool) -> Answers:
        """The series of a panel's query that have a sample that is a number."""
        if instant:
            return [one for one in self._prometheus.query(expr) if math.isfinite(float(one["value"][1]))]
        now = time.time()
        asked = {"query": expr, "start": now - 60, "end": now, "step": STEP_SECONDS}
        answer = fetch_json(f"{self._prometheus.url}/api/v1/query_range?{urllib.parse.urlencode(asked)}")
        assert answer, f"{expr}: refused\n{self._prometheus.log()}"
        found: Answers = answer["data"]["result"]
        return [one for one in found if any(math.isfinite(float(value)) for _, value in one["values"])]


def _sample_text(metric: dict[str, str], sample: tuple[float, str]) -> str:
    labels = ",".join(f'{label}="{value}"' for label, value in metric.items() if label != "__name__")
    return f"{metric.get('__name__', '')}{{{labels}}} {sample[1]} {sample[0] * 1000:.0f}"


@pytest.fixture(scope="module")
def asked(prometheus: Prometheus) -> Asked:
    """Prometheus, once the rules have run over a minute: rates need two samples, and recorded series one run more."""
    prometheus.wait_for("deskpulse:pipeline:dead_letters:increase15m")
    prometheus.wait_for("deskpulse:pipeline:events:rate1m")
    return Asked(prometheus)


def view(asked: Asked, name: str, by: str, **chosen: str) -> dict[str, Value]:
    """The variables of a dashboard as somebody finds them who opens it, and chooses ``by`` and what is ``chosen``."""
    board = BOARDS[name]
    wanted = {"by": by, **chosen} if "by" in variables(board) else chosen
    return resolve(board, asked.variable, wanted)


@pytest.mark.parametrize(("name", "by"), VIEWS)
def test_every_query_of_every_panel_returns_data(asked: Asked, name: str, by: str) -> None:
    values = view(asked, name, by)
    open_ones = {
        (panel["title"], target["refId"]): (interpolate(target["expr"], values), target["instant"])
        for panel in panels(BOARDS[name])
        for target in panel["targets"]
    }
    assert len(open_ones) >= len(panels(BOARDS[name])) > 6

    def all_answered() -> bool:
        for place, query in list(open_ones.items()):
            if asked.panel(*query) or any(series in query[0] for series in WITHOUT_HISTORY):
                del open_ones[place]
        return not open_ones

    wait_until(all_answered, f"data for every panel of {name}, {by}", lambda: open_ones)


@pytest.mark.parametrize(("name", "by"), VIEWS)
def test_every_query_of_every_variable_gives_choices(asked: Asked, name: str, by: str) -> None:
    values = view(asked, name, by)
    empty = {variable for variable, value in values.items() if not value.value}
    # All contacts are one group without a name, and one installation needs none.
    nameless = {"group", "group_parameter"} if by == "all" and "by" in values else set()
    assert empty == {"installation", *nameless}
    for variable in variables(BOARDS[name]).values():
        if variable["name"].endswith("_target"):
            (found,) = query_choices(variable, asked.variable(interpolate(variable["query"]["query"], values)))
            assert float(found.value) >= 0
    if "channel" in values:
        channels = variables(BOARDS[name])["channel"]
        query = interpolate(channels["query"]["query"], values)
        assert len(query_choices(channels, asked.variable(query))) == 4


LINKED = [name for name in BOARDS if "worker_url" in variables(BOARDS[name]) and name not in WITHOUT_NUMBERS]


# Where customers are not counted, nobody can be asked for: `integration/test_customers_at_risk.py` follows that link.
@pytest.mark.parametrize("name", LINKED)
def test_every_link_to_tickets_is_answered(asked: Asked, pipeline: Pipeline, name: str) -> None:
    board = BOARDS[name]
    # An hour back, so that there is somebody who gave up.
    labels = {"channel": "phone", "team": "billing"}
    seen: dict[str, int] = {}
    for by in BY if "by" in variables(board) else BY[:1]:
        values = view(asked, name, by, worker_url=pipeline.url, window="1h")
        for panel in panels(board):
            for url in links(panel):
                filled = fill_labels(interpolate(url, values, url=True), labels)
                if "/api/facts?" in filled and filled not in seen:
                    # A worker may refuse for want of time on a busy machine: it is asked again.
                    answer = wait_until(partial(fetch_json, filled), filled)
                    # A level may have nobody in it for a moment; of facts there are some.
                    seen[filled] = len(answer["facts"]) if "facts" in answer else 1
                    assert set(answer["segment"].values()) <= {*labels.values(), values.get("group", NONE).value}
    assert bool(seen) == (name not in ("pipeline-health", "gateway"))
    assert [url for url, count in seen.items() if not count] == []


def test_a_number_is_judged_by_the_target_that_is_typed(asked: Asked) -> None:
    def state(**typed: str) -> str:
        values = view(asked, "wallboard", "all", window="1h", **typed)
        (tile,) = [panel for panel in panels(BOARDS["wallboard"]) if panel["title"] == "Service level"]
        (found,) = asked.panel(interpolate(expressions(tile)[0], values), instant=True)
        return str(found["metric"]["state"])

    assert state(service_level_target="1") == "0"
    assert state(service_level_target="100") == "2"
    assert state(service_level_target="0") == "4"
    assert state(min_samples="1000000") == "3"


def test_one_channel_of_a_team_can_be_looked_at_alone(asked: Asked) -> None:
    board = BOARDS["team-lead"]
    (panel,) = [one for one in panels(board) if one["title"] == "Open tickets by channel"]
    (expr,) = expressions(panel)
    every = asked.panel(interpolate(expr, view(asked, "team-lead", "all")), instant=True)
    alone = asked.panel(interpolate(expr, view(asked, "team-lead", "all", channel="phone")), instant=True)
    assert {one["metric"]["channel"] for one in every} == {"chat", "email", "phone", "web"}
    assert [one["metric"] for one in alone] == [{"channel": "phone"}]


def test_the_answers_of_the_simulated_surveys_add_up(asked: Asked) -> None:
    values = view(asked, "survey-quality", "all")
    found: dict[str, float] = {}
    for panel in panels(BOARDS["survey-quality"]):
        if panel["title"] in ("Answers", "CSAT"):
            for target in panel["targets"]:
                ((one),) = asked.panel(interpolate(target["expr"], values), instant=True)
                found[target["legendFormat"]] = float(one["value"][1])
    assert found["answers"] == pytest.approx(found["good"] + found["neutral"] + found["bad"], abs=3)
    assert min(found["good"], found["bad"], found["neutral"]) > 0
