"""Settings that say what a number means: times by channel, top boxes by scale."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.rules import rules_of
from stream.settings import Settings, load_settings
from tests.test_settings import problem, toml


def test_the_service_level_time_may_differ_by_channel(tmp_path: Path) -> None:
    given = load_settings({"DESKPULSE_DEFINITIONS__ANSWER_WITHIN_SECONDS": "20, chat=60,web form=90"})
    definitions = rules_of(given).definitions
    assert [definitions.answer_within(channel) for channel in ("phone", "chat", "web form")] == [20, 60, 90]
    for text in ("[definitions]\nanswer_within_seconds = 30\n", "[definitions]\nanswer_within_seconds = ['30']\n"):
        assert rules_of(load_settings({}, toml(tmp_path, text))).definitions.answer_within("phone") == 30


def test_the_top_boxes_may_differ_by_scale(tmp_path: Path) -> None:
    assert rules_of(Settings()).definitions.top_boxes(5) is None
    given = load_settings({"DESKPULSE_DEFINITIONS__CSAT_TOP_BOXES": "1, 11=3,101=20"})
    definitions = rules_of(given).definitions
    assert [definitions.top_boxes(points) for points in (2, 5, 11, 101)] == [1, 1, 3, 20]
    for text in ("[definitions]\ncsat_top_boxes = 3\n", "[definitions]\ncsat_top_boxes = ['3']\n"):
        assert rules_of(load_settings({}, toml(tmp_path, text))).definitions.top_boxes(7) == 3
    only = rules_of(load_settings({"DESKPULSE_DEFINITIONS__CSAT_TOP_BOXES": "5=1"})).definitions
    assert (only.top_boxes(5), only.top_boxes(7)) == (1, None)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("two", "'two' is neither a number of boxes, such as 2, nor points=boxes, such as 11=3"),
        ("0", "'0' is neither"),
        ("1.5", "'1.5' is neither"),
        ("5=", "'5=' is neither"),
        ("=2", "'=2' is neither"),
        ("1=1", "'1=1' is neither"),
        ("5=5", "'5=5': not all points of a scale can be its best"),
        ("5=2,5=1", "'5=1': the boxes of scales of 5 points are there already (2)"),
        ("2,3", "'3': the boxes of all other scales are there already (2)"),
        ("9" * 5000, "is neither"),
        ("\u0665=2", "is neither"),
    ],
)
def test_wrong_top_boxes_are_told(text: str, part: str) -> None:
    told = problem({"DESKPULSE_DEFINITIONS__CSAT_TOP_BOXES": text})
    assert part in told
    assert "DESKPULSE_DEFINITIONS__CSAT_TOP_BOXES" in told


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("chat=60", "the seconds for all other channels are missing"),
        ("20,30", "'30': the seconds for all other channels are there already (20)"),
        ("20,chat=60,chat=70", "'chat' is there twice"),
        ("20,chat=soon", "'chat=soon' is neither seconds"),
        ("0", "must be more than 0 and at most 86400"),
        ("20,=60", "'=60' is not channel=seconds"),
    ],
)
def test_a_wrong_service_level_time_is_told(text: str, part: str) -> None:
    told = problem({"DESKPULSE_DEFINITIONS__ANSWER_WITHIN_SECONDS": text})
    assert part in told
    assert "DESKPULSE_DEFINITIONS__ANSWER_WITHIN_SECONDS" in told


def test_the_time_of_a_short_abandon_may_differ_by_channel(tmp_path: Path) -> None:
    given = load_settings({"DESKPULSE_DEFINITIONS__SHORT_ABANDON_SECONDS": "5, chat=0,web form=12.5"})
    definitions = rules_of(given).definitions
    assert [definitions.short_abandon(channel) for channel in ("phone", "chat", "web form")] == [5, 0, 12.5]
    assert rules_of(load_settings({})).definitions.short_abandon("phone") == 0
    text = "[definitions]\nshort_abandon_seconds = 3\n"
    assert rules_of(load_settings({}, toml(tmp_path, text))).definitions.short_abandon("phone") == 3


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("SHORT_ABANDON_SECONDS", "3601", "must be at least 0 and at most 3600"),
        ("SHORT_ABANDON_SECONDS", "-1", "must be at least 0 and at most 3600"),
        ("SHORT_ABANDON_SECONDS", "nan", "must be at least 0 and at most 3600"),
        ("SHORT_ABANDON_SECONDS", "chat=5", "the seconds for all other channels are missing"),
        ("ENDED_WHILE_WAITING", "lost", "allowed: one of abandoned, left"),
        ("SEGMENT_OF_FACTS", "always", "allowed: one of now, then"),
        ("LONGEST_WAIT_HOURS", "0", "0.01"),
    ],
)
def test_a_definition_that_cannot_be_names_its_key_and_what_is_allowed(name: str, text: str, part: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings({f"DESKPULSE_DEFINITIONS__{name}": text})
    assert name in str(raised.value)
    assert part in str(raised.value)
