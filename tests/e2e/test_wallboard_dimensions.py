"""The wallboard where the settings name other dimensions: lists, address, pages and table of a real worker."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stream.broker.embedded import EmbeddedKafka
from tests.e2e.board_stub import BoardStub
from tests.e2e.boards import ordinary
from tests.e2e.pages import Boards, apart
from tests.e2e.reading import LANGUAGES, OVERFLOWING, ready
from tests.e2e.test_wallboard_words import call
from tests.integration.running import RealWorker, environment, event, send, with_topics

pytest_plugins = ("tests.e2e.browser",)
BRANDS, REGIONS = ("Acme", "Zeta"), ("apac", "emea")
EIGHT = ("brand", "region", "product", "language", "tier", "channel", "team", "priority")


def of_brands(query: Mapping[str, str]) -> dict[str, Any]:
    """The board of a desk that counts by brand, and by brand and region together, but not by region alone."""
    chosen = "_".join(name for name in ("brand", "region") if name in query) or "all"
    board = ordinary({**query, "by": chosen})
    if board["table"] is not None:
        board["table"]["dimension"] = "brand"
    return board | {
        "dimensions": ["brand", "region", "zone"],
        "groups": ["all", "brand", "brand_region"],
        "table_dimension": "brand",
        "choices": {"brand": [*BRANDS], "region": ["", *REGIONS]},
    }


def of_eight(query: Mapping[str, str]) -> dict[str, Any]:
    groups = ["all", *EIGHT, "brand_region"]
    choices = {name: [f"a {name}", f"another {name} of a longer name"] for name in EIGHT}
    return ordinary(query) | {"dimensions": [*EIGHT], "groups": groups, "choices": choices}


def opened(strict_boards: Boards, stub: BoardStub, search: str = "") -> Page:
    stub.show(of_brands)
    return ready(strict_boards.open(stub.url + search))


def lists(page: Page) -> list[str]:
    return [words for words in page.locator("#groups span").all_inner_texts() if words]


def test_there_is_a_list_for_each_dimension_that_has_groups(strict_boards: Boards, stub: BoardStub) -> None:
    page = opened(strict_boards, stub)
    assert lists(page) == ["Brand", "Region"]
    page.locator("#by-brand").select_option(label="Acme")
    expect(page).to_have_url(re.compile(r"\?brand=Acme$"))
    expect(page.locator("body:not([data-pending])")).to_have_count(1)
    stub.await_asked({"brand": "Acme"})
    expect(page.locator("#shown")).to_have_text("Last hour · Brand Acme")
    page.locator("#by-region").select_option(label="emea")
    expect(page.locator("#shown")).to_have_text("Last hour · Brand Acme · Region emea")
    page.reload()
    ready(page)
    stub.await_asked({"brand": "Acme", "region": "emea"})
    # Nothing is summed by region alone.
    page.locator("#by-brand").select_option(label="All")
    expect(page).to_have_url(re.compile(r"\?$"))
    page.locator("#by-region").select_option(label="emea")
    expect(page.locator("#shown")).to_have_text("Last hour · Brand Acme · Region emea")
    page.locator("#by-region").select_option(label="All")
    expect(page.locator("#shown")).to_have_text("Last hour · Brand Acme")


def test_what_is_no_dimension_here_is_told(strict_boards: Boards, stub: BoardStub) -> None:
    page = opened(strict_boards, stub, "?region=emea&team=billing&brand=Acme&by=region_brand")
    expect(page.locator("#mistaken")).to_have_text(re.compile(r"team$"))
    expect(page.locator("#shown")).to_have_text("Last hour · Brand Acme · Region emea")
    page.locator("#window").select_option("15m")
    expect(page.locator("#mistaken")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"\?window=15m&region=emea&brand=Acme$"))


def test_the_table_and_the_pages_are_those_of_brands(strict_boards: Boards, stub: BoardStub) -> None:
    page = opened(strict_boards, stub, "?page=teams")
    expect(page.locator("#table thead th").first).to_have_text("Brand")
    expect(page.locator("#shown")).to_have_text("By brand · Last hour · All contacts")
    assert page.locator("#page option").all_inner_texts()[-2:] == ["Brand Acme", "Brand Zeta"]
    page.locator("#page").select_option(label="Brand Zeta")
    expect(page).to_have_url(re.compile(r"\?page=brand%3AZeta$"))
    expect(page.locator("#by-brand")).to_have_value("=Zeta")
    expect(page.locator("body:not([data-pending])")).to_have_count(1)
    stub.await_asked({"page": "team", "brand": "Zeta"})
    page.locator("#by-region").select_option(label="apac")
    expect(page).to_have_url(re.compile(r"\?page=brand%3AZeta&region=apac$"))
    page.locator("#by-brand").select_option(label="Acme")
    expect(page).to_have_url(re.compile(r"\?region=apac&brand=Acme$|\?brand=Acme&region=apac$"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (960, 540)])
def test_lists_of_eight_dimensions_leave_room_for_the_tiles(
    strict_boards: Boards, stub: BoardStub, language: str, size: tuple[int, int]
) -> None:
    stub.show(of_eight)
    page = ready(strict_boards.open(f"{stub.url}?lang={language}", size))
    expect(page.locator("#groups select")).to_have_count(8)
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == list(size)
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize(
    ("chosen", "changed", "fitting"),
    [
        ({"brand": "a"}, "brand", {"brand": "a"}),
        ({"brand": "a", "team": "t"}, "team", {"team": "t"}),
        ({"region": "r"}, "region", {"brand": "first", "region": "r"}),
        ({"brand": "a", "region": "r"}, "region", {"brand": "a", "region": "r"}),
        ({"region": "r"}, "brand", {}),
        ({}, "brand", {}),
        ({"zone": "z"}, "zone", {"zone": "z"}),
    ],
)
def test_what_is_chosen_is_made_a_group_that_there_is(
    strict_boards: Boards, stub: BoardStub, chosen: dict[str, str], changed: str, fitting: dict[str, str]
) -> None:
    page = strict_boards.open(stub.url)
    there = {"groups": ["all", "brand", "team", "brand_region"], "choices": {"brand": ["first", "b"], "team": []}}
    assert call(page, "groups", "m.fittingGroup(a[0], a[1], a[2])", chosen, changed, there) == fitting


def contacts() -> Iterator[dict[str, Any]]:
    """Of Acme 3 tickets in emea and 2 in apac, of Zeta 4 in emea."""
    for brand, region, many in (("Acme", "emea", 3), ("Acme", "apac", 2), ("Zeta", "emea", 4)):
        for number in range(many):
            attributes = {"brand": brand, "region": region}
            yield event(f"{brand}-{region}-{number}", "ticket.created", 60, channel="email", attributes=attributes)


@pytest.fixture(scope="module")
def worker(broker: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    variables = environment(
        broker.bootstrap_servers,
        f"t{secrets.token_hex(4)}",
        DIMENSIONS="brand,region",
        GROUP_BY__NAMES="all,brand,region,brand_region",
        TOPICS__PARTITIONS="2",
    )
    settings = apart(with_topics, variables)
    apart(send, settings, contacts())
    with RealWorker(variables, tmp_path_factory.mktemp("dimensions") / "worker.log") as running:
        running.wait_ready()
        running.wait_until(lambda: running.samples("open_tickets", by="all") == [9], "counted")
        yield running


@pytest.mark.broker
def test_a_worker_with_brands_and_regions_shows_what_it_counts(strict_boards: Boards, worker: RealWorker) -> None:
    page = ready(strict_boards.open(f"http://127.0.0.1:{worker.port}/"))
    shown = page.locator('[data-metric="open_tickets"] .value')
    expect(shown).to_have_text("9")
    assert lists(page) == ["Brand", "Region"]
    page.locator("#by-brand").select_option(label="Acme")
    expect(shown).to_have_text("5")
    page.locator("#by-region").select_option(label="emea")
    expect(shown).to_have_text("3")
    page.locator("#by-brand").select_option(label="All")
    expect(shown).to_have_text("7")
    expect(page.locator("#shown")).to_contain_text("Region emea")
    page.locator("#page").select_option(label="By brand")
    expect(page.locator("#table tbody th")).to_have_text(["Acme", "Zeta"])
    expect(page.locator('#table tbody [data-metric="open_tickets"] .number')).to_have_text(["3", "4"])
    page.locator("#by-region").select_option(label="All")
    expect(page.locator('#table tbody [data-metric="open_tickets"] .number')).to_have_text(["5", "4"])
    page.locator("#page").select_option(label="Brand Zeta")
    expect(shown).to_have_text("4")
