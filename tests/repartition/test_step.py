"""Which settings a number of partitions leads from and to."""

from __future__ import annotations

import pytest

from stream.errors import ConfigError
from stream.repartition.step import step_to
from stream.settings import Settings, load_settings


def settings(partitions: int, before: str = "", **more: str) -> Settings:
    return load_settings(
        {"DESKPULSE_TOPICS__PARTITIONS": str(partitions), "DESKPULSE_TOPICS__GROWN_FROM": before, **more}
    )


def test_settings_of_before_and_of_after_mean_the_same_step() -> None:
    one, other = step_to(settings(4), 8), step_to(settings(8, "4"), 8)
    assert (one.before, one.after) == (other.before, other.after)
    assert (one.fewer, one.more, one.is_back) == (4, 8, False)
    assert one.new_settings == "DESKPULSE_TOPICS__PARTITIONS=8 DESKPULSE_TOPICS__GROWN_FROM=4"
    again = step_to(one.after, 12)
    assert again.new_settings == "DESKPULSE_TOPICS__PARTITIONS=12 DESKPULSE_TOPICS__GROWN_FROM=4,8"
    # What it names is what workers then read.
    named = dict(variable.split("=") for variable in again.new_settings.split())
    assert load_settings(named).topics == again.after.topics


def test_only_what_is_made_anew_gets_another_name() -> None:
    step = step_to(settings(4, DESKPULSE_TOPICS__PREFIX="green.", DESKPULSE_TOPICS__PARTIALS="mine"), 8)
    before, after = step.before.topic_names, step.after.topic_names
    changed = {logical: name for logical, name in after.items() if before[logical] != name}
    assert changed == {
        "changelog": "green.deskpulse-state-changelog-8",
        "partials": "green.mine-8",
        "customer_events": "green.deskpulse-customer-events-8",
    }
    assert step_to(step.after, 12).after.topic_names["changelog"] == "green.deskpulse-state-changelog-12"


def test_the_number_that_there_is_gives_up() -> None:
    assert step_to(settings(4), 4).is_back


@pytest.mark.parametrize(
    ("now", "wanted", "said"), [(4, 3, "Kafka cannot take any away"), (4, 1001, "allowed: up to 1000")]
)
def test_what_cannot_be_is_refused(now: int, wanted: int, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        step_to(settings(now), wanted)


def test_a_name_that_would_be_too_long_is_refused_before_anything_is_done() -> None:
    long = settings(4, DESKPULSE_TOPICS__CHANGELOG="c" * 248)
    with pytest.raises(ConfigError, match="more than 249 characters"):
        step_to(long, 8)


@pytest.mark.parametrize("before", ["8", "8,4", "4,4", "0", "x", "12", "-1", "4,,"])
def test_numbers_of_before_rise_to_the_present_one(before: str) -> None:
    if before == "4,,":
        assert settings(8, before).topics.grown_from == (4,)
        return
    with pytest.raises(ConfigError, match="DESKPULSE_TOPICS__GROWN_FROM"):
        settings(8, before)
