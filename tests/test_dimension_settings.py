"""The dimensions of an installation, and that all that names some names those."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stream.errors import ConfigError
from stream.metrics.series import gauges_of
from stream.rules import fingerprint_of, rules_of, spike_rule_of
from stream.settings import Settings, load_settings
from stream.settings.catalogue import fields
from stream.settings.load import load
from stream.settings.reference import as_env, as_toml

FIVE = "channel,team,priority,brand,region"


def refused(tmp_path: Path, text: str = "", **environ: str) -> str:
    file = tmp_path / "deskpulse.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(environ, file)
    return str(caught.value)


def test_they_are_channel_team_and_priority_unless_something_else_is_said() -> None:
    assert Settings().dimensions == ("channel", "team", "priority")
    assert load_settings({"DESKPULSE_DIMENSIONS": FIVE}).dimensions == tuple(FIVE.split(","))
    assert rules_of(load_settings({"DESKPULSE_DIMENSIONS": FIVE})).definitions.dimensions == tuple(FIVE.split(","))
    assert spike_rule_of(load_settings({"DESKPULSE_DIMENSIONS": FIVE})).dimensions == tuple(FIVE.split(","))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "names 0 dimensions; allowed: 1 to 8"),
        ("a,b,c,d,e,f,g,h,i", "names 9 dimensions; allowed: 1 to 8"),
        ("channel,Brand", "'Brand' is no name of a dimension; allowed: a-z and 0-9, at most 32"),
        ("channel,product_line", "'product_line' is no name of a dimension; allowed: a-z and 0-9"),
        ("channel,1st", "'1st' is no name of a dimension"),
        (f"channel,{'b' * 33}", "is no name of a dimension"),
        ("channel,brand,channel", "'channel' is there twice"),
        *(
            (f"channel,{word}", f"'{word}' is a word of series, settings or queries")
            for word in ("by", "window", "all")
        ),
    ],
)
def test_a_wrong_list_stops_with_key_value_and_what_is_allowed(tmp_path: Path, given: str, told: str) -> None:
    text = refused(tmp_path, DESKPULSE_DIMENSIONS=given)
    assert text.startswith(f"DESKPULSE_DIMENSIONS={given!r}: ")
    assert told in text


ALLOWED = "is not all, nor channel, team, brand joined by _ in this order"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[group_by]\nnames = ['all', 'region']", f"group_by.names=['all', 'region'] ({{file}}): 'region' {ALLOWED}"),
        ("[group_by]\nnames = ['brand_team']", "'brand_team' is not all, nor channel, team, brand joined by _ in this"),
        ("[group_by]\nnames = ['brand_team']", "; did you mean 'team_brand'?"),
        ("[group_by]\nnames = ['priority']", f"'priority' {ALLOWED}"),
        ("[alerts]\ngroup_by = ['region']", f"alerts.group_by=['region'] ({{file}}): 'region' {ALLOWED}"),
        ("[export]\ngroup_bys = ['region']", f"export.group_bys=['region'] ({{file}}): 'region' {ALLOWED}"),
        ("[export]\ncounters_by = 'region'", f"export.counters_by='region' ({{file}}): 'region' {ALLOWED}"),
        ("[metrics.csat]\ngroups = ['region']", f"metrics.csat.groups='region' {ALLOWED}"),
        (
            "[[targets.by]]\nregion = 'eu'\ncsat_ratio = 0.9",
            "targets.by.1.region: 'region' is no dimension; allowed: channel, team, brand, service_level_ratio",
        ),
        ("[[targets.by]]\npriority = 'high'\ncsat_ratio = 0.9", "targets.by.1.priority: 'priority' is no dimension"),
        (
            "[[targets.by]]\nbrand = 'acme'\ncsat_ratio = 0.9",
            "targets.by.1: nothing is published by brand, so nothing would be judged by the targets of brand=acme; add "
            "brand to group_by.names",
        ),
        (
            "[[variants]]\nname = 'vip'\nof = 'csat_top_two_box'\nwhere = {region = 'eu'}",
            "variants.1.where.region: 'region' is no dimension; allowed: channel, team, brand",
        ),
        (
            "[calendars.eu]\ntime_zone = 'UTC'\nweek = {mon = '09:00-17:00'}\nwhere = {region = 'eu'}",
            "calendars.eu.where.region: 'region' is no dimension; allowed: channel, team, brand",
        ),
    ],
)
def test_what_names_another_dimension_stops_with_key_and_what_is_allowed(tmp_path: Path, text: str, told: str) -> None:
    found = refused(tmp_path, text, DESKPULSE_DIMENSIONS="channel,team,brand")
    assert told.replace("{file}", str(tmp_path / "deskpulse.toml")) in found


def test_calendars_of_teams_need_the_dimension(tmp_path: Path) -> None:
    text = "[calendars.eu]\ntime_zone = 'UTC'\nweek = {mon = '09:00-17:00'}\nteams = ['a']"
    found = refused(tmp_path, text, DESKPULSE_DIMENSIONS="channel,brand")
    assert "calendars.eu.teams: team is none of dimensions (channel,brand); add it there" in found


def test_groups_that_are_not_set_are_those_of_the_usual_that_there_can_be() -> None:
    chosen = load_settings({"DESKPULSE_DIMENSIONS": "channel,brand"})
    assert chosen.group_by.names == ("all", "channel")
    assert chosen.alerts.group_by == ("all", "channel")
    assert chosen.export.counters_by == "channel"
    alone = Settings.model_validate({"dimensions": ["brand"], "alerts": {"min_contacts": 20}})
    assert (alone.group_by.names, alone.alerts.group_by, alone.export.counters_by) == (("all",), ("all",), "all")
    assert alone.alerts.min_contacts == 20


def test_all_that_may_name_a_further_dimension_does(tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.toml"
    file.write_text(
        f"dimensions = {FIVE.split(',')}\n"
        "[group_by]\nnames = ['all', 'brand', 'channel_brand']\n"
        "[alerts]\ngroup_by = ['all', 'brand_region']\n"
        "[export]\ngroup_bys = ['brand']\ncounters_by = 'channel_brand'\n"
        "[metrics.csat]\ngroups = ['brand_region']\n"
        "[[targets.by]]\nbrand = 'acme'\ncsat_ratio = 0.9\n"
        "[[variants]]\nname = 'csat_of_acme'\nof = 'csat_top_two_box'\nwhere = {region = 'eu', brand = 'acme, zeta'}\n"
        "[calendars.eu]\ntime_zone = 'UTC'\nweek = {mon = '09:00-17:00'}\nwhere = {region = 'eu'}\n"
    )
    chosen = load_settings({}, file)
    assert chosen.group_names == ("all", "brand", "channel_brand", "brand_region")
    assert chosen.targets.chosen.value("csat", {"brand": "acme"}) == 0.9
    assert chosen.variants[0].variant().where == (("brand", ("acme", "zeta")), ("region", ("eu",)))
    assert chosen.calendars["eu"].calendar("eu").where == (("region", ("eu",)),)
    # What is shown can be read again.
    (tmp_path / "again.toml").write_text(as_toml(load({}, file)))
    assert load_settings({}, tmp_path / "again.toml") == chosen
    assert "DESKPULSE_DIMENSIONS=channel,team,priority,brand,region" in as_env(load({}, file)).splitlines()
    assert "dimensions" in {field.key for field in fields()}


@pytest.mark.parametrize("other", [{"dimensions": ("channel",)}, {"dimensions": ("team", "channel", "priority")}])
def test_the_list_is_part_of_the_fingerprint(other: dict[str, Any]) -> None:
    same = Settings.model_validate({"dimensions": "channel, team, priority"})
    assert fingerprint_of(rules_of(same)) == fingerprint_of(rules_of(Settings()))
    assert fingerprint_of(rules_of(Settings.model_validate(other))) != fingerprint_of(rules_of(Settings()))


def test_labels_of_series_are_those_of_the_dimensions() -> None:
    gauge = gauges_of(Settings().registry.rows[0])[0]
    assert gauge.labels_by(("brand", "channel")) == ("by", "brand", "channel", "window", "definition")
