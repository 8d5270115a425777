"""Variants of metrics, from the settings to rows, gauges and facts; nothing that is not theirs changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stream.domain.facts import Facts
from stream.edge.serve.prometheus.export import Export
from stream.errors import ConfigError
from stream.metrics import METRICS, csat
from stream.metrics.reference import reference
from stream.metrics.series import gauges_of
from stream.rules import fingerprint_of, rules_of
from stream.settings import Settings
from stream.settings.load import load
from stream.settings.reference import as_toml
from tests.domain.stories import Story
from tests.flow.drive import Flow

VIP: dict[str, Any] = {
    "name": "abandoned_of_vip",
    "of": "abandoned_of_answered_and_abandoned",
    "where": {"team": ["vip", "gold"]},
    "short_abandon_seconds": "5",
}
SLOWER: dict[str, Any] = {
    "name": "answered_within_a_minute",
    "of": "answered_within_of_answered_and_abandoned",
    "version": 3,
    "answer_within_seconds": "60,chat=90",
}
STRICT: dict[str, Any] = {"name": "csat_best_only", "of": "csat_top_two_box", "csat_top_boxes": "1"}
FAST: dict[str, Any] = {"name": "reply_by_email", "of": "first_human_reply", "where": {"channel": "email"}}


def settings(*variants: dict[str, Any], **more: Any) -> Settings:
    return Settings.model_validate({"variants": variants, **more})


def flow(*variants: dict[str, Any]) -> Flow:
    return Flow(windows={"rolling": "1h", "today": False}, group_by={"names": "all,team"}, variants=variants)


def call(running: Flow, ticket: str, team: str, waited: int, end: str) -> None:
    running.tell(ticket, "ticket.created", -100, channel="phone", team=team)
    running.tell(ticket, "ticket.queued", -100).tell(ticket, f"ticket.{end}", waited - 100)


def rows(running: Flow, definition: str) -> dict[str, tuple[Any, Any]]:
    """Numerator and count by team, ``all`` for all."""
    return {
        row["segment"].get("team", "all"): (row.get("numerator"), row["count"])
        for row in running.rows().values()
        if row["definition"] == definition
    }


def test_a_variant_has_rows_of_what_it_filters_by_its_own_knobs() -> None:
    with flow(VIP) as running:
        call(running, "V-1", "vip", 3, "abandoned")  # too short to count, here
        call(running, "V-2", "vip", 30, "abandoned")
        call(running, "G-1", "gold", 30, "answered")
        call(running, "T-1", "tech", 30, "abandoned")
        running.settle()
        assert rows(running, "abandoned_of_vip@1") == {"all": (1, 2), "vip": (1, 1), "gold": (0, 1)}
        usual = rows(running, "abandoned_of_answered_and_abandoned@2")
        assert usual == {"all": (3, 4), "vip": (2, 2), "gold": (0, 1), "tech": (1, 1)}
        running.tell("V-2", "ticket.updated", -1, team="tech").settle()
        assert rows(running, "abandoned_of_vip@1")["all"] == (0, 1)
        assert rows(running, "abandoned_of_vip@1") == rows(running.restart(), "abandoned_of_vip@1")


def test_what_is_not_a_variants_is_as_if_there_were_none() -> None:
    def everything(*variants: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        with flow(*variants) as running:
            call(running, "V-1", "vip", 30, "abandoned")
            call(running, "T-1", "tech", 30, "answered")
            running.settle()
            rows = {key: row for key, row in running.rows().items() if "vip@" not in key and "minute@" not in key}
            facts = running.logs.content(running.names["facts"])
            return rows, {key: fact for key, fact in facts.items() if "of_vip" not in key and "minute" not in key}

    plain, varied = everything(), everything(VIP, SLOWER)
    assert [row | {"revision": 0} for row in varied[0].values()] == [row | {"revision": 0} for row in plain[0].values()]
    assert varied[1] == plain[1]


def test_each_kind_of_definition_can_be_varied() -> None:
    with flow(SLOWER, STRICT, FAST) as running:
        call(running, "T-1", "tech", 50, "answered")
        running.tell("E-1", "ticket.created", -500, channel="email").tell(
            "E-1", "ticket.message", -100, author="agent", public=True
        )
        running.tell("E-1", "survey.answered", -50, survey_id="S-1", kind="csat", score=4)
        running.settle()
        assert rows(running, "answered_within_a_minute@3")["all"] == (1, 1)
        assert rows(running, "answered_within_of_answered_and_abandoned@2")["all"] == (0, 1)
        assert rows(running, "csat_best_only@1")["all"] == (0, 1)
        assert rows(running, "csat_top_two_box@2")["all"] == (1, 1)
        (row,) = [
            row for row in running.rows().values() if row["definition"] == "reply_by_email@1" and row["by"] == "all"
        ]
        assert (row["count"], row["mean"], row["metric"]) == (1, 400.0, "first_response_time")
        facts = running.logs.content(running.names["facts"])
        assert {fact["fact"] for fact in facts.values()} >= {"reply_by_email/first_response", "csat_best_only/csat/S-1"}


@pytest.mark.parametrize(
    ("of", "before", "after"),
    [
        ("first_reply_of_decided", (0, 0), (0, 1)),
        ("first_reply_at_most", (1, 1), (0, 1)),
        ("first_reply_undecided", (None, 1), (None, 0)),
        ("first_reply_breached", (None, 0), (None, 1)),
    ],
)
def test_of_promises_it_is_breached_by_the_clock_as_its_original_is(
    of: str, before: tuple[Any, int], after: tuple[Any, int]
) -> None:
    variant = {"name": "of_vip", "of": of, "where": {"team": "vip"}}
    with Flow(
        windows={"rolling": "1h", "today": False},
        group_by={"names": "all"},
        variants=[variant],
        sla=[{"name": "all", "first_reply_seconds": 300}],
    ) as running:
        for team in ("vip", "tech"):
            running.tell(f"{team}-1", "ticket.created", 0, channel="email", team=team)
        running.settle()
        assert rows(running, "of_vip@1").get("all", (None, 0)) == before
        running.advance(420)
        numerator, count = rows(running, f"{of}@1")["all"]
        assert (numerator, count) == (after[0] and 2 * after[0], 2 * after[1])
        assert rows(running, "of_vip@1")["all"] == after


def test_its_gauges_are_no_others() -> None:
    """Rules and dashboards that name no definition must not see it."""
    varied = settings(VIP, SLOWER, STRICT, FAST)
    own = {gauge.name for row in varied.registry.rows[-4:] for gauge in gauges_of(row)}
    assert "deskpulse_abandoned_of_vip_ratio" in own
    assert own.isdisjoint(gauge.name for metric in METRICS for row in metric.rows for gauge in gauges_of(row))
    assert own <= Export(varied).families.keys()


@pytest.mark.parametrize("of", ["promoters_less_detractors", "waits_of_answered_cut_short"])
def test_it_is_made_of_measures_of_its_own_alone(of: str) -> None:
    made = settings({"name": "own", "of": of, "where": {"team": ["vip"]}}).registry.metrics
    (variant,) = (metric for metric in made if metric.name == "own")
    assert set(variant.rows[0].measures) == set(variant.measures)


def test_it_is_documented_and_may_have_windows_of_its_own() -> None:
    varied = settings(VIP, metrics={"abandoned_of_vip": {"windows": "90d"}})
    page = reference(varied.registry.metrics)
    assert "### abandonment: `abandoned_of_vip@1`" in page
    assert "team vip or gold, short_abandon_seconds = 5, short_abandon_by_channel = none" in page
    assert "90d" in varied.window_names


def test_a_variant_that_changes_is_another_state() -> None:
    def fingerprint(*variants: dict[str, Any]) -> str:
        return fingerprint_of(rules_of(settings(*variants)))

    changed = [
        VIP | {"version": 2},
        VIP | {"where": {"team": ["vip"]}},
        VIP | {"short_abandon_seconds": "6"},
        VIP | {"name": "abandoned_of_some"},
    ]
    found = [fingerprint(), *(fingerprint(variant) for variant in (VIP, *changed))]
    assert len(set(found)) == len(found)
    assert fingerprint(VIP) == fingerprint(dict(VIP))


def test_facts_of_a_ticket_without_any_of_it_are_none() -> None:
    variant = settings(VIP).registry.metrics[-1]
    facts: Facts = {}
    story = Story().created(0, "phone", "tech").queued(1).abandoned(90)
    variant.facts(story.timeline, story.definitions, facts)
    assert facts == {}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"of": "abandonment"}, "of='abandonment' is no definition; allowed: first_human_reply, "),
        ({"of": "queued_not_left"}, "queued_not_left holds now, and has no variants"),
        ({"of": "answered_within_or_in_time_of_offered"}, "answered_within_or_in_time_of_offered holds now"),
        ({"of": "open_at_pace_of_window"}, "open_at_pace_of_window holds now, and has no variants"),
        ({"of": "erlang_c_and_a"}, "erlang_c_and_a is made of the measures of others, and has no variants"),
        ({"name": "csat"}, "csat: the metric 'csat' is there already, of the metric csat"),
        ({"name": "abandoned_of_answered_and_abandoned"}, "the definition 'abandonment abandoned_of_answered_and"),
        ({"name": "Vip"}, "String should match pattern"),
        ({"version": 0}, "greater than or equal to 1"),
        ({"where": {"region": ["eu"]}}, "'region' is no dimension; allowed: channel, team, priority"),
        ({"where": {"team": []}}, "team names nothing; allowed: one name or more"),
        ({"where": {"team": [" vip"]}}, "team=' vip'; allowed: a name as it is exported, such as 'vip'"),
        ({"short_abandon_seconds": "soon"}, "'soon' is neither seconds, such as 20, nor channel=seconds"),
        ({"where": {}, "short_abandon_seconds": None}, "differs from abandoned_of_answered_and_abandoned in nothing"),
        ({"longest_wait_hours": 3}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_one_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="variants") as caught:
        settings(VIP | changes)
    assert told in str(caught.value)


def test_a_file_has_a_table_for_each_and_is_written_back(tmp_path: Path) -> None:
    path = tmp_path / "deskpulse.toml"
    path.write_text(
        """
        [[variants]]
        name = "abandoned_of_vip"
        of = "abandoned_of_answered_and_abandoned"
        where = {team = ["vip", "gold"]}
        short_abandon_seconds = "5"
        [[variants]]
        name = "answered_within_a_minute"
        of = "answered_within_of_answered_and_abandoned"
        version = 3
        answer_within_seconds = "60,chat=90"
        """
    )
    loaded = load({}, path)
    assert loaded.settings.variants == settings(VIP, SLOWER).variants
    path.write_text(as_toml(loaded))
    assert load({}, path).settings == loaded.settings


def test_a_wrong_one_in_a_file_is_named_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "deskpulse.toml"
    path.write_text('[[variants]]\nname = "vip"\nof = "csat_top_two_box"\nwhere = {region = "eu"}\n')
    with pytest.raises(ConfigError) as caught:
        load({}, path)
    wrong = "variants.1.where.region: 'region' is no dimension; allowed: channel, team, priority"
    assert wrong in str(caught.value)
    path.write_text('[[variants]]\nname = "vip"\nof = "csat"\nwhere = {team = "vip"}\n')
    with pytest.raises(ConfigError, match=r"variants: vip: of='csat' is no definition; allowed: first_human_reply"):
        load({}, path)


def test_metrics_without_docstrings_as_compiled_ones_are_may_be_varied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csat, "__doc__", None)
    assert settings(STRICT | {"name": "csat_best_of_compiled"}).registry.rows[-1].definition == "csat_best_of_compiled"


def test_one_name_is_one_variant() -> None:
    with pytest.raises(ValueError, match="'abandoned_of_vip' is there already, of the metric abandoned_of_vip"):
        settings(VIP, VIP | {"version": 2})
