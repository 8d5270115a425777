"""The tickets behind a tile: a list that is asked for while it is open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.board_stub import BoardStub
from tests.e2e.boards import Board, ordinary, tile_of
from tests.e2e.pages import Boards

pytest_plugins = ("tests.e2e.browser",)
QUERY = {"level": "promises_due_in_15m", "by": "team", "team": "billing & co"}


def due(ticket: str, seconds: float, promise: str = "first_reply") -> dict[str, Any]:
    segment = {"channel": "email", "team": "billing & co", "priority": ""}
    return {"ticket": ticket, "level": f"sla_{promise}_due_in_15m", "seconds_left": seconds, "segment": segment}


def board(query: Mapping[str, str] | None = None) -> Board:
    """The page of the backlog with a number whose tickets are told."""
    shown = ordinary({"page": "backlog", **(query or {})})
    tile_of(shown, "unanswered_tickets").update(metric="sla_due_soon", tickets=QUERY)
    return shown


def listed(page: Page) -> list[str]:
    return [row.replace("\u00a0", " ") for row in page.locator("#tickets tbody tr").all_inner_texts()]


@pytest.fixture
def page(strict_boards: Boards, stub: BoardStub) -> Page:
    stub.show(board)
    stub.tickets = (200, {"count": 3, "truncated": True, "tickets": [due("T-1", -90, "resolution"), due("T<2>", 425)]})
    found = strict_boards.open(f"{stub.url}?page=backlog")
    expect(found.locator("#freshness")).to_contain_text(re.compile(r"\d"))
    return found


def test_the_title_of_a_tile_leads_to_its_tickets(page: Page, stub: BoardStub) -> None:
    page.get_by_role("button", name="SLA due soon").click()
    dialog = page.get_by_role("dialog", name="SLA due soon")
    expect(dialog.locator("tbody tr")).to_have_count(2)
    assert stub.asked_tickets[0] == QUERY
    assert [row.split("\t") for row in listed(page)] == [
        ["T-1", "Resolution", "1m late", "email · billing & co"],
        ["T<2>", "First reply", "7m", "email · billing & co"],
    ]
    expect(dialog).to_contain_text("and 1 more, less urgent")
    assert not [found["id"] for found in Axe().run(page).response["violations"]]
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_an_open_list_is_asked_for_again_and_a_refusal_is_told(page: Page, stub: BoardStub) -> None:
    page.get_by_role("button", name="SLA due soon").click()
    expect(page.locator("#tickets tbody tr")).to_have_count(2)
    stub.tickets = (200, {"count": 0, "truncated": False, "tickets": []})
    expect(page.locator("#tickets")).to_contain_text("Nobody now.")
    stub.tickets = (200, {"count": 1, "truncated": False, "tickets": [due("T-3", 30)]})
    expect(page.locator("#tickets tbody tr")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#tickets")).to_be_hidden()


def test_who_may_not_see_tickets_is_told_so(boards: Boards, stub: BoardStub) -> None:
    stub.show(board)
    stub.tickets = (403, {"error": "this login sees the wallboard only"})
    page = boards.open(f"{stub.url}?page=backlog")
    page.get_by_role("button", name="SLA due soon").click()
    expect(page.locator("#tickets")).to_contain_text("cannot be had: this login sees the wallboard only")


def test_other_tiles_and_a_television_have_nothing_to_click(page: Page, stub: BoardStub, strict_boards: Boards) -> None:
    expect(page.locator(".tile h2 button")).to_have_count(1)
    television = strict_boards.open(f"{stub.url}?page=backlog&kiosk=1")
    expect(television.locator('[data-metric="sla_due_soon"] h2')).to_have_text("SLA due soon")
    expect(television.locator(".tile h2 button")).to_have_count(0)
