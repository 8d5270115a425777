"""Judging a number against its target."""

from __future__ import annotations

import itertools

import pytest

from stream.domain.targets import Judgement, OwnTargets, Target, Targets, judge

AT_MOST = Target(0.05, at_most=True)
AT_LEAST = Target(0.8)


@pytest.mark.parametrize(
    ("target", "number", "wanted"),
    [
        (AT_MOST, 0.0, "on_target"),
        (AT_MOST, 0.045, "on_target"),
        (AT_MOST, 0.0451, "at_risk"),
        (AT_MOST, 0.05, "at_risk"),
        (AT_MOST, 0.0501, "off_target"),
        (AT_LEAST, 1.0, "on_target"),
        (AT_LEAST, 0.83, "on_target"),
        (AT_LEAST, 0.81, "at_risk"),
        (AT_LEAST, 0.8, "at_risk"),
        (AT_LEAST, 0.7999, "off_target"),
    ],
)
def test_a_number_is_on_target_at_risk_or_off(target: Target, number: float, wanted: Judgement) -> None:
    assert judge(target, number, count=20, min_samples=20) == wanted


def test_too_few_samples_are_not_judged_and_nothing_is_no_data() -> None:
    assert judge(AT_MOST, 0.5, count=19, min_samples=20) == "too_few"
    assert judge(AT_MOST, None, count=0, min_samples=20) == "no_data"


def test_levels_have_no_samples() -> None:
    assert judge(AT_MOST, 0.5, count=None, min_samples=20) == "off_target"


def test_a_target_of_zero_is_none() -> None:
    assert judge(Target(0.0, at_most=True), 0.5, count=100, min_samples=20) == "no_target"


USUAL = {"wait": 120.0, "service_level": 0.8}


def own(part: dict[str, str], **values: float) -> OwnTargets:
    return OwnTargets(part, values)


@pytest.mark.parametrize(
    ("group", "wanted"),
    [
        ({}, 120.0),
        ({"channel": "email"}, 120.0),
        ({"channel": "phone"}, 60.0),
        ({"team": "billing"}, 90.0),
        ({"channel": "phone", "team": "billing"}, 30.0),
        ({"channel": "phone", "team": "billing", "priority": "high"}, 30.0),
        ({"channel": "email", "team": "billing"}, 90.0),
        ({"channel": "phone", "team": "technical"}, 60.0),
        ({"priority": "high"}, 120.0),
    ],
)
def test_the_target_of_the_narrowest_part_holds(group: dict[str, str], wanted: float) -> None:
    parts = (
        own({"channel": "phone"}, wait=60.0),
        own({"channel": "phone", "team": "billing"}, wait=30.0),
        own({"team": "billing"}, wait=90.0),
    )
    for order in itertools.permutations(parts):
        assert Targets(USUAL, order).value("wait", group) == wanted


def test_of_parts_with_equally_many_dimensions_the_first_holds() -> None:
    phone, billing = own({"channel": "phone"}, wait=60.0), own({"team": "billing"}, wait=90.0)
    group = {"channel": "phone", "team": "billing"}
    assert Targets(USUAL, (phone, billing)).value("wait", group) == 60.0
    assert Targets(USUAL, (billing, phone)).value("wait", group) == 90.0


def test_a_part_that_says_nothing_of_a_headline_leaves_it_to_wider_ones() -> None:
    parts = (own({"channel": "phone"}, wait=60.0), own({"channel": "phone", "team": "billing"}, service_level=0.9))
    group = {"channel": "phone", "team": "billing"}
    assert Targets(USUAL, parts).value("wait", group) == 60.0
    assert Targets(USUAL, parts).value("service_level", group) == 0.9


def test_no_target_is_a_target_of_its_own() -> None:
    assert Targets(USUAL, (own({"channel": "email"}, wait=0.0),)).value("wait", {"channel": "email"}) == 0.0


def test_a_name_that_is_empty_is_a_name() -> None:
    unknown = own({"team": ""}, wait=5.0)
    assert Targets(USUAL, (unknown,)).value("wait", {"team": ""}) == 5.0
    assert Targets(USUAL, (unknown,)).value("wait", {"channel": "phone"}) == 120.0
