"""The page by itself on every screen: sizes, kiosk, light and dark, by keyboard, and what axe finds."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.board_stub import Answer, BoardStub
from tests.e2e.boards import blank, ordinary, spiking
from tests.e2e.pages import Boards
from tests.e2e.reading import LANGUAGES, OVERFLOWING, old, ready

pytest_plugins = ("tests.e2e.browser",)


@pytest.mark.parametrize("language", LANGUAGES)
# The last is a television of 1920 x 1080 that shows all at twice the size.
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (960, 540)])
@pytest.mark.parametrize("kiosk", ["0", "1"])
@pytest.mark.parametrize("answer", [ordinary, spiking, old])
def test_a_wide_screen_shows_all_tiles_without_scrolling(
    strict_boards: Boards, stub: BoardStub, language: str, size: tuple[int, int], kiosk: str, answer: Answer
) -> None:
    stub.show(answer)
    page = ready(strict_boards.open(f"{stub.url}?lang={language}&kiosk={kiosk}", size))
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == list(size)
    boxes = [box.bounding_box() for box in page.locator(".tile").all()]
    assert len(boxes) == 8
    assert all(box and box["y"] + box["height"] <= size[1] and box["x"] + box["width"] <= size[0] for box in boxes)
    assert page.evaluate(OVERFLOWING) == []


def test_a_telephone_scrolls_in_one_direction_only(strict_boards: Boards, stub: BoardStub) -> None:
    stub.show(spiking)
    page = ready(strict_boards.open(stub.url, (390, 844)))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("document.documentElement.scrollHeight") > 844
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_kiosk_is_readable_from_afar_and_has_nothing_to_click(
    strict_boards: Boards, stub: BoardStub, language: str
) -> None:
    page = ready(strict_boards.open(f"{stub.url}?kiosk=1&channel=phone&lang={language}"))
    expect(page.locator("select:visible, button:visible")).to_have_count(0)
    heights = page.evaluate("[...document.querySelectorAll('.value')].map((node) => node.offsetHeight)")
    assert min(heights) >= 90
    assert page.evaluate("getComputedStyle(document.documentElement).cursor") == "none"
    expect(page.locator("#shown")).to_contain_text("phone")


def test_kiosk_mode_is_entered_by_a_button_and_left_by_escape(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(stub.url))
    page.get_by_role("button", name="Kiosk mode").click()
    expect(page).to_have_url(re.compile(r"\?kiosk=1$"))
    expect(page.locator("#choice")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#choice")).to_be_visible()
    expect(page).not_to_have_url(re.compile("kiosk"))


def test_light_and_dark_by_the_system_by_the_list_and_by_the_address(strict_boards: Boards, stub: BoardStub) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = ready(strict_boards.open(stub.url, color_scheme="dark"))
    dark = page.evaluate(ground)
    page.get_by_label("Colours").select_option("light")
    light = page.evaluate(ground)
    assert light != dark
    expect(page).to_have_url(re.compile("theme=light"))
    assert ready(strict_boards.open(f"{stub.url}?theme=dark")).evaluate(ground) == dark


def test_nothing_moves_for_those_who_asked_for_it(strict_boards: Boards, stub: BoardStub) -> None:
    stub.show(spiking)
    moving = "document.getAnimations().length"
    assert ready(strict_boards.open(stub.url)).evaluate(moving) == 1
    assert ready(strict_boards.open(stub.url, reduced_motion="reduce")).evaluate(moving) == 0


def test_the_whole_page_is_used_by_keyboard_alone(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(stub.url))
    walked = []
    for _ in range(7):
        page.keyboard.press("Tab")
        walked.append(page.evaluate("document.activeElement.id"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert walked == ["page", "window", "by-channel", "by-team", "lang", "theme", "kiosk"]
    page.locator("#by-channel").focus()
    page.keyboard.type("ph")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("channel=phone"))
    page.locator("#kiosk").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("kiosk=1"))


CASES: dict[str, Answer] = {
    "ordinary": ordinary,
    "spiking": spiking,
    "old": old,
    "empty": lambda query: blank("empty", query),
    "loading": lambda query: blank("loading", query),
    "elsewhere": lambda query: blank("elsewhere", query),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)])
def test_axe_finds_nothing_wrong(
    strict_boards: Boards, stub: BoardStub, case: str, theme: str, size: tuple[int, int]
) -> None:
    stub.show(CASES[case])
    # axe cannot judge colours that are on their way from one to another.
    page = strict_boards.open(f"{stub.url}?theme={theme}", size, reduced_motion="reduce", bypass_csp=True)
    expect(page.locator("#window option").nth(1)).to_be_attached()
    for kiosk in (False, True):
        if kiosk:
            page.goto(f"{stub.url}?theme={theme}&kiosk=1&lang=ko")
            expect(page.locator("#window option").nth(1)).to_be_attached()
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
