"""Targets that a part of the contacts has of its own: from the settings to tiles and gauges."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stream.domain.targets import OwnTargets
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.exposition import exposition_of
from stream.edge.serve.tiles import Tiles
from stream.errors import ConfigError
from stream.metrics.headlines import HEADLINES
from stream.settings import Settings, load_settings
from stream.settings.load import load
from stream.settings.reference import as_toml
from tests.golden.desk import SETTINGS, FixedState, view

TABLES: tuple[dict[str, Any], ...] = (
    {"channel": "phone", "abandonment_ratio": 0.6, "longest_wait_seconds": 60},
    {"team": "tech", "longest_wait_seconds": 0},
    {"channel": "phone", "team": "billing", "abandonment_ratio": 0.7},
)


def settings() -> Settings:
    chosen = SETTINGS.model_dump(exclude_defaults=True)
    return Settings.model_validate(chosen | {"targets": {"abandonment_ratio": 0.25, "min_samples": 1, "by": TABLES}})


def written(folder: Path, *tables: dict[str, Any]) -> Path:
    path = folder / "deskpulse.toml"
    texts = ["\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items()) for table in tables]
    path.write_text("\n".join(f"[[targets.by]]\n{text}" for text in texts))
    return path


def refused(folder: Path, *tables: dict[str, Any], **more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(more, written(folder, *tables))
    return str(caught.value)


def test_a_file_has_a_table_for_each_part(tmp_path: Path) -> None:
    chosen = load_settings({"DESKPULSE_TARGETS__ABANDONMENT_RATIO": "0.25"}, written(tmp_path, *TABLES)).targets.chosen
    assert chosen.usual["abandonment"] == 0.25
    assert chosen.own == (
        OwnTargets({"channel": "phone"}, {"abandonment": 0.6, "longest_wait": 60.0}),
        OwnTargets({"team": "tech"}, {"longest_wait": 0.0}),
        OwnTargets({"channel": "phone", "team": "billing"}, {"abandonment": 0.7}),
    )


def test_the_written_settings_are_read_back(tmp_path: Path) -> None:
    nameless = {"team": "", "open_tickets": 7}
    loaded = load({}, written(tmp_path, *TABLES, nameless))
    path = tmp_path / "written.toml"
    path.write_text(as_toml(loaded))
    assert load_settings({}, path) == loaded.settings


@pytest.mark.parametrize(
    ("table", "key", "told"),
    [
        (
            {"channel": "web", "service_level": 0.9},
            ".service_level=0.9",
            "no such setting; there are service_level_ratio",
        ),
        ({"brand": " a", "csat_ratio": 0.9}, ".brand=' a'", "allowed: a name as it is exported, such as 'a'"),
        ({"channel": "web", "csat_ratio": 80}, ".csat_ratio=80", "less than or equal to 1"),
        ({"channel": "web", "csat_ratio": True}, ".csat_ratio=True", "true and false are not allowed here"),
        ({"channel": "web", "csat_ratio": "good"}, ".csat_ratio='good'", "valid number"),
        ({"channel": "web", "open_tickets": 1.5}, ".open_tickets=1.5", "valid integer"),
        ({"channel": "web", "longest_wait_seconds": -1}, ".longest_wait_seconds=-1", "greater than or equal to 0"),
        ({"channel": " web", "csat_ratio": 0.9}, ".channel=' web'", "allowed: a name as it is exported, such as 'web'"),
        ({"channel": 7, "csat_ratio": 0.9}, ".channel=7", "valid string"),
        (
            {"channel": "web", "customer_churn_ratio": 0.1},
            ".customer_churn_ratio=0.1",
            "customers are in no part of the contacts, so none would be judged by it; set "
            "targets.customer_churn_ratio, which is that of all customers; allowed here: service_level_ratio",
        ),
        ({"tier": "gold", "customer_retention_ratio": "0.9"}, ".customer_retention_ratio='0.9'", "allowed here: "),
        ({"channel": "web"}, "", "has no target; it needs one or more of service_level_ratio"),
        ({"csat_ratio": 0.9}, "", "says not whose targets these are; it needs a dimension or more, such as channel"),
    ],
)
def test_a_wrong_table_is_named_with_its_key_its_value_and_what_is_allowed(
    tmp_path: Path, table: dict[str, Any], key: str, told: str
) -> None:
    (line,) = refused(tmp_path, {"team": "tech", "csat_ratio": 0.7}, table).splitlines()
    assert line.startswith(f"targets.by.2{key} (")
    assert told in line


def test_one_part_has_one_table(tmp_path: Path) -> None:
    again = {"team": "billing", "channel": "phone", "csat_ratio": 0.7}
    assert "targets.by.2: channel=phone, team=billing is there already" in refused(tmp_path, TABLES[2], again)


def test_targets_that_nothing_would_be_judged_by_are_refused(tmp_path: Path) -> None:
    text = refused(tmp_path, TABLES[0], TABLES[2], DESKPULSE_GROUP_BY__NAMES="all,channel,team")
    assert "targets.by.2: nothing is published by channel and team" in text
    assert "add channel_team to group_by.names (all,channel,team)" in text
    assert load_settings({"DESKPULSE_GROUP_BY__NAMES": "channel_team"}, written(tmp_path, TABLES[0]))


@pytest.mark.parametrize("group", ["", "gold"])
def test_customers_are_judged_by_the_target_of_all_whatever_group_is_looked_at(group: str) -> None:
    headlines = [headline for headline in HEADLINES if headline.name == "customer_churn"]
    targets = {"customer_churn_ratio": 0.05, "min_samples": 1, "by": TABLES}
    chosen = SETTINGS.model_dump(exclude_defaults=True) | {"customers": {"enabled": True}, "targets": targets}
    (tile,) = Tiles(Settings.model_validate(chosen)).tiles(
        view(), headlines, "30d", "tier" if group else "all", group, {}
    )
    assert (tile["target"], tile["judgement"]) == (0.05, "no_data")


def targets_of(by: str, group: str) -> dict[str, tuple[float | None, str]]:
    tiles = Tiles(settings()).tiles(view(), HEADLINES, "today", by, group, {})
    return {tile["metric"]: (tile["target"], tile["judgement"]) for tile in tiles}


def test_every_tile_is_judged_by_the_target_of_its_group() -> None:
    assert targets_of("all", "")["abandonment"] == (0.25, "off_target")
    assert targets_of("channel", "phone")["abandonment"] == (0.6, "off_target")
    assert targets_of("channel_team", "phone\x1fbilling")["abandonment"] == (0.7, "at_risk")
    assert targets_of("team", "billing")["abandonment"] == (0.25, "off_target")
    assert targets_of("channel", "phone")["longest_wait"] == (60.0, "off_target")
    assert targets_of("team", "tech")["longest_wait"] == (None, "no_target")


def exported(series: str, metric: str) -> dict[str, float]:
    page = exposition_of(FixedState(view(), settings=settings()), HttpTally()).page("").decode()
    labels = rf'by="(\w+)",channel="(\w*)",metric="{metric}",priority="",team="(\w*)"'
    pattern = rf"(?m)^deskpulse_target_{series}\{{{labels}\}} (\S+)$"
    return {"/".join(filter(None, found[:3])): float(found[3]) for found in re.findall(pattern, page)}


def test_the_gauges_say_which_target_holds_for_a_group() -> None:
    """One sample for all, and one for each group within a part: no other group needs any."""
    assert exported("ratio", "abandonment") == {
        "all": 0.25,
        "channel/phone": 0.6,
        "channel_team/phone/billing": 0.7,
        "channel_team/phone/tech": 0.6,
    }
    assert exported("seconds", "longest_wait") == {
        "all": 120.0,
        "channel/phone": 60.0,
        "team/tech": 0.0,
        "channel_team/phone/billing": 60.0,
        # Of two parts with equally many dimensions the first holds.
        "channel_team/phone/tech": 60.0,
        "channel_team/email/tech": 0.0,
    }
    assert exported("ratio", "csat") == {"all": 0.8}
