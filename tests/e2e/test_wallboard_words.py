"""The page's pure modules, in the browser they are for: numbers, freshness, addresses, sentences."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.board_stub import BoardStub
from tests.e2e.boards import alert, blank, moment, ordinary, ratio_alert, tile_of
from tests.e2e.pages import Boards

pytest_plugins = ("tests.e2e.browser",)
NOW = 1_700_000_000


@pytest.fixture
def page(strict_boards: Boards, stub: BoardStub) -> Page:
    return strict_boards.open(stub.url)


def call(page: Page, module: str, body: str, *arguments: Any) -> Any:
    """What ``body`` gives; in it ``m`` is the module and ``a`` the list of arguments."""
    return page.evaluate(f"async (a) => {{ const m = await import('/{module}.js'); return {body}; }}", list(arguments))


@pytest.mark.parametrize(
    ("language", "seconds", "text"),
    [
        ("en", 0, "0s"),
        ("en", 4.26, "4.3s"),
        ("en", 59.6, "1m"),
        ("en", 754.2, "12m 34s"),
        ("en", 3599.7, "1h"),
        ("en", 5400, "1h 30m"),
        ("en", 198_300, "2d 7h"),
        ("ko", 754.2, "12분 34초"),
        ("zh-CN", 754.2, "12分钟 34秒"),
    ],
)
def test_durations_have_two_units_at_most(page: Page, language: str, seconds: float, text: str) -> None:
    body = "m.formats(a[0]).text('seconds', a[1])"
    assert call(page, "format", body, language, seconds).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("unit", "number", "target", "at_most", "text", "target_text"),
    [
        ("ratio", 1999 / 2500, 0.8, False, "79.96%", "80%"),
        ("ratio", 126 / 2500, 0.05, True, "5.04%", "5%"),
        ("ratio", 0.7999999, 0.8, False, "79.999%", "80%"),
        ("ratio", 0.8, 0.8, False, "80.0%", "80%"),
        ("ratio", 0.8004, 0.8, False, "80.0%", "80%"),
        ("ratio", 0.0496, 0.05, True, "5.0%", "5%"),
        ("ratio", 0.0125, 0.0125, True, "1.25%", "1.25%"),
        ("ratio", 0.0128, 0.0125, True, "1.3%", "1.25%"),
        ("ratio", 0.0003, 0.0004, True, "0.03%", "0.04%"),
        ("seconds", 3610, 3600, True, "1h 10s", "1h"),
        ("seconds", 3599.7, 3600, True, "1h", "1h"),
        ("seconds", 3600.02, 3600, True, "1h 0.1s", "1h"),
        ("seconds", 3605, 3610, True, "1h", "1h 10s"),
        ("seconds", 7990, 7980, True, "2h 13m 10s", "2h 13m"),
        ("seconds", 172_900, 172_800, True, "2d 2m", "2d"),
        ("seconds", 20.04, 20, True, "20.1s", "20s"),
        ("count", 1501, 1500, True, "1,501", "1,500"),
    ],
)
def test_a_number_is_shown_on_its_side_of_the_target(
    page: Page, unit: str, number: float, target: float, at_most: bool, text: str, target_text: str
) -> None:
    aim = {"target": target, "at_most": at_most}
    shown = call(page, "format", "m.spoken(m.formats('en').value(a[0], a[1], a[2]))", unit, number, aim)
    told = call(page, "format", "m.formats('en').target(a[0], a[1])", unit, target)
    assert (shown.replace("\u00a0", " "), told.replace("\u00a0", " ")) == (text, target_text)


@pytest.mark.parametrize(
    ("ratio", "text"), [(0, "0%"), (0.0004, "0.1%"), (0.062, "6.2%"), (0.8, "80%"), (0.9999, "99.9%"), (1, "100%")]
)
def test_a_share_in_a_sentence_is_none_only_of_nothing(page: Page, ratio: float, text: str) -> None:
    assert call(page, "format", "m.formats('en').text('ratio', a[0])", ratio) == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(0, "0%"), (0.0001, "0.1%"), (0.8, "80.0%"), (0.8641, "86.4%"), (0.9999, "99.9%"), (1, "100%")]
)
def test_only_all_is_a_hundred_per_cent_and_only_nothing_is_none(page: Page, ratio: float, text: str) -> None:
    assert "".join(part["text"] for part in call(page, "format", "m.formats('en').share(a[0])", ratio)) == text


@pytest.mark.parametrize(
    ("age", "link", "level"),
    [
        (2, "up", "live"),
        (14.9, "up", "live"),
        (15, "up", "warn"),
        (29.9, "up", "warn"),
        (30, "up", "stale"),
        (2, "lost", "lost"),
        (2, "silent", "lost"),
        (2, "refused", "refused"),
    ],
)
def test_freshness_is_judged_by_age_and_by_the_connection(page: Page, age: float, link: str, level: str) -> None:
    board = {"watermark": moment(age, NOW), "clock": "wall", "state": "live"}
    asked = {"board": board, "nowMs": NOW * 1000, "link": link}
    assert call(page, "freshness", "m.judge(a[0]).level", asked) == level


def test_freshness_without_a_board_and_in_a_replay(page: Page) -> None:
    nothing = {"board": None, "nowMs": 0}
    assert call(page, "freshness", "m.judge(a[0]).level", {**nothing, "link": "none"}) == "connecting"
    assert call(page, "freshness", "m.judge(a[0]).level", {**nothing, "link": "lost"}) == "never"
    replay = {"watermark": "1999-08-03T10:00:00Z", "clock": "event", "state": "live"}
    asked = {"board": replay, "nowMs": NOW * 1000, "link": "up"}
    assert call(page, "freshness", "m.judge(a[0])", asked) == {"level": "replay", "age": None}


def test_an_address_says_what_is_shown_and_is_read_back(page: Page) -> None:
    address = "?window=15m&channel=phone&team=&lang=ko&theme=dark&kiosk=1"
    assert call(page, "address", "m.writeAddress(m.readAddress(a[0]))", address) == address
    assert call(page, "address", "m.streamQuery(m.readAddress(a[0]))", address) == ("window=15m&channel=phone&team=")
    assert call(page, "address", "m.streamQuery(m.readAddress(''))") == ""


@pytest.mark.parametrize(
    ("value", "told", "judged"),
    [
        (107, "on_target", "on_target"),
        (109, "on_target", "at_risk"),
        (121, "on_target", "off_target"),
        (121, "at_risk", "off_target"),
        # What is judged of fractions stays: 120.4 s are shown as 120.
        (120, "off_target", "off_target"),
        (108, "at_risk", "at_risk"),
    ],
)
def test_a_number_that_runs_on_is_judged_as_it_is_shown(page: Page, value: int, told: str, judged: str) -> None:
    tile = {"since": "2026-11-27T09:00:00Z", "target": 120, "risk_begins": 108, "judgement": told}
    assert call(page, "tiles", "m.judgedNow(a[0], a[1])", tile, value) == judged
    assert call(page, "tiles", "m.judgedNow(a[0], a[1])", tile | {"since": None}, value) == told
    no_target = tile | {"target": None, "risk_begins": None, "judgement": "no_target"}
    assert call(page, "tiles", "m.judgedNow(a[0], a[1])", no_target, value) == "no_target"


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("", []),
        ("?window=15m&channel=phone&team=&lang=ko&theme=dark&kiosk=1", []),
        ("?by=priority&priority=high", ["by", "priority"]),
        ("?by=all", []),
        ("?by=channel_team&channel=phone&team=", []),
        ("?by=all&channel=phone", ["by"]),
        ("?chanel=phone&chanel=chat", ["chanel"]),
        ("?channel=phone&channel=chat&lang=ko&lang=en", ["channel", "lang"]),
    ],
)
def test_names_in_the_address_that_mean_nothing_are_found(page: Page, address: str, names: list[str]) -> None:
    assert call(page, "address", "m.unknownNames(a[0], ['channel', 'team'])", address) == names


def test_a_choice_of_languages_falls_back_to_english(page: Page) -> None:
    choices = {"ko-KR": "ko", "zh-TW": "zh-CN", "en-GB": "en", "fr": "en"}
    found = {tag: call(page, "language", "m.chooseTexts([a[0]]).language", tag) for tag in choices}
    assert found == choices
    assert call(page, "language", "m.chooseTexts(['fr', 'ko', 'en']).language") == "ko"


def test_spikes_of_the_shown_group_come_first_then_the_worst_and_go_ten_minutes_after_they_are_over(page: Page) -> None:
    rows = [
        alert("over", status="resolved", resolved=moment(599, NOW)),
        alert("longer over", status="resolved", resolved=moment(599.9, NOW)),
        alert("gone", status="resolved", resolved=moment(601, NOW)),
        alert("few", abandoned=9, onset=moment(60, NOW)),
        alert("z", abandoned=24, segment={"channel": "web"}),
        alert("y", abandoned=24, segment={"channel": "chat"}),
        alert("worst", severity="critical", segment={"channel": "email"}, onset=moment(5000, NOW)),
        alert("all", by="all", segment={}),
        alert("own", by="channel_team", segment={"channel": "phone", "team": "billing"}, abandoned=3),
        alert("own channel", segment={"channel": "phone"}, abandoned=8),
    ]
    body = "m.chosenAlerts(a[0], a[1], a[2]).map((row) => row.alert)"
    selection = {"window": "1h", "by": "channel_team", "segment": {"channel": "phone", "team": "billing"}}
    others = ["worst", "y", "z", "few", "own channel"]
    over = ["over", "longer over"]
    assert call(page, "spikes", body, rows, NOW * 1000, selection) == ["own", "all", *others, *over]
    selection = {"window": "1h", "by": "all", "segment": {}}
    assert call(page, "spikes", body, rows, NOW * 1000, selection) == ["all", *others, "own", *over]
    assert call(page, "spikes", "m.worstSeverity(a[0])", rows) == "critical"
    assert call(page, "spikes", "m.worstSeverity(a[0])", rows[:2]) == ""


def test_news_are_changes_of_state_never_of_numbers(page: Page) -> None:
    say = "(await import('/language.js')).speaker((await import('/texts/en.js')).default)"
    before, after = ordinary(), ordinary()
    tile_of(after, "service_level")["value"] = 0.9
    assert call(page, "news", f"m.changesInWords(a[0], a[1], {say})", before, after) == []
    tile_of(after, "service_level")["judgement"] = "off_target"
    after["alerts"] = [alert()]
    assert call(page, "news", f"m.changesInWords(a[0], a[1], {say})", before, after) == [
        "Spike: Channel phone",
        "Service level: Off target",
    ]
    # Numbers that come back have changed from nothing, and those that go have not changed.
    for state in ("loading", "elsewhere", "empty"):
        nothing = blank(state)
        assert call(page, "news", f"m.changesInWords(a[0], a[1], {say})", nothing, after) == []
        assert call(page, "news", f"m.changesInWords(a[0], a[1], {say})", before, nothing) == []
    after["selection"] = {"window": "5m", "by": "all", "segment": {}}
    assert call(page, "news", f"m.changesInWords(a[0], a[1], {say})", before, after) == []


def test_a_ratio_that_is_worse_is_told_by_its_name_and_without_abandonment(page: Page) -> None:
    say = "(await import('/language.js')).speaker((await import('/texts/en.js')).default)"
    before, after, over = ordinary(), ordinary(), ordinary()
    after["alerts"] = [ratio_alert()]
    over["alerts"] = [ratio_alert(status="resolved", resolved=moment(5))]
    assert call(page, "news", f"m.changesInWords(a[0], a[1], {say})", before, after) == [
        "Worse than usual: csat_drop · Team billing"
    ]
    assert call(page, "news", f"m.changesInWords(a[0], a[1], {say})", after, over) == [
        "As usual again: csat_drop · Team billing"
    ]


@pytest.mark.parametrize(
    ("unit", "number", "text"),
    [
        ("ratio", 0.0564, "+5.6%"),
        ("ratio", -0.1, "-10%"),
        ("ratio", 0, "0%"),
        ("points", -3.5, "-3.5"),
        ("seconds", -95, "-1m 35s"),
        ("seconds", 20, "+20s"),
        ("count", 3, "+3"),
    ],
)
def test_a_distance_has_its_sign(page: Page, unit: str, number: float, text: str) -> None:
    shown = call(page, "format", "m.formats('en').distance(a[0], a[1])", unit, number)
    assert shown.replace("\u00a0", " ") == text


def test_the_scale_of_a_trend_holds_a_benchmark_that_is_near(page: Page) -> None:
    trend = {"start": 0, "step_seconds": 60, "values": [0.8, 0.82]}
    tile = {"unit": "ratio", "target": None, "trend": trend, "benchmarks": [{"value": 0.744}, {"value": 0.1}]}
    low, high = call(page, "trend", "m.range(a[0])", tile)
    assert 0.1 < low < 0.744
    assert high > 0.82


@pytest.mark.parametrize(("unit", "value"), [("ratio", 0.05), ("seconds", 3.0), ("count", 0)])
def test_a_trend_has_room_and_no_negative_scale(page: Page, unit: str, value: float) -> None:
    tile = {"unit": unit, "target": None, "trend": {"start": 0, "step_seconds": 60, "values": [value, None, value]}}
    low, high = call(page, "trend", "m.range(a[0])", tile)
    assert 0 <= low <= value < high
