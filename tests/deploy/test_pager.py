"""The stand-in for whoever is paged, as a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE_SECONDS

PAGER = Path(__file__).resolve().parents[2] / "deploy/pager.py"
ALERT = {
    "status": "firing",
    "labels": {"severity": "critical", "alertname": "AbandonmentSpike", "by": "channel", "channel": "phone"},
    "annotations": {"summary": "Many give up", "description": "Long.", "runbook_url": "https://x.example/#spike"},
}


class Pager:
    """It listens on a free port while the context lasts."""

    def __init__(self) -> None:
        command = [sys.executable, str(PAGER), "127.0.0.1:0"]
        # Unbuffered by its surroundings, it would hide that lines wait in a buffer elsewhere.
        buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, env=buffered)
        found = re.search(r"http://\S+", self.line())
        assert found is not None
        self.url = found.group()

    def line(self) -> str:
        """The next line it prints."""
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], PATIENCE_SECONDS)[0], "nothing was printed"
        return self.process.stdout.readline().decode().rstrip("\n")

    def post(self, body: Any) -> int:
        """Status of the answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(f"{self.url}deskpulse", content, timeout=PATIENCE_SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


@pytest.fixture
def pager() -> Iterator[Pager]:
    running = Pager()
    yield running
    running.process.kill()
    running.process.communicate()


def test_every_alert_is_one_line(pager: Pager) -> None:
    resolved = {"status": "resolved", "labels": {"alertname": "WorkerDown"}, "annotations": {}}
    assert pager.post({"receiver": "page", "alerts": [ALERT, resolved]}) == 200
    assert pager.line() == (
        "page FIRING AbandonmentSpike | by=channel channel=phone severity=critical | Many give up | https://x.example/#spike"
    )
    assert pager.line() == "page RESOLVED WorkerDown"


def test_text_of_a_producer_neither_begins_a_line_nor_steers_the_terminal(pager: Pager) -> None:
    labels = {"alertname": "A", "team": "x\npage FIRING B \x1b[2J\u2028\u202e"}
    assert pager.post({"receiver": "page", "alerts": [{"status": "firing", "labels": labels}]}) == 200
    assert pager.line() == "page FIRING A | team=x page FIRING B  [2J  "


@pytest.mark.parametrize("body", [b"{", b"\xff", [], {}, {"alerts": [{}]}, {"alerts": [{**ALERT, "labels": "x"}]}])
def test_what_is_no_notification_is_refused_and_the_next_one_is_heard(pager: Pager, body: Any) -> None:
    assert pager.post(body) == 400
    assert pager.post({"receiver": "ticket", "alerts": [ALERT]}) == 200
    assert pager.line().startswith("ticket FIRING AbandonmentSpike | ")


@pytest.mark.parametrize(("length", "status"), [("99999999", 413), ("-1", 411), ("much", 411)])
def test_a_body_without_end_is_not_read(pager: Pager, length: str, status: int) -> None:
    connection = http.client.HTTPConnection(pager.url.removeprefix("http://").rstrip("/"), timeout=PATIENCE_SECONDS)
    connection.request("POST", "/deskpulse", headers={"Content-Length": length})
    assert connection.getresponse().status == status
    connection.close()


def test_a_health_check_is_answered(pager: Pager) -> None:
    with urllib.request.urlopen(pager.url, timeout=PATIENCE_SECONDS) as answer:
        assert answer.status == 200
