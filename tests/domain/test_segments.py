"""Segments and the groups they are rolled up into."""

from __future__ import annotations

import pytest

from stream.domain.segments import (
    SEPARATOR,
    THREE,
    dimensions_named,
    group_labels,
    ordered_group_by,
    segment_of,
)

SEGMENT = segment_of("phone", "a/b", "high")


def test_a_segment_gives_its_labels_back() -> None:
    assert THREE.labels(SEGMENT) == {"channel": "phone", "team": "a/b", "priority": "high"}


def test_nothing_known_is_the_empty_segment() -> None:
    assert segment_of("", "", "") == THREE.empty


def test_what_is_too_many_is_other_in_every_dimension() -> None:
    assert THREE.labels(THREE.other) == {"channel": "other", "team": "other", "priority": "other"}


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
    assert group_labels(by, THREE.rolled_up(SEGMENT, by)) == labels


def test_an_unknown_value_is_an_empty_label() -> None:
    assert group_labels("team", THREE.rolled_up(segment_of("phone", "", ""), "team")) == {"team": ""}


@pytest.mark.parametrize(
    ("by", "meant"),
    [
        *((by, by) for by in ("all", "channel", "channel_team", "team_brand", "channel_team_priority_brand")),
        ("team_channel", "channel_team"),
        ("brand_team", "team_brand"),
        *((by, None) for by in ("queue", "", "channel_channel", "all_team", "region", "team_region", "_team")),
    ],
)
def test_what_group_a_name_means_depends_on_the_dimensions_and_their_order(by: str, meant: str | None) -> None:
    assert ordered_group_by(by, FOUR.names) == meant


FOUR = dimensions_named(("channel", "team", "priority", "brand"))


@pytest.mark.parametrize(
    ("names", "segment"),
    [
        (("channel",), "phone"),
        (("brand",), "acme"),
        (("priority", "channel"), segment_of("high", "phone")),
        (("region", "channel", "brand"), segment_of("", "phone", "acme")),
        (("channel", "team", "priority"), segment_of("phone", "a", "high")),
        (("channel", "team", "priority", "brand", "region"), segment_of("phone", "a", "high", "acme", "")),
    ],
)
def test_a_segment_has_the_dimensions_in_their_order_whether_they_are_fields_or_attributes(
    names: tuple[str, ...], segment: str
) -> None:
    dimensions = dimensions_named(names)
    others = dimensions.labels_of_others(("brand", "acme", "tier", "gold"), ("",) * len(dimensions.others))
    assert dimensions.segment("phone", "a", "high", others) == segment
    labels = dimensions.labels(segment)
    assert tuple(labels) == names
    assert dimensions.of_labels(labels | {"more": "x"}) == segment
    assert [dimensions.rolled_up(segment, name) for name in names] == segment.split(SEPARATOR)
    assert (dimensions.rolled_up(segment, "all"), dimensions.rolled_up(segment, "_".join(names))) == ("", segment)
    assert dimensions.labels(dimensions.other) == dict.fromkeys(names, "other")
    assert dimensions.labels(dimensions.empty) == dict.fromkeys(names, "")


def test_an_attribute_that_is_not_named_stays_and_one_with_an_empty_label_goes() -> None:
    dimensions = dimensions_named(("brand", "region"))
    assert dimensions.labels_of_others(("region", "eu"), ("acme", "us")) == ("acme", "eu")
    assert dimensions.labels_of_others(("brand", "", "tier", "gold"), ("acme", "us")) == ("", "us")
