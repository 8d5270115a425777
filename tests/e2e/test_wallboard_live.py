"""The wallboard of a real worker on a real broker: the numbers of /metrics and of the topic, a spike, and trouble."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from prometheus_client.parser import text_string_to_metric_families

from stream.broker.embedded import EmbeddedKafka
from stream.settings import Settings
from tests.e2e.pages import Boards, apart
from tests.faults.content import last_values, read_all
from tests.integration.running import RealWorker, environment, event, send, with_topics
from tests.patience import wait_until

pytest_plugins = ("tests.e2e.browser",)
pytestmark = pytest.mark.broker

Numbers = dict[str, float]

# Headline of the page: gauge, its labels; metric and definition of the row, and where in the row the number is.
SERIES: dict[str, tuple[str, dict[str, str]]] = {
    "service_level": ("service_level_ratio", {"definition": "answered_within_of_answered_and_abandoned@2"}),
    "abandonment": ("abandonment_ratio", {"definition": "abandoned_of_answered_and_abandoned@2"}),
    "first_response_time": ("first_response_time_percentile_seconds", {"percentile": "90"}),
    "resolution_time": ("full_resolution_time_percentile_seconds", {"percentile": "90"}),
    "csat": ("csat_ratio", {"definition": "csat_top_two_box@2"}),
    "waiting_contacts": ("waiting_contacts", {}),
    "longest_wait": ("longest_wait_seconds", {}),
    "open_tickets": ("open_tickets", {}),
}
ROWS: dict[str, tuple[str, str, str]] = {
    "service_level": ("service_level", "answered_within_of_answered_and_abandoned@2", "value"),
    "abandonment": ("abandonment", "abandoned_of_answered_and_abandoned@2", "value"),
    "first_response_time": ("first_response_time", "first_human_reply@2", "p90"),
    "resolution_time": ("full_resolution_time", "created_to_last_solved@2", "p90"),
    "csat": ("csat", "csat_top_two_box@2", "value"),
    "waiting_contacts": ("waiting_contacts", "queued_not_left@2", "value"),
    "longest_wait": ("waiting_contacts", "queued_not_left@2", "oldest"),
    "open_tickets": ("open_tickets", "created_not_solved@1", "value"),
}
LEVELS = ("waiting_contacts", "longest_wait", "open_tickets")
SHOWN = """() => Object.fromEntries([...document.querySelectorAll(".tile")]
    .map((tile) => [tile.dataset.metric, tile.querySelector("data").value])
    .filter(([, value]) => value !== "").map(([metric, value]) => [metric, Number(value)]))"""
# The page and the reader of the other side do not look at the same instant: waits go on meanwhile.
WAIT_TOLERANCE_SECONDS = 3.0


class Desk:
    """A worker, and a page of it."""

    def __init__(self, variables: dict[str, str], settings: Settings, worker: RealWorker, folder: Path) -> None:
        self.variables, self.settings, self.worker, self.folder = variables, settings, worker, folder

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.worker.port}/"

    def gauges(self, window: str, by: str, **segment: str) -> Numbers:
        """What /metrics says of a group, by headline."""
        group = {"channel": "", "team": "", "priority": "", **segment, "by": by}
        _, body = self.worker.get("/metrics")
        samples = [sample for family in text_string_to_metric_families(body) for sample in family.samples]
        found: Numbers = {}
        for metric, (name, labels) in SERIES.items():
            wanted = {**group, **labels, "window": "now" if metric in LEVELS else window}
            for sample in samples:
                if sample.name == f"deskpulse_{name}" and sample.labels.items() >= wanted.items():
                    found[metric] = sample.value
        return found

    def topic(self, window: str, by: str, **segment: str) -> Numbers:
        """What the derived topic says of a group, by headline."""
        entries = asyncio.run(read_all(self.settings, "metrics"))
        rows = [json.loads(value) for value in last_values(entries).values()]
        found: Numbers = {}
        for metric, (name, definition, field) in ROWS.items():
            for row in rows:
                if (row["metric"], row["definition"], row["by"], row["segment"], row["window"]) == (
                    (name, definition, by, segment, "now" if metric in LEVELS else window)
                ):
                    found |= number_of(row, metric, field)
        return found

    def send(self, events: Iterator[dict[str, Any]]) -> None:
        apart(send, self.settings, events)


def number_of(row: dict[str, Any], metric: str, field: str) -> Numbers:
    if field == "oldest":
        since = row["oldest"]
        waited = 0.0 if since is None else time.time() - datetime.fromisoformat(since).timestamp()
        return {metric: waited}
    value = row["quantiles"]["p90"] if field == "p90" else row["value"]
    return {} if value is None else {metric: value}


def same(shown: Numbers, other: Numbers, apart_seconds: float = 0) -> bool:
    """All the same to the last digit, but that waits go on between two looks that are so far apart."""
    tolerance = WAIT_TOLERANCE_SECONDS + apart_seconds
    return shown.keys() == other.keys() and all(
        abs(value - other[metric]) <= tolerance if metric == "longest_wait" else value == other[metric]
        for metric, value in shown.items()
    )


def settled(page: Page, desk: Desk, window: str, by: str, **segment: str) -> Numbers:
    """The numbers on the page, once they and both other sides are the same at one moment."""
    seen: dict[str, Numbers] = {}

    def agreed() -> bool:
        began = time.monotonic()
        seen["before"] = desk.gauges(window, by, **segment)
        seen["page"] = page.evaluate(SHOWN)
        seen["topic"] = apart(desk.topic, window, by, **segment)
        seen["metrics"] = desk.gauges(window, by, **segment)
        took = time.monotonic() - began
        return all(same(seen["page"], other, took) for other in seen.values())

    wait_until(agreed, "page, metrics and topic agree", lambda: seen)
    return seen["page"]


def contacts(page: Page) -> int:
    """On how many contacts the service level stands."""
    samples = page.locator('[data-metric="service_level"] .samples').inner_text()
    (count,) = re.findall(r"of (\d+) contacts", samples)
    return int(count)


def contact(ticket: str, seconds_ago: float, waited: float, outcome: str, **place: str) -> Iterator[dict[str, Any]]:
    """A contact that waited, and then was answered or gave up."""
    yield event(ticket, "ticket.created", seconds_ago + waited, **place)
    yield event(ticket, "ticket.queued", seconds_ago + waited)
    yield event(ticket, f"ticket.{outcome}", seconds_ago)


def afternoon() -> Iterator[dict[str, Any]]:
    """Contacts of the last 40 minutes, in three channels and two teams; two of them still wait.

    None for a while before 9 minutes ago: so nothing leaves a window of a quarter of an hour while the test that
    compares its numbers takes its time.
    """
    for number in range(240):
        ticket = f"T-{number}"
        place = {
            "channel": ("phone", "phone", "chat", "email")[number % 4],
            "team": ("billing", "support")[number // 4 % 2],
        }
        ago = 2400 - number * 6.75 if number < 160 else 540 - (number - 160) * 5.25
        waited = 5 + number % 7 * 4
        if number % 4 == 3:
            yield event(ticket, "ticket.created", ago + waited, **place)
        else:
            gave_up = number % 20 in (1, 6)
            yield from contact(ticket, ago, waited, "abandoned" if gave_up else "answered", **place)
            if gave_up:
                continue
        yield event(ticket, "ticket.message", ago - 20 - number % 11, author="agent", public=True)
        if number % 3:
            yield event(ticket, "ticket.status", ago - 60 - number % 13, status="solved")
            yield event(ticket, "survey.answered", ago - 90) | {
                "data": {"survey_id": f"S-{number}", "kind": "csat", "score": 1 + number * 7 % 5}
            }
    for number in (240, 241):
        yield event(f"T-{number}", "ticket.created", 70 + number, channel="phone", team="billing")
        yield event(f"T-{number}", "ticket.queued", 70 + number)


@pytest.fixture(scope="module")
def desk(broker: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A worker that has counted an afternoon, and gets nothing more but what a test sends."""
    folder = tmp_path_factory.mktemp("wallboard")
    namespace = f"t{secrets.token_hex(4)}"
    variables = environment(
        broker.bootstrap_servers,
        namespace,
        TOPICS__PARTITIONS="2",
        WINDOWS__ROLLING="15m,1h",
        DEFINITIONS__ANSWER_WITHIN_SECONDS="20,chat=10",
    )
    settings = apart(with_topics, variables)
    apart(send, settings, afternoon())
    with RealWorker(variables, folder / "worker.log") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: worker.samples("waiting_contacts", by="all") == [2], "counted")
        yield Desk(variables, settings, worker, folder)


def test_the_page_shows_the_numbers_of_metrics_and_of_the_topic(strict_boards: Boards, desk: Desk) -> None:
    page = strict_boards.open(f"{desk.url}?window=1h")
    shown = settled(page, desk, "1h", "all")
    assert shown.keys() == SERIES.keys()
    percent = f"{shown['service_level'] * 100:.1f}%"
    assert page.locator('[data-metric="service_level"] .value').inner_text() == percent
    body = json.loads(desk.worker.get("/api/rows?metric=service_level&by=all&window=1h")[1])
    row = next(
        row for row in body["rows"] if row["definition"].startswith("answered_within_of_answered_and_abandoned@")
    )
    samples = f"{row['numerator']} of {row['denominator']} contacts"
    assert page.locator('[data-metric="service_level"] .samples').inner_text() == samples
    assert "answered within 20s, chat 10s" in page.locator('[data-metric="service_level"]').inner_text()


def test_every_choice_shows_the_numbers_of_that_group(strict_boards: Boards, desk: Desk) -> None:
    page = strict_boards.open(desk.url)
    everything = settled(page, desk, "1h", "all")
    contacts_in_all = contacts(page)
    page.get_by_label("Channel").select_option(label="phone")
    phone = settled(page, desk, "1h", "channel", channel="phone")
    page.locator("#by-team").select_option(label="billing")
    both = settled(page, desk, "1h", "channel_team", channel="phone", team="billing")
    page.get_by_label("Channel").select_option(label="All")
    team = settled(page, desk, "1h", "team", team="billing")
    page.locator("#by-team").select_option(label="All")
    page.get_by_label("Window").select_option("15m")
    settled(page, desk, "15m", "all")
    assert 0 < contacts(page) < contacts_in_all
    opened = [numbers["open_tickets"] for numbers in (everything, phone, both, team)]
    assert opened[0] > max(opened[1], opened[3]) >= min(opened[1], opened[3]) > opened[2]
    link = strict_boards.open(f"{desk.url}?window=1h&channel=phone&team=billing")
    linked = settled(link, desk, "1h", "channel_team", channel="phone", team="billing")
    # Meanwhile the longest wait has gone on.
    assert linked | {"longest_wait": 0} == both | {"longest_wait": 0}


def test_new_events_reach_the_page_by_themselves(strict_boards: Boards, desk: Desk) -> None:
    page = strict_boards.open(desk.url)
    before = settled(page, desk, "1h", "all")
    desk.send(contact("T-new", 1, 3, "answered", channel="chat", team="support"))
    page.wait_for_function(
        "(before) => Number(document.querySelector('[data-metric=open_tickets] data').value) === before + 1",
        arg=before["open_tickets"],
    )
    settled(page, desk, "1h", "all")


def test_the_policy_of_the_page_stops_what_is_not_its_own(boards: Boards, desk: Desk) -> None:
    page = boards.open(desk.url)
    expect(page.locator("#freshness")).to_have_text(re.compile("^Live"))
    assert boards.complaints == []
    broken = page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.broken = true";
        document.body.append(script);
        document.body.setAttribute("style", "opacity: 0");
        return [window.broken ?? false, getComputedStyle(document.body).opacity];
    }""")
    assert broken == [False, "1"]
    assert [re.search(r"script-src|style-src", text) is not None for text in boards.complaints] == [True, True]


def test_a_worker_that_stops_greys_the_board_and_the_next_one_brings_it_back(boards: Boards, desk: Desk) -> None:
    page = boards.open(f"{desk.url}?window=1h")
    before = settled(page, desk, "1h", "all")
    assert desk.worker.end(signal.SIGTERM) == 0
    expect(page.locator("#banner")).to_contain_text("Connection lost")
    saturation = """() => Math.max(...[...document.querySelectorAll(".tile, .tile .judgement")].map((node) => {
        const [red, green, blue] = getComputedStyle(node).color.match(/[\\d.]+/g).map(Number);
        return Math.max(red, green, blue) - Math.min(red, green, blue);
    }))"""
    assert page.evaluate(saturation) <= 12
    desk.worker = RealWorker(desk.variables, desk.folder / "next.log", port=desk.worker.port)
    with desk.worker:
        expect(page.locator("#freshness")).to_have_text(re.compile("^Live"))
        expect(page.locator("#banner")).to_be_hidden()
        after = settled(page, desk, "1h", "all")
        assert after["open_tickets"] == before["open_tickets"]


def test_a_spike_turns_the_abandonment_tile_red(
    broker: EmbeddedKafka, namespace: str, tmp_path: Path, strict_boards: Boards
) -> None:
    variables = environment(broker.bootstrap_servers, namespace, TOPICS__PARTITIONS="2", ALERTS__GROUP_BY="all")
    settings = apart(with_topics, variables)
    # The two hours before, and those around the same time of three days before: without these a spike is a warning.
    ends = [7200 - number * 10 for number in range(690)]
    ends += [day * 86_400 + 3600 - number * 20 for day in (1, 2, 3) for number in range(360)]
    quiet = (
        contact(f"Q-{number}", ago, 8, "abandoned" if number % 20 == 0 else "answered")
        for number, ago in enumerate(ends)
    )
    apart(send, settings, itertools.chain.from_iterable(quiet))
    with RealWorker(variables, tmp_path / "worker.log") as worker:
        worker.wait_ready()
        worker.wait_until(lambda: worker.samples("abandonment_spike_severity", by="all") == [0], "judged")
        page = strict_boards.open(f"http://127.0.0.1:{worker.port}/?window=15m")
        abandonment = page.locator('[data-metric="abandonment"]')
        expect(abandonment).to_have_attribute("data-spike", "")
        gone = (contact(f"G-{number}", number, 8, "abandoned") for number in range(40))
        apart(send, settings, itertools.chain.from_iterable(gone))
        expect(abandonment).to_have_attribute("data-spike", "critical")

        def is_red() -> bool:
            red, green, blue = map(
                int, re.findall(r"\d+", abandonment.evaluate("(tile) => getComputedStyle(tile).backgroundColor"))
            )
            return red > 150 and max(green, blue) < 60

        # Colours are on their way from one to another for a moment.
        wait_until(is_red, "a red tile")
        expect(page.locator("#spikes")).to_contain_text(
            re.compile(r"Critical spike.*All contacts.*of \d+ contacts gave up")
        )
        assert worker.samples("abandonment_spike_severity", by="all") == [2]
