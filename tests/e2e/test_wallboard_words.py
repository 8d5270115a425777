"""The page's pure modules, in the browser they are for: numbers, freshness, addresses, sentences."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.board_stub import BoardStub
from tests.e2e.boards import alert, moment, ordinary, tile_of
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
    assert call(page, "address", "m.streamQuery(m.readAddress(a[0]))", address) == (
        "window=15m&by=channel_team&channel=phone&team="
    )
    assert call(page, "address", "m.streamQuery(m.readAddress(''))") == "by=all"


def test_a_choice_of_languages_falls_back_to_english(page: Page) -> None:
    choices = {"ko-KR": "ko", "zh-TW": "zh-CN", "en-GB": "en", "fr": "en"}
    found = {tag: call(page, "language", "m.chooseTexts([a[0]]).language", tag) for tag in choices}
    assert found == choices
    assert call(page, "language", "m.chooseTexts(['fr', 'ko', 'en']).language") == "ko"


def test_spikes_come_by_severity_and_go_ten_minutes_after_they_are_over(page: Page) -> None:
    rows = [
        alert("over", status="resolved", resolved=moment(599, NOW)),
        alert("gone", status="resolved", resolved=moment(601, NOW)),
        alert("old", onset=moment(900, NOW)),
        alert("new", onset=moment(60, NOW)),
        alert("worst", severity="critical", onset=moment(5000, NOW)),
    ]
    body = "m.chosenAlerts(a[0], a[1]).map((row) => row.alert)"
    assert call(page, "spikes", body, rows, NOW * 1000) == ["worst", "new", "old", "over"]


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
    after["selection"] = {"window": "5m", "by": "all", "segment": {}}
    assert call(page, "news", f"m.changesInWords(a[0], a[1], {say})", before, after) == []


@pytest.mark.parametrize(("unit", "value"), [("ratio", 0.05), ("seconds", 3.0), ("count", 0)])
def test_a_trend_has_room_and_no_negative_scale(page: Page, unit: str, value: float) -> None:
    tile = {"unit": unit, "target": None, "trend": {"start": 0, "step_seconds": 60, "values": [value, None, value]}}
    low, high = call(page, "trend", "m.range(a[0])", tile)
    assert 0 <= low <= value < high
