"""Judging a number against its target."""

from __future__ import annotations

import pytest

from stream.domain.targets import Judgement, Target, judge
from stream.metrics import ROWS
from stream.metrics.targets import TARGETS, targets_of
from stream.settings import Settings

AT_MOST = Target("abandonment", "abandonment", "a@1", at_most=True, value=0.05)
AT_LEAST = Target("service_level", "service_level", "s@1", value=0.8)


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
    assert judge(AT_MOST.with_value(0), 0.5, count=100, min_samples=20) == "no_target"


def test_every_target_is_for_a_row_that_exists_and_has_a_setting() -> None:
    rows = {(row.metric, row.definition_id): row.kind for row in ROWS}
    fields = {"duration": {"p90"}, "ratio": {"value"}, "level": {"value", "oldest"}}
    for _, target in TARGETS:
        assert target.field in fields[rows[target.metric, target.definition]]
        assert target.at_most or target.unit == "ratio"
    values = Settings().targets.model_dump()
    assert {setting for setting, _ in TARGETS} | {"min_samples"} == set(values)
    assert [target.value for target in targets_of(values)] == [values[setting] for setting, _ in TARGETS]
