"""The page by itself, with boards that are made up: what it says, in which language, and to whom."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.e2e.board_stub import BoardStub
from tests.e2e.boards import blank, ordinary, spiking, tile_of
from tests.e2e.pages import Boards
from tests.e2e.reading import LANGUAGES, OVERFLOWING, ready, tile

pytest_plugins = ("tests.e2e.browser",)


def test_a_tile_says_value_target_state_and_samples(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(stub.url))
    assert " ".join(tile(page, "service_level").split()) == (
        "Service level answered within 20s, chat 1m 86.4% On target target at least 80% 553 of 640 contacts"
    )
    assert tile(page, "abandonment", ".target") == "target at most 5%"
    assert tile(page, "first_response_time", ".value") == "12m34s"
    assert tile(page, "first_response_time", ".samples") == "1,012 responses"
    assert tile(page, "resolution_time", ".value") == "2d7h"
    assert tile(page, "csat", ".samples") == "11 of 14 answers, judged from 20"
    assert tile(page, "waiting_contacts", ".judgement") == "No target"
    assert tile(page, "waiting_contacts", ".target").strip() == ""
    assert tile(page, "open_tickets", ".value") == "1,284"


def test_benchmarks_stand_beside_the_number_with_their_sources(strict_boards: Boards, stub: BoardStub) -> None:
    board = ordinary()
    tile_of(board, "csat")["benchmarks"] = [
        {"name": "us", "value": 0.744, "source": "a survey of 2025", "distance": 11 / 14 - 0.744},
        {"name": "peers", "value": 0.9, "source": "ours", "distance": None},
    ]
    stub.show(board)
    page = ready(strict_boards.open(stub.url))
    assert tile(page, "csat", ".benchmarks") == "us 74.4%: +4.2%, peers 90%"
    place = page.locator("[data-metric=csat] .benchmarks")
    assert place.get_attribute("title") == "us: a survey of 2025\npeers: ours"
    assert page.locator("[data-metric=abandonment] .benchmarks").is_hidden()


def test_a_number_that_is_made_of_parts_shows_them(strict_boards: Boards, stub: BoardStub) -> None:
    board = ordinary()
    parts = {"csat": 0.81, "nps": None, "ces": 0.9}
    board["tiles"] = [tile_of(board, "csat") | {"metric": "overall_satisfaction", "value": None, "parts": parts}]
    stub.show(board)
    page = ready(strict_boards.open(stub.url))
    assert tile(page, "overall_satisfaction", ".about") == "CSAT 81%, NPS \N{EN DASH}, CES 90%"


@pytest.mark.parametrize(
    ("judgement", "words"),
    [
        ("on_target", "On target"),
        ("at_risk", "At risk"),
        ("off_target", "Off target"),
        ("too_few", "Too few to tell"),
        ("no_target", "No target"),
        ("no_data", "No data"),
    ],
)
def test_a_state_is_told_in_words_by_a_shape_and_by_colour(
    strict_boards: Boards, stub: BoardStub, judgement: str, words: str
) -> None:
    board = ordinary()
    tile_of(board, "csat")["judgement"] = judgement
    stub.show(board)
    page = ready(strict_boards.open(stub.url))
    assert tile(page, "csat", ".judgement") == words
    shape = page.locator('[data-metric="csat"] .judgement use').get_attribute("href") or ""
    assert page.locator(f"symbol{shape}").count() == 1
    colour = "(part) => getComputedStyle(part).color"
    plain = page.locator('[data-metric="waiting_contacts"] .judgement').evaluate(colour)
    own = page.locator('[data-metric="csat"] .judgement').evaluate(colour)
    assert (own == plain) == (judgement in ("too_few", "no_target", "no_data"))


def test_the_longest_wait_counts_on_between_boards(strict_boards: Boards, stub: BoardStub) -> None:
    stub.renews = False
    page = ready(strict_boards.open(stub.url))
    began = time.monotonic()
    before = float(page.locator('[data-metric="longest_wait"] .value').get_attribute("value") or 0)
    page.wait_for_function(
        "(before) => document.querySelector('[data-metric=longest_wait] .value').value > before", arg=str(before)
    )
    after = float(page.locator('[data-metric="longest_wait"] .value').get_attribute("value") or 0)
    assert 95 <= before < after <= before + time.monotonic() - began + 2


def test_nobody_waiting_is_said(strict_boards: Boards, stub: BoardStub) -> None:
    board = ordinary()
    tile_of(board, "longest_wait").update(value=0, since=None)
    stub.show(board)
    page = ready(strict_boards.open(stub.url))
    assert "nobody waits" in tile(page, "longest_wait")
    tile_of(board, "longest_wait").update(value=None, judgement="no_data")
    stub.show(board)
    expect(page.locator('[data-metric="longest_wait"]')).to_contain_text("No data")
    assert "nobody waits" not in tile(page, "longest_wait")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1920, 1080), (960, 540), (390, 844)])
def test_a_number_close_to_its_target_is_shown_apart_from_it_and_fits(
    strict_boards: Boards, stub: BoardStub, language: str, size: tuple[int, int]
) -> None:
    board = ordinary()
    tile_of(board, "service_level").update(value=0.799996, judgement="off_target")
    tile_of(board, "abandonment").update(value=126 / 2500, judgement="off_target")
    tile_of(board, "first_response_time").update(value=3610, judgement="off_target")
    tile_of(board, "resolution_time").update(value=217_390, target=217_380.0)
    stub.show(board)
    page = ready(strict_boards.open(f"{stub.url}?lang={language}&kiosk=1", size))
    assert tile(page, "service_level", ".value") == "79.999%"
    assert tile(page, "abandonment", ".value") == "5.04%"
    assert re.findall(r"\d+", tile(page, "first_response_time", ".value")) == ["1", "10"]
    assert re.findall(r"\d+", tile(page, "resolution_time", ".value")) == ["2", "12", "23", "10"]
    assert re.findall(r"\d+", tile(page, "resolution_time", ".target")) == ["2", "12", "23"]
    assert page.evaluate(OVERFLOWING) == []


def test_a_trend_is_drawn_and_told(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(stub.url))
    expect(page.locator(".trend canvas")).to_have_count(8)
    trend = page.get_by_role("img", name=re.compile(r"^Trend, last 1 hour: from [\d.]+% to 86\.4%, lowest .*, highest"))
    expect(trend).to_have_count(1)
    assert trend.locator("canvas").evaluate(
        "(canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size > 2"
    )


def test_a_spike_without_a_baseline_says_so_in_every_language(strict_boards: Boards, stub: BoardStub) -> None:
    texts = {
        "en": ("no baseline yet", "6.2% assumed", "6.2% expected"),
        "ko": ("아직 기준선 없음", "임시 기준 6.2%", "예상 6.2%"),
        "zh-CN": ("尚无基线", "暂按 6.2% 估计", "预期 6.2%"),
    }
    for language, (words, assumed, expected) in texts.items():
        for is_established in (False, True, None):
            board = spiking()
            for row in board["alerts"]:
                if is_established is not None:
                    row["baseline"]["is_established"] = is_established
            stub.show(board)
            page = strict_boards.open(f"{stub.url}?lang={language}")
            first = page.locator("#spikes li").first
            expect(first).to_contain_text("61")
            said = first.inner_text()
            assert (words in said) == (is_established is False)
            assert (assumed in said, expected in said) == (is_established is False, is_established is not False)


def test_a_spike_turns_the_abandonment_tile_red_and_is_told(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(stub.url))
    ground = "(tile) => getComputedStyle(tile).backgroundColor"
    abandonment = page.locator('[data-metric="abandonment"]')
    assert abandonment.evaluate(ground) == "rgb(255, 255, 255)"
    expect(page.locator("#spikes")).to_be_hidden()
    stub.show(spiking)
    expect(page.locator("#spikes li")).to_have_count(2)
    red, green, blue = map(int, re.findall(r"\d+", abandonment.evaluate(ground)))
    assert red > 150
    assert max(green, blue) < 60
    assert tile(page, "abandonment", ".spike-badge") == "Critical spike"
    first = page.locator("#spikes li").first.inner_text().replace("\n", " ")
    assert re.fullmatch(
        r"Critical spike All contacts 61 of 402 contacts gave up \(15\.2%\), 6\.2% expected since \d\d:\d\d", first
    )
    # Of three that go on and one that is over.
    assert "and 1 more" in page.locator("#spikes li").last.inner_text()
    expect(page.get_by_role("status")).to_contain_text("Critical spike: All contacts")
    expect(page).to_have_title(re.compile("^▲ Critical spike"))
    assert page.locator('link[rel="icon"]').get_attribute("href") == "icon-spike.svg"
    stub.show(ordinary)
    expect(page.locator("#spikes")).to_be_hidden()
    expect(page).to_have_title("Deskpulse")


def test_the_spike_of_the_shown_group_is_never_among_those_that_are_more(
    strict_boards: Boards, stub: BoardStub
) -> None:
    stub.show(spiking)
    page = ready(strict_boards.open(f"{stub.url}?team=billing"))
    expect(page.locator("#spikes .group")).to_have_text(["Team billing", "All contacts"])
    # A row of tabs tells the worst.
    expect(page).to_have_title(re.compile("^▲ Critical spike"))


def test_a_choice_is_asked_for_shown_and_kept_in_the_address(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(stub.url))
    assert stub.asked == [{}]
    page.get_by_label("Window").select_option("15m")
    page.get_by_label("Channel").select_option(label="phone")
    page.locator("#by-team").select_option(label="(none)")
    expect(page).to_have_url(re.compile(r"\?window=15m&channel=phone&team=$"))
    expect(page.locator("body:not([data-pending])")).to_have_count(1)
    stub.await_asked({"window": "15m", "channel": "phone", "team": ""})
    page.reload()
    ready(page)
    stub.await_asked({"window": "15m", "channel": "phone", "team": ""})
    expect(page.get_by_label("Channel")).to_have_value("=phone")
    assert tile(page, "service_level", ".about") == "answered within 20s"
    page.locator("#by-team").select_option(label="All")
    page.get_by_label("Channel").select_option(label="All")
    expect(page).to_have_url(re.compile(r"\?window=15m$"))


def test_a_server_that_does_not_count_all_shows_its_first_group_and_says_which(
    strict_boards: Boards, stub: BoardStub
) -> None:
    stub.show(lambda query: ordinary({"by": "channel", **query}))
    page = ready(strict_boards.open(stub.url))
    expect(page.get_by_label("Channel")).to_have_value("=")
    assert page.locator("#by-channel option:checked").inner_text() == "(none)"
    expect(page.locator("#by-team")).to_have_value("")
    expect(page.locator("#shown")).to_contain_text("Channel (none)")
    page.locator("#by-team").select_option(label="billing")
    expect(page.locator("#shown")).to_have_text("Last hour · Team billing")
    expect(page.get_by_label("Channel")).to_have_value("")
    expect(page.locator("body:not([data-pending])")).to_have_count(1)
    stub.await_asked({"team": "billing"})
    page.locator("#by-team").select_option(label="All")
    expect(page.locator("#shown")).to_contain_text("Channel (none)")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kiosk", ["0", "1"])
def test_what_the_address_says_in_vain_is_told(
    strict_boards: Boards, stub: BoardStub, language: str, kiosk: str
) -> None:
    page = ready(strict_boards.open(f"{stub.url}?lang={language}&kiosk={kiosk}&by=brand&brand=acme"))
    expect(page.locator("#mistaken")).to_have_text(re.compile(r"by(, |、)brand$"))
    assert page.evaluate("document.documentElement.scrollHeight") == 1080
    assert page.evaluate(OVERFLOWING) == []
    if kiosk == "0":
        page.locator("#window").select_option("15m")
        expect(page.locator("#mistaken")).to_be_hidden()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("by", ["browser", "address"])
def test_the_page_speaks_the_language_of_the_browser_or_the_address(
    strict_boards: Boards, stub: BoardStub, language: str, by: str
) -> None:
    address = f"{stub.url}?lang={language}" if by == "address" else stub.url
    page = ready(strict_boards.open(address, locale="fr-FR" if by == "address" else language))
    expected = {"en": "Service level", "ko": "서비스 레벨", "zh-CN": "服务水平"}
    assert tile(page, "service_level", "h2") == expected[language]
    assert page.locator("html").get_attribute("lang") == language
    assert {"en": "12m34s", "ko": "12분34초", "zh-CN": "12分钟34秒"}[language] == tile(
        page, "first_response_time", ".value"
    )


@pytest.mark.parametrize(
    ("state", "title"),
    [("empty", "No data yet"), ("loading", "Loading"), ("elsewhere", "Another worker holds the numbers")],
)
def test_a_board_without_numbers_says_why(strict_boards: Boards, stub: BoardStub, state: str, title: str) -> None:
    stub.show(lambda query: blank(state, query))
    page = strict_boards.open(stub.url)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator(".tile").first).to_be_hidden()
    stub.show(ordinary)
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()


def test_a_refused_view_says_so_and_offers_another(boards: Boards, stub: BoardStub) -> None:
    stub.refusal = "by='channel_team': allowed: all"
    page = boards.open(f"{stub.url}?channel=phone&team=x")
    expect(page.get_by_role("heading", name="This view cannot be shown")).to_be_visible()
    expect(page.locator("#notice")).to_contain_text("channel_team")
    stub.refusal = ""
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator(".tile").first).to_be_visible()
    stub.await_asked({})


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (390, 844)])
def test_why_there_are_no_numbers_is_seen_without_scrolling(
    strict_boards: Boards, stub: BoardStub, size: tuple[int, int]
) -> None:
    stub.show(lambda query: blank("elsewhere", query))
    page = strict_boards.open(stub.url, size)
    expect(page.locator("#notice p")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollHeight") == size[1]
    stub.show(ordinary)
    expect(page.locator(".trend canvas").first).to_be_visible()
    assert min(page.evaluate("[...document.querySelectorAll('.trend canvas')].map((it) => it.clientWidth)")) > 200
