"""What the wallboard ships: the vendored chart as its makers published it, texts that say the same things."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from playwright.sync_api import Page

import stream.wallboard
from tests.e2e.board_stub import BoardStub
from tests.e2e.pages import Boards

pytest_plugins = ("tests.e2e.browser",)
FOLDER = Path(stream.wallboard.__file__).parent

# Of the files in dist/ of npm's uplot 1.6.32.
VENDORED = {
    "uPlot.esm.js": "5dd9b3281aa64b461b42d9945f6adb2649d346502b12281a9ae0d46599a80eba",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}

TEXTS = """async () => {
    const { LANGUAGES } = await import("/language.js");
    return LANGUAGES.map((texts) => Object.fromEntries(Object.entries(texts).map(([key, text]) =>
        [key, typeof text === "string" ? { other: text } : text])));
}"""


def names(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_chart_library_is_the_published_one_with_its_licence() -> None:
    found = {name: hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() for name in VENDORED}
    assert found == VENDORED
    assert "Permission is hereby granted" in (FOLDER / "vendor/uPlot.LICENSE.txt").read_text()


def test_nothing_is_loaded_from_elsewhere_and_no_style_is_inline() -> None:
    for path in FOLDER.rglob("*"):
        if path.suffix in (".html", ".js", ".css") and path.parent.name != "vendor":
            text = path.read_text().replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"https?://|<style|\bstyle=|cssText|setAttribute\(\"style|innerHTML", text), path


def test_all_languages_have_the_same_keys_and_names(strict_boards: Boards, stub: BoardStub) -> None:
    page: Page = strict_boards.open(stub.url)
    english, *others = page.evaluate(TEXTS)
    assert [texts["language"]["other"] for texts in (english, *others)] == ["en", "ko", "zh-CN"]
    for texts in others:
        assert texts.keys() == english.keys()
        for key, forms in texts.items():
            assert names(forms["other"]) == names(english[key]["other"]), key
            assert forms["other"].strip(), key
    for key, forms in english.items():
        assert "other" in forms, key


def test_every_text_is_used_and_every_used_text_exists(strict_boards: Boards, stub: BoardStub) -> None:
    english = strict_boards.open(stub.url).evaluate(TEXTS)[0]
    code = "\n".join(path.read_text() for path in FOLDER.glob("*") if path.suffix in (".js", ".html"))
    used = set(re.findall(r"(?:say\(|data-text=)\"([\w.]+)\"", code)) | set(re.findall(r"\"([a-z]+\.[\w.]+)\"", code))
    made = set(re.findall(r"`([a-z]+(?:\.[a-z]+)*\.)\$\{", code))
    assert {key for key in used if key.split(".")[-1] not in ("js", "css", "svg")} <= english.keys()
    known = {key for key in english if key in used or any(key.startswith(prefix) for prefix in made)}
    assert english.keys() - known <= {"language", "language.name"}
