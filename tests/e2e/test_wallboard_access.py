"""The wallboard behind TLS and a login: it loads, it streams, and a television gets in by its token alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from stream.edge.serve.http_server import HttpServer
from stream.settings import HttpSettings
from tests.domain.stories import Story
from tests.e2e.pages import Boards
from tests.edge.authority import Authority
from tests.edge.login_file import BOARD, BOARD_HASH, PASSWORD, USERS
from tests.golden.desk import NOW, TICKETS, FixedState, view
from tests.patience import wait_until

pytest_plugins = ("tests.e2e.browser",)

# The certificate is a private authority's, which the browser does not know; all else about it is checked.
ANNA: dict[str, Any] = {"http_credentials": {"username": "anna", "password": PASSWORD}, "ignore_https_errors": True}
NOBODY: dict[str, Any] = {"ignore_https_errors": True}
REFUSED = "Failed to load resource: the server responded with a status of 401"


class Served:
    """A server behind TLS and a login, and its files."""

    def __init__(self, folder: Path) -> None:
        self.users = folder / "users.yml"
        self.users.write_text(USERS)
        certificate, key = Authority(folder).issue("server")
        self.state = FixedState(view())
        settings = HttpSettings(port=0, tls_certificate=certificate, tls_key=key, users_file=self.users)
        self.server = HttpServer(settings, self.state)
        self.url = f"https://127.0.0.1:{self.server.start()}/"

    def queue_one_more(self) -> None:
        """A contact that waits beside those that did."""
        more = {"one more": Story().created(NOW - 60, "phone", "tech").queued(NOW - 60)}
        self.state.view = view({**TICKETS, **more})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path)
    yield found
    found.server.stop()


def see_it_live(page: Page, served: Served) -> None:
    """The board is there, and what changes in the worker changes on it without anybody asking."""
    waiting = page.locator('[data-metric="waiting_contacts"] data')
    expect(page.locator("#freshness")).to_have_text(re.compile("^Live"))
    expect(waiting).to_have_attribute("value", "1")
    served.queue_one_more()
    expect(waiting).to_have_attribute("value", "2")


def test_with_a_login_the_board_loads_and_streams(strict_boards: Boards, served: Served) -> None:
    see_it_live(strict_boards.open(f"{served.url}?window=15m", **ANNA), served)


def test_without_a_login_there_is_nothing(boards: Boards, served: Served) -> None:
    page = boards.open("about:blank", **NOBODY)
    answer = page.request.get(served.url)
    assert answer.status == 401
    assert "tile" not in answer.text()


def test_a_television_gets_in_by_its_token_which_leaves_the_address(strict_boards: Boards, served: Served) -> None:
    page = strict_boards.open(f"{served.url}?window=15m&token={BOARD}&kiosk=1", **NOBODY)
    see_it_live(page, served)
    assert BOARD not in page.url
    assert urlsplit(page.url).query == "window=15m&kiosk=1"
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("document.referrer") == ""
    page.reload()
    expect(page.locator("#freshness")).to_have_text(re.compile("^Live"))


def test_a_television_sees_the_board_and_nothing_else(boards: Boards, served: Served) -> None:
    page = boards.open(f"{served.url}?token={BOARD}", **NOBODY)
    expect(page.locator("#freshness")).to_have_text(re.compile("^Live"))
    seen = {path: page.evaluate("(path) => fetch(path).then((answer) => answer.status)", path) for path in PATHS}
    assert seen == dict.fromkeys(PATHS, 403)


PATHS = ("metrics", "readyz", "api/rows", "api/facts?fact=abandoned")


def test_a_television_whose_token_is_taken_away_goes_dark_and_says_why(boards: Boards, served: Served) -> None:
    page = boards.open(f"{served.url}?token={BOARD}", **NOBODY)
    expect(page.locator("#freshness")).to_have_text(re.compile("^Live"))
    served.users.write_text(USERS.replace(f"board_tokens:\n  lobby: {BOARD_HASH}\n", ""))
    text = page.locator("body")
    wait_until(lambda: "a login is needed" in text.inner_text(), "the board says why", text.inner_text)
    assert all(REFUSED in said for said in boards.complaints), boards.complaints
