"""Pages of the wallboard: choosing one, going round them, the table of teams, the volume of the day."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.board_stub import BoardStub
from tests.e2e.boards import day, ordinary, ratio_alert, table_of
from tests.e2e.pages import Boards
from tests.e2e.reading import LANGUAGES, OVERFLOWING, ready
from tests.e2e.test_wallboard_words import call

pytest_plugins = ("tests.e2e.browser",)
PAGES = ("service", "satisfaction", "backlog", "teams", "team:billing")
CUT_OFF = """() => [...document.querySelectorAll("#table :is(th, td), #day :is(dt, dd, p)")]
    .filter((node) => node.clientWidth && !node.matches(".unseen")
        && (node.scrollWidth > node.clientWidth + 1 || node.getBoundingClientRect().right > innerWidth + 1
            || node.getBoundingClientRect().bottom > innerHeight + 1))
    .map((node) => node.outerHTML)"""


@pytest.fixture
def page(strict_boards: Boards, stub: BoardStub) -> Page:
    return strict_boards.open(stub.url)


def many_teams(query: Any) -> dict[str, Any]:
    board = ordinary(query)
    if board["table"] is not None:
        names = [f"a team with a long name {number}" for number in range(20)]
        board["table"] = table_of(ordinary({"page": "overview"})["tiles"], names, left_out=3)
    return board


@pytest.mark.parametrize("size", [(1920, 1080), (960, 540)])
@pytest.mark.parametrize("shown", PAGES)
def test_every_page_fits_a_wide_screen_in_every_language(
    strict_boards: Boards, stub: BoardStub, size: tuple[int, int], shown: str
) -> None:
    page = strict_boards.open(stub.url, size)
    for language, kiosk in (("en", "0"), ("ko", "0"), ("zh-CN", "1"), ("en", "1")):
        page.goto(f"{stub.url}?page={shown}&lang={language}&kiosk={kiosk}")
        ready(page)
        expect(page.locator("#table tbody tr" if shown == "teams" else ".tile")).not_to_have_count(0)
        scrolled = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert scrolled == list(size), language
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("size", [(1920, 1080), (960, 540)])
def test_twenty_teams_fit_a_television(strict_boards: Boards, stub: BoardStub, size: tuple[int, int]) -> None:
    stub.show(many_teams)
    page = ready(strict_boards.open(f"{stub.url}?page=teams&kiosk=1", size))
    expect(page.locator("#table tbody tr")).to_have_count(20)
    beyond = "(it) => [it.scrollHeight - it.clientHeight, it.scrollWidth - it.clientWidth]"
    assert max(page.locator("#table").evaluate(beyond)) <= 1
    expect(page.locator("#table .left-out")).to_have_text("and 3 more teams, better off")


@pytest.mark.parametrize("shown", PAGES)
def test_on_a_telephone_only_the_table_scrolls_sideways(strict_boards: Boards, stub: BoardStub, shown: str) -> None:
    page = ready(strict_boards.open(f"{stub.url}?page={shown}", (390, 844)))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    if shown == "teams":
        table = page.locator("#table")
        assert table.evaluate("(it) => it.scrollWidth > it.clientWidth")
        table.evaluate("(it) => { it.scrollLeft = it.scrollWidth; }")
        # Whose numbers they are stays in sight.
        assert page.locator("#table tbody th").first.evaluate("(it) => it.getBoundingClientRect().left") < 30


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)])
@pytest.mark.parametrize("shown", ["satisfaction", "teams"])
def test_axe_finds_nothing_wrong_with_a_page(
    strict_boards: Boards, stub: BoardStub, theme: str, size: tuple[int, int], shown: str
) -> None:
    page = strict_boards.open(f"{stub.url}?theme={theme}&page={shown}", size, reduced_motion="reduce", bypass_csp=True)
    ready(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def test_a_page_is_chosen_asked_for_and_kept_in_the_address(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(stub.url))
    page.locator("#page").select_option(label="Satisfaction")
    expect(page).to_have_url(re.compile(r"\?page=satisfaction$"))
    expect(page.locator('[data-metric="nps"] .value')).to_have_text("+53")
    expect(page.locator("#day")).to_be_hidden()
    stub.await_asked({"page": "satisfaction"})
    page.locator("#page").select_option(label="Team billing")
    expect(page).to_have_url(re.compile(r"\?page=team%3Abilling$"))
    expect(page.locator("#by-team")).to_have_value("=billing")
    expect(page.locator('[data-metric="service_level"]')).to_be_visible()
    stub.await_asked({"page": "team", "team": "billing"})
    page.reload()
    ready(page)
    stub.await_asked({"page": "team", "team": "billing"})
    page.locator("#by-team").select_option(label="All")
    expect(page).to_have_url(re.compile(r"\?$"))
    page.locator("#page").select_option(label="All teams")
    expect(page.locator("#table tbody th")).to_have_text(["(none)", "billing", "returns", "technical"])
    expect(page.locator("#tiles")).to_be_hidden()
    page.locator("#page").select_option(label="Overview")
    expect(page.locator("#table")).to_be_hidden()
    expect(page.locator(".tile")).to_have_count(8)


def test_tiles_of_the_address_are_those_that_are_asked_for(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(f"{stub.url}?tiles=csat,nps&channel=phone"))
    expect(page.locator(".tile")).to_have_count(2)
    stub.await_asked({"tiles": "csat,nps", "channel": "phone"})
    expect(page.locator("#mistaken")).to_be_hidden()


def test_a_cell_is_judged_in_words_shape_and_colour(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(f"{stub.url}?page=teams"))
    row = page.locator("#table tbody tr").first
    expect(row.locator("td").nth(0)).to_have_text(re.compile(r"86\.4%\s+On target"))
    expect(row.locator("td").nth(2)).to_have_text(re.compile(r"12m\s34s\s+Off target"))
    expect(row.locator("td").nth(5)).to_have_text(re.compile(r"\s+No data"))
    assert row.locator("td use").nth(2).get_attribute("href") == "#icon-off_target"


def test_the_volume_of_today_is_told_with_what_it_is_compared_with(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(stub.url))
    words = " ".join(page.locator("#day").inner_text().split())
    assert re.fullmatch(
        r"Today created 1,412 \+8% resolved 1,380 0% offered 640 -13% answered 571 abandoned 31 "
        r"change against the usual until \d\d:00",
        words,
    )


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ({"by_hour": 12, "before": 8}, "+50%"),
        ({"by_hour": 4, "before": 8.5}, "-53%"),
        ({"by_hour": 8, "before": 8}, "0%"),
        ({"by_hour": 3, "before": 0}, "+3"),
        ({"by_hour": 0, "before": 0}, ""),
        ({"by_hour": None, "before": None}, ""),
    ],
)
def test_a_change_is_told_as_far_as_it_is_known(page: Page, count: dict[str, Any], words: str) -> None:
    body = "m.changeWords(a[0], (await import('/format.js')).formats('en'))"
    assert call(page, "day", body, count) == words


def test_what_nothing_is_known_of_is_not_compared(strict_boards: Boards, stub: BoardStub) -> None:
    board = ordinary()
    for count in board["day"]["counts"]:
        count.update(by_hour=None, before=None, against=None)
    stub.show(board)
    page = ready(strict_boards.open(stub.url))
    expect(page.locator("#day dd").first).to_have_text("1,412")
    expect(page.locator(".day-against")).to_have_text("")
    stub.show(ordinary() | {"day": None})
    expect(page.locator("#day")).to_be_hidden()


def test_a_day_compares_all_with_the_same(page: Page) -> None:
    say = "(await import('/language.js')).speaker((await import('/texts/en.js')).default)"
    shown = day(1_700_000_000.0)
    shown["until"] = "2023-11-14T22:00:00Z"
    body = f"m.against(a[0], {say}, (await import('/format.js')).formats('en'))"
    assert call(page, "day", body, shown) == "change against the usual until 22:00"
    for count in shown["counts"]:
        count["against"] = "yesterday" if count["against"] else None
    assert call(page, "day", body, shown) == "change against yesterday until 22:00"


# ---- going round


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5), ("20", 20), ("3600", 3600), ("4", None), ("3601", None), ("1.5", None), ("", None), ("-9", None)],
)
def test_only_whole_seconds_within_bounds_are_a_time_to_stay(page: Page, text: str, seconds: int | None) -> None:
    assert call(page, "pages", "m.rotateSeconds(a[0]) || null", text) == seconds
    assert call(page, "pages", "m.rotateSeconds(null)") is None


def test_the_round_goes_by_all_pages_and_teams_or_those_of_a_team(page: Page) -> None:
    board = ordinary()
    found = call(page, "pages", "m.offeredPages(a[0])", board)
    assert found == [
        "overview", "service", "satisfaction", "backlog", "teams", "team:billing", "team:returns", "team:technical"
    ]  # fmt: skip
    assert call(page, "pages", "m.offeredPages(a[0], {team: 'billing'})", board) == found[:4]
    without_teams = board | {"pages": ["overview", "service"]}
    assert call(page, "pages", "m.offeredPages(a[0])", without_teams) == ["overview", "service"]
    assert call(page, "pages", "m.pageAfter(undefined, a[0])", found) == "service"
    assert call(page, "pages", "m.pageAfter('team:technical', a[0])", found) == "overview"
    assert call(page, "pages", "m.pageAfter('gone', a[0])", found) == "overview"
    assert call(page, "pages", "m.pageAfter('overview', ['overview'])") == "overview"


def test_a_wall_goes_round_its_pages_and_keeps_its_address(strict_boards: Boards, stub: BoardStub) -> None:
    address = f"{stub.url}?page=satisfaction&page=team%3Abilling&rotate=5&kiosk=1"
    page = ready(strict_boards.open(address))
    expect(page.locator("#shown")).to_have_text("Satisfaction · Last hour · All contacts")
    expect(page.locator("#shown")).to_have_text("Last hour · Team billing")
    expect(page.locator('[data-metric="service_level"]')).to_be_visible()
    expect(page.locator("#shown")).to_have_text("Satisfaction · Last hour · All contacts")
    assert [query.get("page") for query in stub.asked[:3]] == ["satisfaction", "team", "satisfaction"]
    assert page.url == address
    # Another page is no change of state.
    assert page.locator("#news").inner_text() == ""


def test_a_page_that_is_refused_does_not_end_the_round(boards: Boards, stub: BoardStub) -> None:
    page = ready(boards.open(f"{stub.url}?page=service&page=teams&rotate=5"))
    stub.refusal = "page='teams': nothing is summed by team"
    expect(page.locator("#notice")).to_contain_text("nothing is summed by team")
    stub.refusal = ""
    expect(page.locator('[data-metric="service_level"]')).to_be_visible()


def test_who_chooses_a_page_on_the_way_stays_there(strict_boards: Boards, stub: BoardStub) -> None:
    page = ready(strict_boards.open(f"{stub.url}?rotate=3600"))
    page.locator("#page").select_option(label="Backlog")
    expect(page).to_have_url(re.compile(r"\?page=backlog$"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_time_to_stay_is_told(strict_boards: Boards, stub: BoardStub, language: str) -> None:
    page = ready(strict_boards.open(f"{stub.url}?rotate=2&lang={language}"))
    expect(page.locator("#mistaken")).to_have_text(re.compile(r"rotate=2.*5.*3[,]?600"))
    expect(page.locator(".tile")).to_have_count(8)


def test_a_refused_page_says_what_is_allowed_and_everything_can_be_shown(boards: Boards, stub: BoardStub) -> None:
    stub.refusal = "page='x': allowed: overview, service"
    page = boards.open(f"{stub.url}?page=x&tiles=y&rotate=9")
    expect(page.locator("#notice")).to_contain_text("allowed: overview, service")
    stub.refusal = ""
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator(".tile")).to_have_count(8)
    stub.await_asked({})


def test_an_address_keeps_its_pages_in_their_order(page: Page) -> None:
    address = "?page=teams&page=team%3Ax%2Fy&window=15m&tiles=csat%2Cnps&rotate=20&kiosk=1"
    assert call(page, "address", "m.writeAddress(m.readAddress(a[0]))", address) == address
    query = call(page, "address", "m.streamQuery(m.readAddress(a[0]), 'team:x/y')", address)
    assert query == "page=team&tiles=csat%2Cnps&window=15m&team=x%2Fy"


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("?page=team:x&team=y", ["team"]),
        ("?page=service&page=backlog", ["page"]),
        ("?page=service&page=backlog&rotate=9", []),
        ("?page=team:x&by=team", []),
        ("?page=team:x&tiles=csat", []),
    ],
)
def test_what_contradicts_a_page_is_told(page: Page, address: str, names: list[str]) -> None:
    assert call(page, "address", "m.unknownNames(a[0], ['channel', 'team'])", address) == names


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_watched_ratio_has_a_line_and_leaves_title_and_tiles_as_they_are(
    strict_boards: Boards, stub: BoardStub, language: str
) -> None:
    stub.show(ordinary() | {"alerts": [ratio_alert(severity="critical")]})
    page = ready(strict_boards.open(f"{stub.url}?lang={language}", (960, 540)))
    line = page.locator("#spikes li")
    expect(line).to_contain_text("csat_drop")
    words = {"en": "Far worse than usual", "ko": "평소보다 훨씬 나쁨", "zh-CN": "远比平时差"}
    expect(line.locator(".severity")).to_have_text(words[language])
    expect(line.locator(".numbers")).to_contain_text("22")
    expect(page).to_have_title("Deskpulse")
    expect(page.locator(".spike-badge:visible")).to_have_count(0)
    assert page.evaluate(OVERFLOWING) == []
