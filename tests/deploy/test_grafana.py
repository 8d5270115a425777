"""The dashboards that are shipped: made from their source, and complete."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.source import build, judgement
from tests.deploy.asked import (
    PANELS,
)
from tests.deploy.dashboards import (
    BOARDS,
    GRAFANA,
    ROOT,
    all_panels,
    links,
    panels,
    variables,
)


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
