"""Which numbers are on /metrics: as each row says, and as the settings say; counters are summed, and never go back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from stream.domain.cells import Cell
from stream.domain.rows import Rows
from stream.domain.segments import segment_of
from stream.edge.owners.view import View
from stream.edge.serve.prometheus.export import Export
from stream.edge.serve.prometheus.number_text import COUNTERS, NumberText
from stream.settings import Settings
from tests.golden.desk import EVERYTHING, SETTINGS, FixedState, view

ROWS = Settings().registry.rows
NAMES = {spec.definition: spec.name for spec in ROWS}
ALL = frozenset(spec.name for spec in ROWS)
LEVELS = frozenset(spec.name for spec in ROWS if spec.kind == "level")
ONLY_IN_THE_TOPIC = frozenset(spec.name for spec in ROWS if spec.export is None)


def export(**chosen: Any) -> Export:
    return Export(Settings.model_validate({"export": chosen}))


def page(chosen: Any, of: View | None = None) -> list[str]:
    """Samples on the page of the golden desk."""
    settings = SETTINGS.model_copy(update={"export": Settings.model_validate({"export": chosen}).export})
    text = b"".join(NumberText(FixedState(of or view(), settings=settings)).parts(is_openmetrics=False)).decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_each_row_says_in_which_windows_and_how_finely_it_is_exported() -> None:
    usual = export()
    mean, top, reply = (NAMES[one] for one in ("csat_mean", "csat_top_two_box", "first_human_reply"))
    assert {mean, top} <= usual.rows("team", "30d")
    assert reply not in usual.rows("team", "30d")
    assert reply in usual.rows("channel_team", "1h")
    assert {mean, top} & usual.rows("channel_team", "30d") == {top}
    assert {NAMES["created_not_solved"], NAMES["queued_not_left"]} <= usual.rows("channel_team", "now") <= LEVELS
    assert usual.rows("priority", "1h") == usual.rows("priority", "now") == frozenset()
    assert NAMES["first_reply_to_customer"] not in {name for by in ("all", "team") for name in usual.rows(by, "1h")}


def test_a_window_that_somebody_added_is_exported() -> None:
    chosen = Export(Settings.model_validate({"windows": {"rolling": "60m,7d,90d"}}))
    rows = [chosen.rows("team", window) for window in ("60m", "90d", "7d")]
    assert [NAMES["first_human_reply"] in names for names in rows] == [True, True, False]


def test_what_the_settings_name_is_there_whatever_a_row_says() -> None:
    assert export(**EVERYTHING).rows("channel_team", "today") == ALL - LEVELS
    assert export(**EVERYTHING).rows("channel_team", "now") == LEVELS
    assert NAMES["first_human_reply"] in export(windows="30d").rows("team", "30d")
    assert export(windows="30d").rows("team", "1h") == frozenset()
    assert export(windows="30d").rows("team", "now") == LEVELS - ONLY_IN_THE_TOPIC
    assert NAMES["csat_mean"] in export(group_bys="channel_team").rows("channel_team", "1h")
    assert export(group_bys="channel_team").rows("all", "now") == frozenset()
    assert export(definitions="first_reply_to_customer").rows("all", "1h") == {NAMES["first_reply_to_customer"]}


def test_what_is_not_published_is_not_exported() -> None:
    settings = {"windows": {"rolling": "1h", "today": False}, "group_by": {"names": "all"}, "export": EVERYTHING}
    settings["export"] = EVERYTHING | {"counters_by": "channel"}
    chosen = Export(Settings.model_validate(settings))
    assert chosen.rows("all", "1h") == ALL - LEVELS
    assert (chosen.rows("all", "24h"), chosen.rows("team", "1h")) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ({"series_allow": "deskpulse_csat_ratio"}, {"deskpulse_csat_ratio"}),
        (
            {"series_allow": "/deskpulse_csat_(ratio|score_mean)/"},
            {"deskpulse_csat_ratio", "deskpulse_csat_score_mean"},
        ),
        ({"series_allow": "/deskpulse_csat_r.*/", "series_deny": "deskpulse_csat_ratio"}, set()),
        ({"series_allow": "/csat/"}, set()),
        ({"series_allow": "deskpulse_contacts_offered_total"}, {"deskpulse_contacts_offered_total"}),
        ({"series_allow": "deskpulse_first_response_seconds"}, {"deskpulse_first_response_seconds"}),
    ],
)
def test_series_are_allowed_and_denied_by_name_and_pattern(lists: dict[str, str], expected: set[str]) -> None:
    found = {re.sub(r"_(bucket|count|sum)$", "", line.partition("{")[0]) for line in page(EVERYTHING | lists)}
    assert found == expected


def left_out(**lists: str) -> dict[str, int]:
    """What does not fit where there is no room at all."""
    settings = Settings.model_validate(
        {
            "windows": {"rolling": "15m"},
            "group_by": {"names": "all"},
            "export": EVERYTHING | lists,
        }
    )
    no_room = settings.http.model_copy(update={"max_metrics_samples": 0})
    settings = settings.model_copy(update={"http": no_room})
    numbers = NumberText(FixedState(view(), settings=settings))
    assert b"".join(numbers.parts(is_openmetrics=False)) == b""
    return dict(numbers.left_out)


def test_denied_series_take_no_room() -> None:
    whole, less = left_out(), left_out(series_deny="/.*_(mean|percentile)_seconds/,/.*_total/")
    assert 0 < less["all"] < whole["all"]
    assert 0 < less[COUNTERS] < whole[COUNTERS]


def test_counters_are_summed_by_what_is_wanted() -> None:
    cells = {"answered": Cell(2, 5_000_000, {1: 2}), "offered": Cell(3, 0)}
    of = View(Rows({}), {segment_of("phone", "a", one): cells for one in ("low", "high")}, {}, 1, 1)
    chosen = {"series_allow": "/deskpulse_contacts_offered_total/"}
    assert page(chosen, of) == ['deskpulse_contacts_offered_total{channel="phone",priority="",team="a"} 6.0']
    assert page(chosen | {"counters_by": "all"}, of) == [
        'deskpulse_contacts_offered_total{channel="",priority="",team=""} 6.0'
    ]
    assert len(page(chosen | {"counters_by": "channel_team_priority"}, of)) == 2
    assert page(chosen | {"counters_by": "none"}, of) == []
    # What is summed is not changed by it.
    assert cells["offered"] == Cell(3, 0)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"windows": "2h"}, "'2h' is not published; there are *, 5m, 15m"),
        ({"group_bys": "team_priority"}, "'team_priority' is not published; there are *, all, channel"),
        ({"group_bys": "teams"}, "'teams' is not all, nor channel, team, priority"),
        ({"definitions": "csat"}, "'csat' is no definition; there are *, first_human_reply"),
        ({"counters_by": "no"}, "'no' is not all, nor channel, team, priority"),
        ({"series_deny": "/(/"}, "'/(/' is no regular expression"),
        ({"series_allow": "Csat"}, "'Csat' is neither the name of a series nor a regular expression"),
    ],
)
def test_a_wrong_setting_says_what_is_allowed(chosen: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        Settings.model_validate({"export": chosen})
