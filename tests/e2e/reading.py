"""What is read off the page in a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Page, expect

from tests.e2e.boards import Board, moment, ordinary

LANGUAGES = ("en", "ko", "zh-CN")
OVERFLOWING = """() => [...document.querySelectorAll("h2, p, .value, .row")]
    .filter((node) => node.clientWidth && !node.closest(".unseen, #leave") && !node.matches(".unseen, #shown, #leave")
        && (node.scrollWidth > node.clientWidth + 1
            || node.getBoundingClientRect().right > node.closest(".tile, body").getBoundingClientRect().right + 1
            || node.getBoundingClientRect().bottom > node.closest(".tile, body").getBoundingClientRect().bottom + 1))
    .map((node) => node.outerHTML)"""


def tile(page: Page, metric: str, part: str = "") -> str:
    """Text of a tile, or of a part of it."""
    text: str = page.locator(f'[data-metric="{metric}"] {part}'.strip()).inner_text()
    return text.replace("\u00a0", " ")


def ready(page: Page) -> Page:
    expect(page.locator("#freshness")).to_contain_text(re.compile(r"\d"))
    return page


def old(query: Mapping[str, str]) -> Board:
    return ordinary(query) | {"watermark": moment(95)}
