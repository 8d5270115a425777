"""Segments and the groups they are rolled up into."""

from __future__ import annotations

import pytest

from stream.domain.segments import (
    EMPTY_SEGMENT,
    OTHER_SEGMENT,
    dimensions_of,
    group_labels,
    rolled_up,
    segment_labels,
    segment_of,
)

SEGMENT = segment_of("phone", "a/b", "high")


def test_a_segment_gives_its_labels_back() -> None:
    assert segment_labels(SEGMENT) == {"channel": "phone", "team": "a/b", "priority": "high"}


def test_nothing_known_is_the_empty_segment() -> None:
    assert segment_of("", "", "") == EMPTY_SEGMENT


def test_what_is_too_many_is_other_in_every_dimension() -> None:
    assert segment_labels(OTHER_SEGMENT) == {"channel": "other", "team": "other", "priority": "other"}


@pytest.mark.parametrize(
    ("by", "labels"),
    [
        ("all", {}),
        ("channel", {"channel": "phone"}),
        ("team", {"team": "a/b"}),
        ("channel_team", {"channel": "phone", "team": "a/b"}),
        ("channel_team_priority", {"channel": "phone", "team": "a/b", "priority": "high"}),
    ],
)
def test_a_group_has_exactly_the_labels_of_its_name(by: str, labels: dict[str, str]) -> None:
    assert group_labels(by, rolled_up(SEGMENT, by)) == labels


def test_an_unknown_value_is_an_empty_label() -> None:
    assert group_labels("team", rolled_up(segment_of("phone", "", ""), "team")) == {"team": ""}


@pytest.mark.parametrize("by", ["team_channel", "queue", "", "channel_channel", "all_team"])
def test_any_other_group_name_is_refused(by: str) -> None:
    with pytest.raises(ValueError, match="is neither 'all' nor"):
        dimensions_of(by)
