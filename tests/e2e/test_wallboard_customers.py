"""The page of customers: what it shows, in every size, language and theme; what it says where nobody counts them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.board_stub import Answer, BoardStub
from tests.e2e.boards import Board, not_counted, of_customers, tile_of
from tests.e2e.pages import Boards
from tests.e2e.reading import LANGUAGES, OVERFLOWING, ready, tile

pytest_plugins = ("tests.e2e.browser",)


def test_tiles_say_numbers_units_and_samples(strict_boards: Boards, stub: BoardStub) -> None:
    stub.show(of_customers)
    page = ready(strict_boards.open(f"{stub.url}?page=customers"))
    expect(page.locator(".tile")).to_have_count(9)
    assert " ".join(tile(page, "customer_churn").split()) == (
        "Churn of those at the beginning, left 2.1% Off target target at most 2% 262 of 12,310 customers"
    )
    assert tile(page, "customers_now", ".value") == "12,480"
    assert tile(page, "customer_lifetime", ".value") == "€1,844"
    assert tile(page, "revenue_per_customer", ".value") == "€41.20"
    assert tile(page, "customer_lifetime", ".samples") == "262 customers"
    expect(page.locator('[data-metric="customer_churn"] .trend')).to_be_hidden()
    label = page.locator('[data-metric="customer_lifetime"] .trend').get_attribute("aria-label")
    assert label is not None
    assert re.search("to €1,844, lowest €", label.replace("\xa0", ""))
    expect(page.locator("#shown")).to_have_text("Customers · Last 30 days · All customers")


def test_customers_are_chosen_by_what_they_are_told_apart_by(strict_boards: Boards, stub: BoardStub) -> None:
    stub.show(of_customers)
    page = ready(strict_boards.open(f"{stub.url}?channel=phone"))
    page.locator("#page").select_option(label="Customers")
    expect(page.locator("#shown")).to_have_text("Customers · Last 30 days · All customers")
    expect(page.locator("#by-channel")).to_have_count(0)
    page.locator("#by-tier").select_option(label="gold")
    expect(page.locator("#shown")).to_have_text("Customers · Last 30 days · Tier gold")
    stub.await_asked({"page": "customers", "channel": "phone", "tier": "gold"})
    # Nothing is told of a tier and a region together.
    page.locator("#by-region").select_option(label="EMEA")
    expect(page.locator("#shown")).to_have_text("Customers · Last 30 days · Region EMEA")
    page.locator("#page").select_option(label="Overview")
    expect(page.locator("#by-tier")).to_have_count(0)
    expect(page.locator("#mistaken")).to_be_hidden()


def test_the_title_of_at_risk_leads_to_the_customers(strict_boards: Boards, stub: BoardStub) -> None:
    query = {"level": "bad_answer_and_open_ticket", "by": "tier", "tier": "gold"}

    def with_link(asked: Mapping[str, str] | None = None) -> Board:
        board = of_customers(asked)
        tile_of(board, "customers_at_risk")["customers"] = query
        return board

    stub.show(with_link)
    segment = {"tier": "gold", "region": "EMEA", "segment": ""}
    customers = [
        {"customer": "C<1>", "level": "customers_at_risk", "seconds_since": 90_061.5, "segment": segment},
        {"customer": "C-2", "level": "customers_at_risk", "seconds_since": 59, "segment": segment},
    ]
    stub.tickets = (200, {"count": 31, "truncated": True, "customers": customers})
    page = ready(strict_boards.open(f"{stub.url}?page=customers&tier=gold"))
    expect(page.locator(".tile h2 button")).to_have_count(1)
    page.get_by_role("button", name="At risk").click()
    dialog = page.get_by_role("dialog", name="At risk")
    expect(dialog.locator("tbody tr")).to_have_count(2)
    assert stub.asked_tickets[0] == query
    assert dialog.locator("th").all_inner_texts() == ["Customer", "At risk for", "Of"]
    rows = [row.replace("\u00a0", " ").split("\t") for row in dialog.locator("tbody tr").all_inner_texts()]
    assert rows == [["C<1>", "1d 1h", "gold · EMEA"], ["C-2", "0s", "gold · EMEA"]]
    expect(dialog).to_contain_text("and 29 more, not for as long")
    assert not [found["id"] for found in Axe().run(page).response["violations"]]
    stub.tickets = (200, {"count": 0, "truncated": False, "customers": []})
    expect(dialog).to_contain_text("Nobody now.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (960, 540)])
@pytest.mark.parametrize("kiosk", ["0", "1"])
def test_it_fits_a_wide_screen(
    strict_boards: Boards, stub: BoardStub, language: str, size: tuple[int, int], kiosk: str
) -> None:
    stub.show(of_customers)
    page = ready(strict_boards.open(f"{stub.url}?page=customers&lang={language}&kiosk={kiosk}", size))
    expect(page.locator(".tile")).to_have_count(9)
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == list(size)
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)])
@pytest.mark.parametrize("answer", [of_customers, not_counted])
def test_axe_finds_nothing_wrong(
    strict_boards: Boards, stub: BoardStub, theme: str, size: tuple[int, int], answer: Answer
) -> None:
    stub.show(answer)
    address = f"{stub.url}?theme={theme}&page=customers"
    page = ready(strict_boards.open(address, size, reduced_motion="reduce", bypass_csp=True))
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_customers_are_not_counted_it_says_how_that_is_switched_on(
    strict_boards: Boards, stub: BoardStub, language: str
) -> None:
    stub.show(not_counted)
    page = ready(strict_boards.open(f"{stub.url}?page=customers&lang={language}", (390, 844)))
    expect(page.locator("#notice p")).to_contain_text("customers.enabled = true")
    expect(page.locator(".tile:visible")).to_have_count(0)
    page.locator("#page").select_option(index=0)
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator(".tile")).to_have_count(8)
