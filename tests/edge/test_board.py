from __future__ import annotations

import pytest

from stream.edge.serve.selection import QueryError, Selection, parse_selection
from stream.settings import load_settings


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ("all,channel", Selection("1h", "all", {})),
        ("channel,all", Selection("1h", "all", {})),
        ("channel,team", Selection("1h", "channel", {"channel": ""})),
    ],
)
def test_without_a_choice_it_is_all_or_the_first_grouping_there_is(names: str, chosen: Selection) -> None:
    assert parse_selection({}, load_settings({"DESKPULSE_GROUP_BY__NAMES": names})) == chosen


def test_a_group_is_looked_for_only_under_a_name_that_a_label_can_have() -> None:
    settings = load_settings({"DESKPULSE_GROUP_BY__NAMES": "all,channel"})
    assert parse_selection({"by": "channel", "channel": "채팅 <b>'"}, settings).segment == {"channel": "채팅 <b>'"}
    with pytest.raises(QueryError, match=r"channel=.*allowed: a value as it is exported, such as 'a b'"):
        parse_selection({"by": "channel", "channel": "a\x1fb"}, settings)
