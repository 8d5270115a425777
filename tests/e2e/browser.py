"""Fixtures: headless Chromium, and pages. A module uses them by ``pytest_plugins = ("tests.e2e.browser",)``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.board_stub import BoardStub
from tests.e2e.pages import Boards
from tests.patience import PATIENCE_SECONDS

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, one for the module: the driver's event loop must not outlive it."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(_ARGUMENTS), timeout=PATIENCE_SECONDS * 1000
        )
        yield browser
        browser.close()


@pytest.fixture
def boards(chromium: Browser) -> Iterator[Boards]:
    """For tests in which the connection is cut, and the browser says so on its console."""
    opened = Boards(chromium)
    yield opened
    opened.close()


@pytest.fixture
def strict_boards(boards: Boards) -> Iterator[Boards]:
    """The test fails when a page has anything to complain of, a violated content-security policy too."""
    yield boards
    assert boards.complaints == []


@pytest.fixture
def stub() -> Iterator[BoardStub]:
    """The wallboard's files with boards that are made up."""
    with BoardStub() as running:
        yield running
