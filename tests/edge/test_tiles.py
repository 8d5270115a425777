"""The tiles of a board: every number is that of the view, and is judged by its target."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from stream.domain.trends import Trend
from stream.edge.owners.view import EMPTY_VIEW, View
from stream.edge.serve.access.tally import HttpTally
from stream.edge.serve.prometheus.exposition import exposition_of
from stream.edge.serve.tiles import RESOLVED_SHOWN_US, Tiles, alerts_shown
from stream.metrics.headlines import HEADLINES
from stream.settings import Settings
from tests.domain.stories import Story
from tests.golden.desk import MINUTE, NOW, SETTINGS, TICKETS, FixedState, view

NAMES = [headline.name for headline in HEADLINES]


def tiles(
    shown: View, by: str = "all", group: str = "", settings: Settings = SETTINGS, window: str = "15m"
) -> dict[str, Any]:
    return {tile["metric"]: tile for tile in Tiles(settings).tiles(shown, HEADLINES, window, by, group, {})}


def settings(**sections: dict[str, Any]) -> Settings:
    return Settings.model_validate(SETTINGS.model_dump(exclude_defaults=True) | sections)


def test_the_headlines_come_in_the_order_of_the_board() -> None:
    assert list(tiles(view())) == NAMES


def test_values_counts_and_definitions() -> None:
    shown = tiles(view(), window="today")
    abandonment = shown["abandonment"]
    assert (abandonment["numerator"], abandonment["denominator"], abandonment["count"]) == (2, 3, 3)
    assert abandonment["value"] == pytest.approx(2 / 3)
    assert abandonment["definition"] == "abandoned_of_answered_and_abandoned@2"
    assert (shown["waiting_contacts"]["value"], shown["waiting_contacts"]["count"]) == (1, None)
    assert (shown["longest_wait"]["value"], shown["longest_wait"]["unit"]) == (75.0, "seconds")
    assert (shown["longest_wait"]["since"], shown["longest_wait"]["risk_begins"]) == ("2025-11-22T08:58:45Z", 108.0)
    assert shown["first_response_time"]["statistic"] == "p90"
    assert shown["first_response_time"]["value"] > 0


def test_tiles_are_what_metrics_export() -> None:
    state = FixedState(view())
    page = exposition_of(state, HttpTally()).page("").decode()
    for by, group, labels in (("all", "", 'channel="",team=""'), ("channel", "phone", 'channel="phone",team=""')):
        shown = tiles(state.view, by, group)
        known = rf'by="{by}",{labels},priority=""'.replace('priority=""', "")
        for name, series, more in (
            ("abandonment", "deskpulse_abandonment_ratio", ""),
            ("service_level", "deskpulse_service_level_ratio", ""),
            ("csat", "deskpulse_csat_ratio", ""),
            ("first_response_time", "deskpulse_first_response_time_percentile_seconds", "90"),
            ("waiting_contacts", "deskpulse_waiting_contacts", ""),
            ("longest_wait", "deskpulse_longest_wait_seconds", ""),
            ("open_tickets", "deskpulse_open_tickets", ""),
        ):
            tile = shown[name]
            found = [
                float(line.rpartition(" ")[2])
                for line in page.splitlines()
                if re.match(rf"{series}\{{", line)
                and f'definition="{tile["definition"]}"' in line
                and f'by="{by}"' in line
                and all(f'{label}="{value}"' in line for label, value in _labels(by, group).items())
                and ('window="15m"' in line or 'window="now"' in line)
                and (not more or f'percentile="{more}"' in line)
            ]
            assert found == ([] if tile["value"] is None else [pytest.approx(tile["value"])]), (known, name)


def _labels(by: str, group: str) -> dict[str, str]:
    return {"channel": group if by == "channel" else "", "team": "", "priority": ""}


def test_a_tile_says_what_to_ask_for_where_those_behind_it_are_told_by_name() -> None:
    shown = tiles(view(), "tier", "gold", settings(customers={"enabled": True}))
    assert shown["customers_at_risk"]["customers"] == {
        "level": "bad_answer_and_open_ticket",
        "by": "tier",
        "tier": "gold",
    }
    assert shown["sla_due_soon"]["tickets"]["level"] == "promises_due_in_15m"
    others = [tile for name, tile in shown.items() if name not in ("customers_at_risk", "sla_due_soon")]
    assert not [tile["metric"] for tile in others if "tickets" in tile or "customers" in tile]
    # Where nobody counts customers, nobody can be asked for.
    assert "customers" not in tiles(view())["customers_at_risk"]


def test_numbers_are_judged_by_their_targets() -> None:
    targets = {"abandonment_ratio": 0.5, "longest_wait_seconds": 70, "min_samples": 2, "waiting_contacts": 5}
    shown = tiles(view(), settings=settings(targets=targets))
    assert (shown["abandonment"]["judgement"], shown["abandonment"]["target"]) == ("off_target", 0.5)
    assert shown["longest_wait"]["judgement"] == "off_target"
    assert shown["waiting_contacts"]["judgement"] == "on_target"
    assert (shown["open_tickets"]["judgement"], shown["open_tickets"]["target"]) == ("no_target", None)


def test_few_samples_are_not_judged() -> None:
    assert tiles(view())["abandonment"]["judgement"] == "too_few"
    assert tiles(view())["abandonment"]["min_samples"] == 20


def test_where_nothing_is_known_there_is_no_number() -> None:
    shown = tiles(EMPTY_VIEW)
    assert {tile["judgement"] for tile in shown.values()} == {"no_data"}
    assert {tile["value"] for tile in shown.values()} == {None}
    assert shown["longest_wait"]["since"] is None
    assert shown["abandonment"]["numerator"] is None


def test_nobody_waiting_is_a_wait_of_nothing_and_good() -> None:
    shown = tiles(view({"answered call": TICKETS["answered call"]}))
    assert (shown["longest_wait"]["value"], shown["longest_wait"]["judgement"]) == (0.0, "on_target")
    assert shown["longest_wait"]["since"] is None


def test_the_service_level_says_within_which_time() -> None:
    chosen = settings(definitions={"answer_within_seconds": "20,chat=60"})
    assert tiles(view(), settings=chosen)["service_level"]["answer_within_seconds"] == {"default": 20.0, "chat": 60.0}


def alert(
    status: str, severity: str, by: str = "all", segment: dict[str, str] | None = None, **more: object
) -> dict[str, Any]:
    return {"alert": f"{by}|{more}", "status": status, "severity": severity, "by": by, "segment": segment or {}, **more}


def test_a_firing_alert_of_the_group_itself_marks_the_abandonment() -> None:
    shown = msgspec.structs.replace(
        view(),
        alerts=(
            alert("resolved", "critical", resolved="2025-11-22T08:59:00Z"),
            alert("firing", "warning", "channel", {"channel": "phone"}),
        ),
    )
    assert tiles(shown)["abandonment"]["spike"] is None
    assert tiles(shown, "channel", "phone")["abandonment"]["spike"] == "warning"
    assert tiles(shown, "channel", "chat")["abandonment"]["spike"] is None


def test_firing_alerts_come_first_and_old_ones_not_at_all() -> None:
    shown = msgspec.structs.replace(
        view(),
        alerts=(
            alert("resolved", "critical", resolved="2025-11-22T08:59:00Z"),
            alert("firing", "warning"),
            alert("firing", "critical"),
            alert("resolved", "critical", resolved="2025-11-22T07:59:00Z"),
        ),
    )
    assert shown.now_us == NOW * 1_000_000
    assert RESOLVED_SHOWN_US == 60 * MINUTE * 1_000_000
    found = [(row["status"], row["severity"]) for row in alerts_shown(shown)]
    assert found == [("firing", "critical"), ("firing", "warning"), ("resolved", "critical")]


def test_trends_are_shown_where_they_are_known() -> None:
    trend = Trend(NOW, 120, (None, 0.5))
    shown = {t["metric"]: t for t in Tiles(SETTINGS).tiles(view(), HEADLINES, "15m", "all", "", {"abandonment": trend})}
    assert shown["abandonment"]["trend"] == {"start": NOW, "step_seconds": 120, "values": (None, 0.5)}
    assert shown["csat"]["trend"] is None


def test_a_window_of_its_own_for_every_board() -> None:
    late = TICKETS | {"long ago": Story().created(NOW - 7200, "phone").queued(NOW - 7200).answered(NOW - 7100)}
    assert tiles(view(late))["abandonment"]["denominator"] == 3
    assert tiles(view(late), window="today")["abandonment"]["denominator"] == 4


def test_benchmarks_stand_beside_their_number_with_the_distance() -> None:
    benchmarks = {
        "us": {"metric": "csat", "value": 0.744, "source": "a survey"},
        "uk": {"metric": "csat", "value": 1.0, "source": "another"},
        "peers": {"metric": "nps", "value": 40, "source": "ours"},
    }
    chosen = settings(benchmarks=benchmarks)
    shown = tiles(view(), settings=chosen, window="today")
    csat = shown["csat"]["value"]
    assert shown["csat"]["benchmarks"] == [
        {"name": "uk", "value": 1.0, "source": "another", "distance": csat - 1.0},
        {"name": "us", "value": 0.744, "source": "a survey", "distance": csat - 0.744},
    ]
    nobody = tiles(view(), "team", "nobody", settings=chosen, window="today")
    assert [one["distance"] for one in nobody["csat"]["benchmarks"]] == [None, None]
    assert "benchmarks" not in shown["abandonment"]
    assert shown["csat"]["judgement"] == tiles(view(), window="today")["csat"]["judgement"]


def test_benchmarks_are_exported_in_the_unit_of_their_number() -> None:
    benchmarks = {
        "us": {"metric": "csat", "value": 0.744, "source": 'a "survey"'},
        "peers": {"metric": "nps", "value": -5, "source": "ours"},
        "fast": {"metric": "first_response_time", "value": 60, "source": "ours"},
    }
    page = exposition_of(FixedState(view(), settings=settings(benchmarks=benchmarks)), HttpTally()).page("").decode()
    lines = sorted(line for line in page.splitlines() if line.startswith("deskpulse_benchmark"))
    assert lines == [
        'deskpulse_benchmark_info{benchmark="fast",metric="first_response_time",source="ours"} 1.0',
        'deskpulse_benchmark_info{benchmark="peers",metric="nps",source="ours"} 1.0',
        'deskpulse_benchmark_info{benchmark="us",metric="csat",source="a \\"survey\\""} 1.0',
        'deskpulse_benchmark_points{benchmark="peers",metric="nps"} -5.0',
        'deskpulse_benchmark_ratio{benchmark="us",metric="csat"} 0.744',
        'deskpulse_benchmark_seconds{benchmark="fast",metric="first_response_time"} 60.0',
    ]


def test_parts_of_overall_satisfaction_stand_beside_it() -> None:
    shown = tiles(view(), window="today")["overall_satisfaction"]
    (row,) = [
        row
        for row in view().rows.values()
        if row["metric"] == "overall_satisfaction" and row["window"] == "today" and row["by"] == "all"
    ]
    assert shown["parts"] == {name: row[name] for name in ("csat", "nps", "ces")}
    assert (shown["value"], shown["count"]) == (row["value"], row["count"])
    assert tiles(view(), "team", "nobody")["overall_satisfaction"]["parts"] == dict.fromkeys(("csat", "nps", "ces"))
