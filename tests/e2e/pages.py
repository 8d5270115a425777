"""Pages whose every complaint is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.patience import PATIENCE_SECONDS

expect.set_options(timeout=PATIENCE_SECONDS * 1000)

SCREEN = (1920, 1080)
P = ParamSpec("P")
R = TypeVar("R")


def apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call it in another thread: the browser's driver has an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments, **named).result()


class Boards:
    """Opens wallboards. ``complaints``: what the browser's console said, and requests that left the host."""

    def __init__(self, browser: Browser) -> None:
        self.complaints: list[str] = []
        self._browser = browser

    def open(self, address: str, size: tuple[int, int] = SCREEN, **context: Any) -> Page:
        """A page in a context of its own, with its complaints kept; English and light unless ``context`` differs."""
        chosen = {"locale": "en-US", "color_scheme": "light", "timezone_id": "UTC", **context}
        page = self._browser.new_context(viewport={"width": size[0], "height": size[1]}, **chosen).new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        host = urlsplit(address).netloc

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.complaints.append(message.text)

        def sent(request: Request) -> None:
            if urlsplit(request.url).netloc != host:
                self.complaints.append(request.url)

        page.on("console", said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", sent)
        page.goto(address)
        return page

    def close(self) -> None:
        for context in self._browser.contexts:
            context.close()
