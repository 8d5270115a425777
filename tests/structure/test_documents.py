"""What a reader of the documents types or follows: addresses on this machine, and links to other files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stream.cli.demo import demo_command
from stream.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(file for folder in ("docs", "deploy", "schemas", "examples") for file in (ROOT / folder).rglob("*.md")),
]
ADDRESS = re.compile(r"(?:localhost|127\.0\.0\.1):(\d{2,5})\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
OTHERS = {
    8088: "the second worker of compose",
    9090: "Prometheus",
    9093: "Alertmanager",
    3000: "Grafana",
    9092: "Kafka",
}


def ports_of_ours() -> set[int]:
    settings = Settings()
    of_demo = {int(str(option.default)) for option in demo_command.params if option.name in ("http_port", "kafka_port")}
    return {settings.http.port, settings.gateway.port, settings.gateway.metrics_port, *of_demo}


def anchors(text: str) -> set[str]:
    return {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_addresses_are_those_that_are_listened_at_by_default(document: Path) -> None:
    named = {int(port) for port in ADDRESS.findall(document.read_text(encoding="utf-8"))}
    assert named - ports_of_ours() - OTHERS.keys() == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    lost = []
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if link.startswith(("http", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(link)
    assert lost == []
