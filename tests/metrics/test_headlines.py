"""The headlines: each record is whole, and one more is everywhere with nothing but its record and its texts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.domain.row_numbers import FIELDS
from stream.metrics import METRICS
from stream.metrics.headlines import BEST, HEADLINES, PAGES, TARGETED, Headline, row_of
from stream.metrics.series import gauge_showing
from stream.settings import Settings

ROOT = Path(__file__).parents[2]
TEXTS = sorted((ROOT / "stream/wallboard/texts").glob("*.js"))
EVERY = pytest.mark.parametrize("headline", HEADLINES, ids=lambda headline: headline.name)

# What the registry becomes where somebody adds a record; all else is made of it, in a process that has seen no other.
ONE_MORE = """
import json
from stream.metrics import headlines, resolution

headlines.HEADLINES += (
    headlines.Headline(
        name="first_resolution",
        row=headlines.row_of(resolution.METRIC, "created_to_first_solved"),
        field="p50",
        unit="seconds",
        pages=("overview", "backlog"),
        setting="first_resolution_seconds",
        wanted="Half of the first resolutions should come within this time.",
        default=7200.0,
        samples="tickets",
        fact="first_resolution",
        fact_title="Tickets resolved for the first time",
        title="First resolution",
        meaning="Half of the first resolutions came within this time.",
        watches=(headlines.Watch("FirstResolutionOverTarget", ("4h",)),),
    ),
)

headlines.TARGETED = tuple(headline for headline in headlines.HEADLINES if headline.setting)

from deploy.grafana.source.build import rendered
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.rule_windows import unfed_alerts
from stream.edge.serve.board import Boards
from stream.edge.serve.selection import parse_selection
from stream.edge.serve.prometheus.exposition import exposition_of
from stream.settings.catalogue import fields
from stream.settings import load_settings
from tests.golden.desk import FixedState, view

settings = load_settings({"DESKPULSE_TARGETS__FIRST_RESOLUTION_SECONDS": "6000", "DESKPULSE_TARGETS__MIN_SAMPLES": "1"})
state = FixedState(view(), settings=settings)
board = Boards(state).board(parse_selection({"window": "today"}, settings))
print(json.dumps({
    "tile": board["tiles"][-1],
    "settings": [field.key for field in fields()],
    "page": exposition_of(state, HttpTally()).page("").decode(),
    "dashboard": rendered()["wallboard.json"],
    "needs": unfed_alerts(settings),
}))
"""


@EVERY
def test_a_record_is_whole(headline: Headline) -> None:
    assert headline.field in FIELDS[headline.row.kind]
    assert gauge_showing(headline.row, headline.field)
    assert headline.at_most or headline.unit in BEST
    assert bool(headline.wanted) == bool(headline.setting)
    assert (headline.field == "oldest") <= headline.is_level
    assert headline.pages
    assert [page for page in PAGES if page in headline.pages] == list(headline.pages)
    facts = {key.partition("/")[0] for metric in METRICS for key in metric.fact_values}
    assert headline.fact in facts or headline.pages == ("customers",)


def test_names_and_settings_are_no_others() -> None:
    assert len({headline.name for headline in HEADLINES}) == len(HEADLINES)
    fields = set(type(Settings().targets).model_fields)
    assert {headline.setting for headline in TARGETED} <= fields
    assert len({headline.setting for headline in TARGETED}) == len(TARGETED)


def test_the_targets_are_those_of_the_settings() -> None:
    changed = {headline.setting: 1 for headline in TARGETED}
    settings = Settings.model_validate({"targets": changed, "customers": {"enabled": True}})
    chosen = settings.targets.chosen.usual
    assert chosen == {headline.name: int(headline in TARGETED) for headline in HEADLINES}
    assert Settings().targets.chosen.usual == {headline.name: headline.default for headline in HEADLINES}


def test_a_row_that_is_not_there_is_named_with_those_that_are() -> None:
    (metric,) = [metric for metric in METRICS if metric.name == "resolution_time"]
    with pytest.raises(ValueError, match=r"no definition 'solved'; it has: created_to_first_solved, created_to_last"):
        row_of(metric, "solved")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_language_has_the_texts_of_every_headline_and_no_other(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    keys = set(re.findall(r'(?m)^  "([^"]+)":', text))
    names = {headline.name for headline in HEADLINES}
    assert {key.removeprefix("tile.") for key in keys if key.startswith("tile.")} == names
    assert {f"about.{name}" for name in names} <= keys
    ratios = {f"samples.of_{headline.samples}" for headline in HEADLINES if headline.row.kind == "ratio"}
    others = {
        f"samples.{headline.samples}" for headline in HEADLINES if headline.row.kind in ("duration", "mean", "count")
    }
    assert ratios | others <= keys


def test_the_page_names_no_headline() -> None:
    # In a string or as a key: a comment may say what it is about.
    pattern = rf"""["'`.]({"|".join(headline.name for headline in HEADLINES)})\b"""
    files = [path for path in (ROOT / "stream/wallboard").glob("*.js") if re.search(pattern, path.read_text())]
    assert [path.name for path in files] == []


def test_the_reference_lists_them_in_their_order() -> None:
    text = (ROOT / "METRICS.md").read_text(encoding="utf-8").partition("## Headlines")[2]
    listed = re.findall(r"(?m)^\| ([^|]+?) \|.*\| at (?:most|least) `targets\.(\w+)` \|", text)
    assert listed == [(headline.title, headline.setting) for headline in TARGETED]


def test_the_alerts_that_watch_them_are_there() -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules/alerts.yml").read_text(encoding="utf-8"))
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    assert {watch.alert for headline in HEADLINES for watch in headline.watches} <= names


@pytest.fixture(scope="module")
def one_more() -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", ONE_MORE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_one_more_is_on_the_board(one_more: dict[str, Any]) -> None:
    tile = one_more["tile"]
    assert (tile["metric"], tile["statistic"], tile["samples"]) == ("first_resolution", "p50", "tickets")
    assert (tile["target"], tile["judgement"], tile["count"]) == (6000.0, "off_target", 2)
    assert tile["value"] == pytest.approx(6900, rel=0.02)


def test_one_more_is_in_the_settings_and_on_metrics(one_more: dict[str, Any]) -> None:
    assert "targets.first_resolution_seconds" in one_more["settings"]
    assert re.search(r'deskpulse_target_seconds\{[^}]*metric="first_resolution"[^}]*\} 6000\.0', one_more["page"])


def test_one_more_is_on_a_dashboard_with_its_gauge(one_more: dict[str, Any]) -> None:
    panels = {panel["title"]: panel for panel in json.loads(one_more["dashboard"])["panels"]}
    (query, *_) = panels["First resolution p50"]["targets"]
    assert "deskpulse_first_resolution_time_percentile_seconds{" in query["expr"]
    assert 'percentile="50"' in query["expr"]
    assert "$first_resolution_target * 60" in query["expr"]
    assert "First resolution p50: target" in panels


def test_one_more_is_in_the_needs_of_the_rules(one_more: dict[str, Any]) -> None:
    assert one_more["needs"] == [
        "windows.rolling has no 4h: the alert FirstResolutionOverTarget of deploy/prometheus cannot fire"
    ]
