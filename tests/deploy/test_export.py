"""What is on /metrics without any setting is what the rules and the dashboards ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from stream.domain.rowspec import RowSpec
from stream.edge.serve.prometheus.export import Export
from stream.edge.serve.prometheus.number_text import NumberText
from stream.metrics import ROWS
from stream.metrics.series import gauges_of
from stream.settings import Settings
from stream.settings.customers import CustomerSettings
from tests.bench.bench_metrics_page import DESKS, view_of
from tests.deploy.asked import ASKED
from tests.deploy.asked import used as used_by_panel
from tests.deploy.test_prometheus import used as used_by_rule
from tests.golden.desk import FixedState

BY_SERIES: dict[str, list[RowSpec]] = {}
for spec in ROWS:
    for gauge in gauges_of(spec):
        BY_SERIES.setdefault(gauge.name, []).append(spec)


def asked() -> Iterator[tuple[str, dict[str, str]]]:
    """Series of metrics, and the labels that are chosen, each value or values between ``|``."""
    yield from ((name, labels) for name, labels in used_by_rule(r"deskpulse_\w+") if name in BY_SERIES)
    for _, _, text in ASKED:
        for name, labels in used_by_panel(text):
            if name in BY_SERIES:
                yield name, {label: value.lstrip("=~!") for label, value in labels.items()}


def windows_meant(matcher: str) -> list[str]:
    """Windows, as a panel or a rule chooses them; that of the last answers by a pattern, as its name has a number."""
    return [*Settings().windows.of_answers] if matcher == "last_.+" else matcher.split("|")


def wanted() -> set[tuple[str, str, str, str]]:
    """Series, name of the row, group-by and window."""
    found: set[tuple[str, str, str, str]] = set()
    for name, labels in asked():
        for spec in BY_SERIES[name]:
            if not re.fullmatch(labels.get("definition", ".*"), spec.definition_id):
                continue
            windows = ["now"] if spec.kind == "level" else windows_meant(labels["window"])
            found |= {(name, spec.name, by, window) for by in labels["by"].split("|") for window in windows}
    return found


WANTED = wanted()


def missing(export: Export) -> set[tuple[str, str, str, str]]:
    return {
        (series, name, by, window)
        for series, name, by, window in WANTED
        if name not in export.rows(by, window) or series not in {gauge.name for gauge in export.gauges[name]}
    }


def test_everything_that_is_asked_for_is_exported() -> None:
    assert len({series for series, *_ in WANTED}) > 20
    assert {by for _, _, by, _ in WANTED} >= {"all", "channel", "team", "channel_team"}
    # The board of customers is for installations that count them.
    assert missing(Export(Settings(customers=CustomerSettings(enabled=True)))) == set()


@pytest.mark.parametrize(
    "export",
    [
        {"windows": "1h"},
        {"group_bys": "all,channel,team"},
        {"definitions": "csat_mean"},
        {"series_deny": "deskpulse_abandonment_ratio"},
        {"series_allow": "/deskpulse_csat_.*/"},
    ],
)
def test_with_less_it_would_be_missed(export: dict[str, str]) -> None:
    assert missing(Export(Settings.model_validate({"export": export})))


@pytest.mark.parametrize(("desk", "most"), [("24 groups", 6_000), ("109 groups", 30_000)])
def test_a_scrape_stays_small(desk: str, most: int) -> None:
    """Of desks that have data of everything in every window that it has; the worker's own series come on top."""
    settings = Settings()
    shown = view_of(DESKS[desk], settings)
    page = b"".join(NumberText(FixedState(shown, settings=settings)).parts(is_openmetrics=False))
    samples = sum(not line.startswith(b"#") for line in page.splitlines())
    assert most / 2 < samples < most
