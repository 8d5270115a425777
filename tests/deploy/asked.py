"""What the dashboards ask Prometheus for, with their variables at every choice."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploy.dashboards import (
    BOARDS,
    Value,
    all_panels,
    choices,
    expressions,
    interpolate,
    panels,
    resolve,
    variables,
)
from tests.deploy.test_prometheus import documented, rules

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
