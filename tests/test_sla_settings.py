"""Tables ``[[sla]]``: what may be written there, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.domain.sla import SlaPolicy
from stream.errors import ConfigError
from stream.rules import fingerprint_of, metrics_of, places_of, rules_of
from stream.settings import Settings, load_settings
from stream.settings.load import load
from stream.settings.reference import as_toml

OFFICE = "[calendars.office]\ntime_zone = 'Europe/Berlin'\nweek = {mon-fri = '09:00-17:00'}\n"
ONE = "[[sla]]\nname = 'one'\nfirst_reply_seconds = 900\n"


def loaded(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "deskpulse.toml"
    file.write_text(text)
    return load_settings({}, file)


def test_a_policy_says_to_whom_what_was_promised_in_which_hours_and_since_when(tmp_path: Path) -> None:
    chosen = loaded(
        tmp_path,
        OFFICE + "[[sla]]\nname = 'urgent'\nwhere = {priority = 'urgent, high'}\nfirst_reply_seconds = 900\n"
        "next_reply_seconds = 1800.5\nresolution_seconds = 14400\ncalendar = 'office'\npauses = 'on_hold, pending'\n"
        "valid_from = '2026-03-01'\n",
    )
    assert rules_of(chosen).definitions.sla == (
        SlaPolicy(
            "urgent",
            (900_000_000, 1_800_500_000, 14_400_000_000),
            (("priority", ("urgent", "high")),),
            "office",
            ("pending", "on_hold"),
            1_772_323_200_000_000,
        ),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[sla]]\nname = 'one'\n", "sla.1 ({file}): one promises nothing; give one or more of first_reply_seconds"),
        (
            ONE + "pauses = 'solved'",
            "'solved' is no status in which a clock may stand still; allowed: new, open, pending",
        ),
        (ONE + "valid_from = 'May'", "sla.1.valid_from='May' ({file}): 'May' is not a date such as 2026-12-24"),
        (ONE + "calendar = 'office'", "sla.1.calendar='office': there is no such calendar; there are none yet"),
        (OFFICE + ONE + "calendar = 'night'", "there is no such calendar; there are office"),
        (ONE + "where = {tier = 'gold'}", "sla.1.where.tier: 'tier' is no dimension; allowed: channel, team, priority"),
        (ONE + ONE, "sla.2.name='one' is there already; give each its own"),
        (ONE + ONE.replace("one", "two"), "sla.2: no ticket is ever judged by two: one (sla.1) takes all that fit it"),
        (ONE + ONE.replace("one", "two") + "where = {team = 'a'}", "sla.2: no ticket is ever judged by two"),
        (ONE + ONE.replace("one", "two") + "where = {team = 'a'}\nvalid_from = '2026-03-01'", "sla.2: no ticket is"),
        (
            ONE + "where = {team = 'a, b'}\n" + ONE.replace("one", "two") + "where = {team = 'b', channel = 'chat'}",
            "sla.2: no ticket is ever judged by two: one (sla.1) takes all that fit it; put the one that fits fewer in",
        ),
        (ONE + "resolution_seconds = -1", "sla.1.resolution_seconds=-1"),
        (ONE + "first_seconds = 1", "sla.1.first_seconds ({file}): no such setting; there are name, where"),
    ],
)
def test_a_wrong_one_stops_with_its_key_and_what_is_allowed(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert told.replace("{file}", str(tmp_path / "deskpulse.toml")) in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "more"),
    [
        ("where = {team = 'a'}", "", ""),
        ("where = {team = 'a'}", "where = {team = 'a, b'}", ""),
        ("", "valid_from = '2026-03-01'", ""),
        ("valid_from = '2026-03-01'", "where = {team = 'a'}", ""),
        # From May on the first gives way to the third, before which the second stands.
        ("", "where = {team = 'a'}", "valid_from = '2026-05-01'"),
    ],
)
def test_policies_that_share_tickets_and_are_all_taken(tmp_path: Path, first: str, second: str, more: str) -> None:
    text = f"{ONE}{first}\n{ONE.replace('one', 'two')}{second}\n"
    text += f"{ONE.replace('one', 'three')}{more}\n" if more else ""
    assert len(loaded(tmp_path, text).sla) == 2 + bool(more)


def test_without_a_policy_there_is_no_metric_and_with_one_other_rules(tmp_path: Path) -> None:
    without, chosen = Settings(), loaded(tmp_path, ONE)
    for settings, is_there in ((without, False), (chosen, True)):
        assert ("sla" in [metric.name for metric in metrics_of(settings)]) is is_there
        assert bool(places_of(settings)["sla_attainment|promises_at_least@1"].group_bys) is is_there
    other = loaded(tmp_path, ONE.replace("900", "901"))
    assert len({fingerprint_of(rules_of(settings)) for settings in (without, chosen, other)}) == 3


def test_what_is_shown_can_be_read_again(tmp_path: Path) -> None:
    chosen = loaded(tmp_path, ONE + "where = {team = 'a'}\npauses = 'pending'\nvalid_from = '2026-03-01'\n")
    again = tmp_path / "again.toml"
    again.write_text(as_toml(load({}, tmp_path / "deskpulse.toml")))
    assert load_settings({}, again).sla == chosen.sla
