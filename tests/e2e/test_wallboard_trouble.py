"""A board that cannot be believed is grey, says so, and recovers by itself."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.board_stub import BoardStub
from tests.e2e.boards import blank, moment, ordinary, tile_of
from tests.e2e.pages import Boards
from tests.patience import wait_until

pytest_plugins = ("tests.e2e.browser",)
# Colours of every tile, all its parts and the page: [red, green, blue] each, without those that are transparent.
COLOURS = """() => [document.body, ...document.querySelectorAll(".tile, .tile *")].flatMap((node) => {
    const style = getComputedStyle(node);
    return [style.color, style.backgroundColor, style.borderLeftColor]
        .filter((colour) => !colour.endsWith(", 0)")).map((colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number));
})"""


def is_grey(page: Page) -> bool:
    return all(max(colour) - min(colour) <= 12 for colour in page.evaluate(COLOURS))


def wait_grey(page: Page) -> None:
    wait_until(lambda: is_grey(page), "a grey board", lambda: page.evaluate(COLOURS))


def wait_live(page: Page) -> None:
    expect(page.locator("#freshness")).to_have_text(re.compile("^Live"))
    expect(page.locator("#banner")).to_be_hidden()
    wait_until(lambda: not is_grey(page), "a board in colour")


def test_old_numbers_grey_the_board(boards: Boards, stub: BoardStub) -> None:
    page = boards.open(stub.url)
    wait_live(page)
    stub.show(lambda query: ordinary(query) | {"watermark": moment(20)})
    expect(page.locator("#freshness")).to_have_text(re.compile("^Late"))
    assert not is_grey(page)
    stub.show(lambda query: ordinary(query) | {"watermark": moment(40)})
    expect(page.locator("#banner")).to_contain_text(re.compile(r"Old numbers.*Nothing newer than \d\d:\d\d:\d\d"))
    wait_grey(page)
    expect(page.get_by_role("status")).to_contain_text("Old numbers")
    expect(page).to_have_title(re.compile("^⚠ Old numbers"))
    assert page.locator('link[rel="icon"]').get_attribute("href") == "icon-trouble.svg"
    stub.show(ordinary)
    wait_live(page)
    expect(page.get_by_role("status")).to_contain_text("live again")
    expect(page).to_have_title("Deskpulse")
    assert boards.complaints == []


@pytest.mark.parametrize("state", ["elsewhere", "loading", "empty"])
def test_a_worker_that_is_back_without_numbers_is_not_told_as_live(boards: Boards, stub: BoardStub, state: str) -> None:
    page = boards.open(stub.url)
    wait_live(page)
    stub.stop()
    expect(page.get_by_role("status")).to_contain_text("Connection lost")
    stub.show(lambda query: blank(state, query))
    stub.start()
    expect(page.locator("#notice")).to_be_visible()
    expect(page.get_by_role("status")).not_to_contain_text("live again")
    stub.show(ordinary)
    wait_live(page)
    expect(page.get_by_role("status")).to_have_text("The board is live again.")


def test_a_view_that_is_refused_is_not_told_as_live(boards: Boards, stub: BoardStub) -> None:
    stub.refusal = "window='3y': allowed: 1h"
    page = boards.open(f"{stub.url}?window=3y")
    expect(page.get_by_role("heading", name="This view cannot be shown")).to_be_visible()
    expect(page.get_by_role("status")).not_to_contain_text("live again")


def test_numbers_that_nobody_renews_grow_old_by_themselves(boards: Boards, stub: BoardStub) -> None:
    stub.show(ordinary() | {"watermark": moment(20)})
    page = boards.open(stub.url)
    expect(page.locator("#freshness")).to_have_text(re.compile("^Late"))
    stub.renews = False
    expect(page.locator("#freshness")).to_have_text(re.compile(r"^Old · numbers of ([3-9]\d|\d+ ?m)"))


def test_a_lost_connection_greys_the_board_until_the_server_is_back_with_other_numbers(
    boards: Boards, stub: BoardStub
) -> None:
    page = boards.open(stub.url)
    wait_live(page)
    stub.stop()
    expect(page.locator("#banner")).to_contain_text(re.compile(r"Connection lost.*No news since \d\d:\d\d:\d\d"))
    wait_grey(page)
    expect(page.locator("#freshness")).to_have_text("Connection lost")
    waited = page.locator('[data-metric="longest_wait"] .value').get_attribute("value")
    page.wait_for_timeout(2500)
    assert page.locator('[data-metric="longest_wait"] .value').get_attribute("value") == waited
    board = ordinary()
    tile_of(board, "open_tickets")["value"] = 77
    stub.show(board)
    stub.start()
    wait_live(page)
    expect(page.locator('[data-metric="open_tickets"] .value')).to_have_text("77")


def test_a_stream_that_ends_and_is_taken_up_again_at_once_greys_nothing(boards: Boards, stub: BoardStub) -> None:
    """The page's clock goes on only where the test lets it, so that a slow machine is not taken for a slow worker."""
    page = boards.open(stub.url)
    wait_live(page)
    page.evaluate(
        """() => {
            window.levels = [];
            const look = () => window.levels.push(document.body.dataset.fresh);
            new MutationObserver(look).observe(document.body, { attributes: true, attributeFilter: ["data-fresh"] });
        }"""
    )
    page.clock.install()
    page.clock.pause_at(time.time() + 1)
    board = ordinary()
    tile_of(board, "open_tickets")["value"] = 77
    asked = len(stub.asked)
    stub.hang_up()
    wait_until(lambda: len(stub.asked) > asked, "the page asks again", check=lambda: page.clock.run_for(20))
    stub.show(board)
    expect(page.locator('[data-metric="open_tickets"] .value')).to_have_text("77")
    assert {"lost", "silent"}.isdisjoint(page.evaluate("window.levels"))
    assert boards.complaints == []


@pytest.mark.parametrize("language", ["en", "ko", "zh-CN"])
def test_a_lost_board_tells_the_time_of_its_numbers_and_that_of_the_last_news_apart(
    boards: Boards, stub: BoardStub, language: str
) -> None:
    counted = moment(54)
    stub.show(lambda query: ordinary(query) | {"watermark": counted})
    page = boards.open(f"{stub.url}?lang={language}")
    expect(page.locator("#freshness")).to_contain_text(re.compile(r"\d"))
    stub.stop()
    expect(page.locator("body")).to_have_attribute("data-fresh", "lost")
    numbers, news = re.findall(r"\d\d:\d\d:\d\d", page.locator("#banner").inner_text())
    assert numbers == counted[11:19]
    assert numbers != news


def test_a_lost_board_without_numbers_tells_no_time_of_them(boards: Boards, stub: BoardStub) -> None:
    stub.show(lambda query: blank("empty", query))
    page = boards.open(stub.url)
    expect(page.locator("#notice")).to_be_visible()
    stub.stop()
    expect(page.locator("#banner")).to_contain_text(re.compile(r"^Connection lost\s+No news since \d\d:\d\d:\d\d\."))


def test_silence_greys_the_board(boards: Boards, stub: BoardStub) -> None:
    page = boards.open(stub.url)
    wait_live(page)
    stub.silent = True
    expect(page.locator("#banner")).to_contain_text("has said nothing since")
    wait_grey(page)
    stub.silent = False
    wait_live(page)


def test_a_page_whose_server_was_never_there_says_so(boards: Boards, stub: BoardStub) -> None:
    page = boards.open(stub.url)
    wait_live(page)
    page.route("**/api/stream*", lambda route: route.abort())
    page.reload()
    expect(page.locator("#banner")).to_contain_text("No connection")
    wait_grey(page)
    page.unroute("**/api/stream*")
    wait_live(page)


def test_a_replay_is_not_judged_by_the_clock_on_the_wall(strict_boards: Boards, stub: BoardStub) -> None:
    stub.show(ordinary() | {"clock": "event", "now": "1999-08-03T10:00:00Z", "watermark": "1999-08-03T09:58:00Z"})
    page = strict_boards.open(stub.url)
    expect(page.locator("#freshness")).to_have_text("Replay · numbers of Aug 3, 09:58")
    assert not is_grey(page)
